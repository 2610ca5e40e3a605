"""A standalone CPython: the real uv installs a build that the test makes of its own Python."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from host_python import MINOR, VERSION, installation, libraries
from made_debs import Bench, base_of, content_of, inputs_of, make_deb, offered

from jupyter_containerize.buildpacks.cpython import CPythonBuildpack, installed, resolve_standalone
from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.buildpacks.errors import NoStandalonePython, PythonInstallFailed
from jupyter_containerize.buildpacks.interpreter import target_command
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import LayerOptions, LayerRole
from jupyter_containerize.domain.platform import Platform

KEY = f"cpython-{VERSION}-linux-x86_64-gnu"
UNWANTED = {
    "bin/pip3": b"#!",
    "bin/python3-config": b"#!",
    "include/python3/Python.h": b"",
    "lib/libtcl8.6.so": b"",
    "lib/tcl8.6/init.tcl": b"",
    "lib/pkgconfig/python3.pc": b"",
    "share/man/man1/python3.1": b"",
    f"lib/libpython{MINOR}.so.9.9": b"",
    f"lib/python{MINOR}/ensurepip/extra.py": b"",
    f"lib/python{MINOR}/idlelib/extra.py": b"",
    f"lib/python{MINOR}/site-packages/pip/__init__.py": b"",
    f"lib/python{MINOR}/test/extra.py": b"",
    f"lib/python{MINOR}/__pycache__/os.old.pyc": b"",
}


@pytest.fixture(scope="session")
def build_of_python(tmp_path_factory):
    """An archive as uv downloads it: a folder ``python`` with an installation."""
    folder = tmp_path_factory.mktemp("standalone")
    installation(folder / "python")
    for name, content in UNWANTED.items():
        path = folder / "python" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    archive = folder / f"{KEY}-install_only.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(folder / "python", "python")
    return archive


@pytest.fixture
def offer(build_of_python, tmp_path, monkeypatch):
    """Make uv offer that build; ``url`` and ``sha256`` replace what is true."""

    def offer(*, url="", sha256="", machine="x86_64"):
        entry = {
            "name": "cpython",
            "arch": {"family": machine, "variant": None},
            "os": "linux",
            "libc": "gnu",
            **dict(zip(("major", "minor", "patch"), map(int, VERSION.split(".")), strict=True)),
            "prerelease": "",
            "url": url or build_of_python.as_uri(),
            "sha256": sha256 or hashlib.sha256(build_of_python.read_bytes()).hexdigest(),
            "variant": None,
            "build": "20260101",
        }
        listing = tmp_path / "downloads.json"
        listing.write_text(json.dumps({KEY.replace("x86_64", machine): entry}))
        monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(listing))
        monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "manual")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    return offer


def made(tmp_path, name="bench"):
    """Return buildpack, plan, inputs and workbench for the offered Python on a system of this machine's libraries."""
    python = resolve_standalone(MINOR, cancel=CancelToken())
    packages = offered(tmp_path / "pool", {"libc6": make_deb(libraries(), compression="")})
    inputs = inputs_of(packages, python=python.executable)
    buildpack = CPythonBuildpack(python, tmp_path / f"{name}-pythons")
    (plan,) = buildpack.detect(inputs).layers
    (tmp_path / name).mkdir()
    return buildpack, plan, inputs, Bench(tmp_path / name)


def test_resolve_standalone__offered__is_exact(offer, build_of_python):
    """The plan names the exact version and where it is from."""
    offer()
    python = resolve_standalone(MINOR, cancel=CancelToken())
    assert (python.key, python.version, python.url) == (KEY, VERSION, build_of_python.as_uri())
    assert python.executable == f"/opt/python/bin/python{MINOR}"


@pytest.mark.parametrize("minor", ["3.10", "3.12"])
def test_resolve_standalone__uvs_own_list__has_what_debian_has_not(minor):
    """The minor versions between Debian's releases are in the list that uv ships; no network is asked."""
    python = resolve_standalone(minor, cancel=CancelToken())
    assert python.version.startswith(f"{minor}.")
    assert "linux" in python.key


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
def test_resolve_standalone__each_platform__is_of_one_release(platform):
    """The Python of the other processor is the same version, so that the one of here can compile for it."""
    python = resolve_standalone("3.12", cancel=CancelToken(), platform=Platform.parse(platform))
    assert Platform.parse(platform).machine in python.key
    assert python.archive.startswith(f"cpython-{python.version}+")
    assert python.version == resolve_standalone("3.12", cancel=CancelToken()).version


def test_installed__a_second_time__asks_nobody(offer, build_of_python, tmp_path):
    """What is whole is taken; what was cut short is installed anew."""
    offer()
    python = resolve_standalone(MINOR, cancel=CancelToken())
    home = installed(python, tmp_path / "pythons", cancel=CancelToken())
    (home / "mark").touch()
    assert installed(python, tmp_path / "pythons", cancel=CancelToken()) == home
    assert (home / "mark").exists()
    (whole,) = (tmp_path / "pythons").glob("*.whole")
    whole.unlink()
    assert installed(python, tmp_path / "pythons", cancel=CancelToken()) == home
    assert not (home / "mark").exists()


