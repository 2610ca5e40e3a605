"""The real lifecycle runs our buildpack, to the application that we build ourselves."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from uv import find_uv_bin

from jupyter_containerize import cnb
from jupyter_containerize.domain.image import Digest, Image
from jupyter_containerize.oci import Layout, open_plain, read_config, read_image
from jupyter_containerize.oci.canonical import from_json
from tests.cnb.made_images import CREATED
from tests.cnb.made_wheel import made_wheel

pytestmark = [pytest.mark.slow, pytest.mark.cnb, pytest.mark.network]

RUN_IMAGE, APP_IMAGE = "reg.example/run:debian-12-python-3.11", "reg.example/app:t"
REQUIRED = "humanize==4.12.1\n"
CELLS = (
    "import humanize\n\nnames = {1: 'one', 2: 'two'}",
    "def predict(x: int) -> str:\n    return names.get(x, humanize.intcomma(x))",
    "predict(1000)",
)
# What a folder keeps of the world outside; the lifecycle lets little of it through by itself.
_PASSED = ("PIP_", "UV_", "SSL_CERT", "REQUESTS_CA", "JUPYTER_CONTAINERIZE_")


class Building:
    """Folders as the lifecycle has them, which another user can reach."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.folder, self._tools = folder, tools
        self.app, self.layers, self.layout = folder / "app", folder / "layers", folder / "layout"
        for name in ("app", "layers", "layout", "platform/env", "cache", "home", "bin"):
            (folder / name).mkdir(parents=True)
        for program in ("creator", "launcher"):
            shutil.copy(tools / program, folder / program)
        shutil.copy(find_uv_bin(), folder / "bin/uv")
        where = folder / "buildpacks" / cnb.escaped(cnb.BUILDPACK_ID) / "0.1.0"
        cnb.write_buildpack(where, version="0.1.0")
        (folder / "order.toml").write_text(
            f'[[order]]\n[[order.group]]\nid = "{cnb.BUILDPACK_ID}"\nversion = "0.1.0"\n'
        )
        (folder / "run.toml").write_text(f'[[images]]\nimage = "{RUN_IMAGE}"\n')
        for name, value in os.environ.items():
            if name.startswith(_PASSED):
                self.set(name, value)
        self.set("BP_CONTAINERIZE", str(made_wheel(folder)))
        # Whoever runs the tests may have a cache that the build's user cannot write.
        self.set("UV_CACHE_DIR", str(folder / "home/uv"))

    def set(self, name: str, value: str) -> None:
        """Give the build a variable, as ``pack build --env`` does."""
        (self.folder / "platform/env" / name).write_text(value)

    def create(self) -> str:
        """Run the lifecycle; nobody runs buildpacks as root."""
        user = _user()
        env = {
            "CNB_PLATFORM_API": "0.12",
            "CNB_EXPERIMENTAL_MODE": "warn",
            "PATH": f"{self.folder}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
        }
        env |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
        at = {name: str(self.folder / name) for name in ("app", "layers", "platform", "buildpacks")}
        options = [part for name, path in at.items() for part in (f"-{name}", path)]
        options += ["-order", f"{self.folder}/order.toml", "-run", f"{self.folder}/run.toml"]
        options += ["-uid", str(user.pw_uid), "-gid", str(user.pw_gid), "-cache-dir", f"{self.folder}/cache"]
        options += ["-launcher", f"{self.folder}/launcher", "-layout", "-layout-dir", str(self.layout)]
        done = subprocess.run(
            [self.folder / "creator", *options, APP_IMAGE],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def made(self) -> tuple[Layout, Image]:
        """Return the image that the lifecycle wrote, and the layout that has its layers."""
        layout = Layout(self.layout / APP_IMAGE.replace(":", "/"))
        (entry,) = layout.read_index().entries
        return layout, loaded(layout, entry.digest)

    def renew(self, sources: Path) -> None:
        """Have the folders as they are when the next build begins: no layers, and the sources."""
        for folder in (self.app, self.layers):
            shutil.rmtree(folder)
        self.layers.mkdir()
        shutil.copytree(sources, self.app)


def _user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    return next((user for user in pwd.getpwall() if 1000 <= user.pw_uid < 60000), pwd.getpwnam("nobody"))


@pytest.fixture
def building(cnb_tools):
    """Give the folders of one build, where every user may look."""
    folder = Path(tempfile.mkdtemp(prefix="cnb-"))
    folder.chmod(0o755)
    yield Building(folder, cnb_tools)
    shutil.rmtree(folder, ignore_errors=True)


def test_creator__a_notebook_directory__gives_the_application_that_we_build(building, tmp_path):
    """Every file of the application: the same path, kind, mode and bytes."""
    write_notebook(building.app)
    sources = shutil.copytree(building.app, tmp_path / "sources")
    store = tmp_path / "store"
    ours = built(sources, store, python="/usr/bin/python3.11", tmp=tmp_path)
    info = cnb.base_of(ours)
    put_run_image(info, Layout(store), building.layout)
    said = building.create()
    assert "Saving" in said
    theirs, made = building.made()
    expected = files_of(ours, Layout(store), above=len(info.layers))
    # Nothing is chrooted here: the lifecycle's folders are where they are, in the image as well.
    found = files_of(made, theirs, above=len(info.layers), layers=building.layers, app=building.app)
    assert found.keys() == expected.keys()
    assert [path for path in expected if found[path] != expected[path]] == []
    config = read_config(made.config_bytes)
    assert config.entrypoint == ("/cnb/process/web",)
    assert config.labels["io.jupyter-containerize.notebook"] == "names.ipynb"
    assert json.loads(config.labels["io.buildpacks.lifecycle.metadata"])["sbom"]["sha"]
    # Once more, as for the next commit: the lifecycle has kept what takes long, and the image is the same.
    building.renew(sources)
    said = building.create()
    assert said.count("is there already") == 2
    assert building.made()[1] == made


def write_notebook(folder: Path) -> None:
    """Write a notebook with state and one distribution, and what it declares."""
    cells = [
        {"cell_type": "code", "id": f"c{at}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for at, text in enumerate(CELLS)
    ]
    info = {"name": "python", "version": "3.11.2"}
    document = {"cells": cells, "metadata": {"language_info": info}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "names.ipynb").write_text(json.dumps(document))
    (folder / "requirements.txt").write_text(REQUIRED)


def built(folder: Path, store: Path, *, python: str, tmp: Path) -> Image:
    """Return what our program builds, with a kernel like the buildpack's."""
    uv, env = find_uv_bin(), tmp / "kernel"
    subprocess.run([uv, "venv", "--quiet", "--python", python, env], check=True)
    wanted = ["ipykernel", "-r", folder / "requirements.txt"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", env / "bin/python", *wanted], check=True)
    spec = tmp / "kernels/reference/kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [f"{env}/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Python", "language": "python"}))
    command = [sys.executable, "-m", "jupyter_containerize.cli", "build", folder / "names.ipynb"]
    done = subprocess.run(
        [*command, "--kernel", "reference", "--json", "--selftest", "skip"],
        env={**os.environ, "JUPYTER_PATH": str(tmp), "JUPYTER_CONTAINERIZE_STORE": str(store)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return loaded(Layout(store), Digest(json.loads(done.stdout)["digest"]))


def put_run_image(info: cnb.BaseInfo, source: Layout, into: Path) -> None:
    """Write the base of an image as a run image, where the lifecycle's layout mode looks for it."""
    layers = [(layer, "base") for layer in info.layers]
    image = cnb.run_image(layers, info.base, created=CREATED, architecture="amd64")
    repository, _, tag = RUN_IMAGE.rpartition(":")
    layout = Layout(into / repository / tag)
    layout.create()
    for layer in image.layers:
        shutil.copy(source.blob_path(layer.digest), layout.blob_path(layer.digest))
    layout.write_blob(image.config_bytes)
    layout.write_blob(image.manifest_bytes)
    layout.write_index(layout.read_index().with_image(image))


def loaded(layout: Layout, digest: Digest) -> Image:
    """Return the image of a layout."""
    manifest = layout.blob_path(digest).read_bytes()
    config = Digest(from_json("manifest", manifest)["config"]["digest"])
    return read_image(manifest, layout.blob_path(config).read_bytes())


def files_of(
    image: Image, layout: Layout, *, above: int, layers: Path = Path("/layers"), app: Path = Path("/workspace")
) -> dict[str, tuple[str, int, bytes | str]]:
    """Return the application's files above the base by path below their folder: kind, mode, and content or target."""
    own = layers / cnb.escaped(cnb.BUILDPACK_ID)
    places = {f"{own}/".lstrip("/"): "layers/", f"{app}/".lstrip("/"): "workspace/"}
    found: dict[str, tuple[str, int, bytes | str]] = {}
    for layer in image.layers[above:]:
        with (
            layout.blob_path(layer.digest).open("rb") as blob,
            open_plain(blob, layer.media_type, "layer") as plain,
        ):
            for path, item in _members(plain.read()):
                found |= {path.replace(at, name, 1): item for at, name in places.items() if path.startswith(at)}
    assert found
    return found


def _members(data: bytes) -> Iterable[tuple[str, tuple[str, int, bytes | str]]]:
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        for member in tar:
            path = member.name.strip("/")
            if member.isreg():
                content = tar.extractfile(member)
                assert content is not None
                yield path, ("file", member.mode, content.read())
            elif member.isdir():
                yield path, ("folder", member.mode, "")
            else:
                yield path, ("link", 0o777, member.linkname)
