"""One build, two processors: what each image has, and what they share."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.buildpacks.elf import read_elf
from jupyter_containerize.domain.build import BuildRequest, CancelToken, SelfTestMode
from jupyter_containerize.domain.image import Bytecode, LayerOptions
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle import run
from jupyter_containerize.publishing import LocalStore

pytestmark = [pytest.mark.slow, pytest.mark.network]

AMD, ARM = Platform(architecture="amd64"), Platform(architecture="arm64")
NOTEBOOK = (
    "import numpy as np\nimport packaging.version",
    "W = np.array([2.0, 3.0])",
    "def predict(a: float, b: float) -> float:\n    return float(W @ np.array([a, b]))",
    "predict(1.0, 2.0)",
)


class Written:
    """An image of an OCI layout: its layers' digests, the machines of its ELF files, and its .pyc files."""

    def __init__(self, layout: Path, manifest: str) -> None:
        told = _json(layout, manifest)
        self.layers = [layer["digest"] for layer in told["layers"]]
        self.architecture = _json(layout, told["config"]["digest"])["architecture"]
        self.machines: set[str] = set()
        self.compiled: dict[str, bytes] = {}
        for digest in self.layers:
            with tarfile.open(_blob(layout, digest)) as tar:
                for member in filter(tarfile.TarInfo.isreg, tar):
                    file = tar.extractfile(member)
                    assert file is not None
                    if member.name.endswith(".pyc"):
                        self.compiled[member.name] = file.read()
                    elif (elf := read_elf(file)) is not None:  # type: ignore[arg-type]  # tarfile's file reads and seeks
                        self.machines.add(elf.machine)


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / Path(*digest.split(":"))


def _json(layout: Path, digest: str) -> dict[str, Any]:
    return json.loads(_blob(layout, digest).read_bytes())


def test_run__two_platforms__an_image_for_each_from_one_machine(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    """Every program is for its processor, bytecode is the same, and what has no compiled code is one blob."""
    layout = tmp_path / "layout"
    request = BuildRequest(
        notebook=write_notebook(*NOTEBOOK),
        platforms=(AMD, ARM),
        destination=f"oci:{layout}",
        selftest=SelfTestMode.AUTO,
    )
    run(request, lambda _: None, CancelToken(), LocalStore(tmp_path / "store"))
    (named,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    images = [Written(layout, member["digest"]) for member in _json(layout, named["digest"])["manifests"]]
    by_name = {image.architecture: image for image in images}
    amd, arm = by_name["amd64"], by_name["arm64"]
    assert (amd.machines, arm.machines) == ({"x86_64"}, {"aarch64"})
    # Two modules have another source: NumPy's says how it was built, and sysconfig's how Python was.
    differing = {
        path for path in amd.compiled.keys() | arm.compiled.keys() if amd.compiled.get(path) != arm.compiled.get(path)
    }
    assert len(amd.compiled) > 500
    assert all("numpy/__pycache__/__config__" in path or "_sysconfigdata_" in path for path in differing)
    assert len(set(amd.layers) & set(arm.layers)) >= len(amd.layers) // 2
    records = [json.loads(path.read_bytes()) for path in (tmp_path / "store" / "cache" / "slots").iterdir()]
    pythons = {record["slots"]["wheels/numpy"]["inputs"]["python"] for record in records}
    assert [version.count(".") for version in pythons] == [2]


def test_run__another_processor_without_bytecode__has_none(write_notebook: Callable[..., Path], tmp_path: Path) -> None:
    """No compiler is made or run, and no .pyc is in the image."""
    layout = tmp_path / "layout"
    elsewhere = ARM if Platform.here() == AMD else AMD
    request = BuildRequest(
        notebook=write_notebook(*NOTEBOOK),
        platforms=(elsewhere,),
        destination=f"oci:{layout}",
        layers=LayerOptions(bytecode=Bytecode.OMIT),
    )
    run(request, lambda _: None, CancelToken(), LocalStore(tmp_path / "store"))
    (named,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    image = Written(layout, named["digest"])
    assert image.machines == {elsewhere.machine}
    assert image.compiled == {}


def test_run__base_of_an_earlier_build__the_same_image(write_notebook: Callable[..., Path], tmp_path: Path) -> None:
    """Distributions are compiled with the Python that was laid out to be made, or with that of finished layers."""
    notebook = write_notebook(*NOTEBOOK)
    plain = write_notebook("def predict(a: float) -> float:\n    return 2 * a", "predict(1.0)", name="plain.ipynb")
    found = []
    for name, notebooks in (("first", [notebook]), ("later", [plain, notebook])):
        store = LocalStore(tmp_path / name)
        for path in notebooks:
            request = BuildRequest(notebook=path, selftest=SelfTestMode.SKIP)
            report = run(request, lambda _: None, CancelToken(), store)
        found.append(report.digest)
        # The first has nothing unpacked: it had no need to.
        assert any((store.root / "unpacked").iterdir()) == (name == "later")
        assert not any((store.root / "scratch").iterdir())
    assert found[0] == found[1]