def test_installed__for_another_processor__is_unpacked_not_run(offer, tmp_path):
    """A build for a processor that is not this machine's is taken as any other."""
    offer(machine="aarch64")
    python = resolve_standalone(MINOR, cancel=CancelToken(), platform=Platform(architecture="arm64"))
    home = installed(python, tmp_path / "pythons", cancel=CancelToken())
    assert python.key == KEY.replace("x86_64", "aarch64")
    assert (home / "bin" / f"python{MINOR}").is_file()


def test_detect__another_mirror__same_layer(offer):
    """The key holds the release's file, not where it came from."""
    keys = set()
    for mirror in ("https://a.example", "https://b.example/x"):
        offer(url=f"{mirror}/1/cpython-{VERSION}%2B1-x86_64.tar.gz")
        python = resolve_standalone(MINOR, cancel=CancelToken())
        keys.add(CPythonBuildpack(python, Path("nowhere")).plan(LayerOptions()).cache_key)
    assert len(keys) == 1


def test_resolve_standalone__no_such_python__says_which(offer):
    """A version that nobody builds is refused."""
    with pytest.raises(NoStandalonePython) as caught:
        resolve_standalone("3.99", cancel=CancelToken())
    assert caught.value.python_minor == "3.99"


def test_resolve_standalone__list_unreadable__says_what_uv_said(monkeypatch, tmp_path):
    """A list that somebody configured and that is not there is an error of its own."""
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(tmp_path / "nowhere.json"))
    with pytest.raises(PythonInstallFailed) as caught:
        resolve_standalone(MINOR, cancel=CancelToken())
    assert "nowhere.json" in caught.value.detail


def test_resolve_standalone__cancelled__stops():
    """A cancelled build does not wait for uv."""
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        resolve_standalone(MINOR, cancel=token)


def test_build__standalone__is_what_a_server_needs(offer, tmp_path):
    """The layer has the interpreter and a compiled library, nothing for people, and no path of this machine."""
    offer()
    buildpack, plan, inputs, bench = made(tmp_path)
    entries = {entry.path: entry for entry in buildpack.build(plan, inputs, bench)}
    library = f"opt/python/lib/python{MINOR}"
    assert plan.role is LayerRole.PYTHON
    assert {f"opt/python/bin/python{MINOR}", f"{library}/json/__init__.py"} <= set(entries)
    assert not {f"opt/python/{name}" for name in UNWANTED} & set(entries)
    assert any(path.startswith(f"{library}/json/__pycache__/") for path in entries)
    assert list(entries) == sorted(entries)
    assert not any(str(tmp_path).encode() in content_of(entry) for entry in entries.values())


def test_build__standalone__runs_from_its_root(offer, tmp_path):
    """What the two layers hold is a Python that finds its library, and imports it without compiling."""
    offer()
    buildpack, plan, inputs, bench = made(tmp_path)
    root = tmp_path / "root"
    root.mkdir()
    system = DebianBuildpack(base_of(inputs.environment.system_packages))
    lay_out(system.build(system.detect(inputs).layers[0], inputs, bench), root)
    lay_out(buildpack.build(plan, inputs, bench), root)
    command, env = target_command(root, inputs.python)
    script = "import sys, json; print(json.dumps([sys.prefix, json.__spec__.cached]))"
    said = subprocess.run([*command, "-c", script], env=env, capture_output=True, text=True, check=True)
    prefix, cached = json.loads(said.stdout)
    assert prefix == str(root / "opt/python")
    assert (root / cached).is_file()


def test_build__standalone_twice__is_the_same(offer, tmp_path):
    """Neither the folder that uv installs into nor the umask gets into the layer."""
    offer()
    layers = []
    for name in ("a", "another-folder"):
        buildpack, plan, inputs, bench = made(tmp_path, name)
        entries = buildpack.build(plan, inputs, bench)
        layers.append([(entry.path, entry.mode, entry.link_target, content_of(entry)) for entry in entries])
    assert layers[0] == layers[1]


FAILING = {
    "another hash": {"sha256": "0" * 64},
    "nothing there": {"url": "file:///nowhere/python.tar.gz"},
    "nobody listens": {"url": "http://user:s3cret@127.0.0.1:9/python.tar.gz"},
}


@pytest.mark.parametrize("case", FAILING)
def test_build__download_fails__says_what_uv_said(case, offer, tmp_path):
    """A Python that cannot be had, or is not what was promised, is an error without secrets."""
    offer(**FAILING[case])
    buildpack, plan, inputs, bench = made(tmp_path)
    with pytest.raises(PythonInstallFailed) as caught:
        buildpack.build(plan, inputs, bench)
    assert caught.value.key == KEY
    assert caught.value.detail
    assert "s3cret" not in caught.value.detail + str(caught.value)
