"""What is done with images that are there: put somewhere, read, compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

import pytest

from jupyter_containerize.buildpacks.cnb import LAUNCHER, SBOM, history_line
from jupyter_containerize.domain.build import BuildEvent, CancelToken, Progress
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Image, ImageConfig, LayerEntry, LayerPlan, LayerRole, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.comparing import compare_images
from jupyter_containerize.lifecycle.finished import push
from jupyter_containerize.lifecycle.inspecting import bill_of_materials, details_of
from jupyter_containerize.lifecycle.told import told
from jupyter_containerize.oci import Layout, assemble
from jupyter_containerize.publishing import LocalStore, read_remote
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.listing import platform_of
from tests.oci.small import file, folder
from tests.publishing.stored import CREATED, stored_image
from tests.registry.serving import docker_registry

IRIS = Reference.parse("iris:1")


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    """Return an empty store."""
    return LocalStore(tmp_path / "store")


def bill(*components: dict[str, object]) -> bytes:
    """Return a CycloneDX document."""
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components)}).encode()


def wheel(name: str, version: str, *evidence: str, licence: object = None) -> dict[str, object]:
    """Return the component of a wheel."""
    purl = f"pkg:pypi/{name}@{version}"
    found = [{"name": "io.jupyter-containerize:evidence", "value": line} for line in evidence]
    licences = {} if licence is None else {"licenses": [licence]}
    return {"bom-ref": purl, "purl": purl, "name": name, "version": version, "properties": found, **licences}


PYTHON = {"bom-ref": "python", "purl": "pkg:generic/python@3.11.2", "name": "python", "version": "3.11.2"}
LIBC = {"bom-ref": "libc", "purl": "pkg:deb/debian/libc6@2.36", "name": "libc6", "version": "2.36"}
NUMPY = wheel("numpy", "2.3.1", "a b.ipynb[3]:1 import numpy", licence={"expression": "BSD-3-Clause"})
SCIPY = wheel("scipy", "1.17.1", "requires numpy", licence={"license": {"name": "BSD License"}})
OWN = {**wheel("httptools", "0.7.1"), "bom-ref": "vendored:httptools"}
OWN["properties"] = [{"name": "io.jupyter-containerize:vendored", "value": "true"}]
MODEL = {
    "endpoints": [
        {"symbol": "predict", "route": "/predict", "method": "POST", "inputs": {"type": "object"}, "example": None},
        {"symbol": "f", "route": "/f", "inputs": {}, "output": {}, "example": {"request": {"x": 1}, "response": 2}},
    ]
}


def made(store: LocalStore, *layers: tuple[str, Sequence[LayerEntry]], labels: dict[str, str] | None = None) -> Image:
    """Make an image whose history has a line for each layer."""
    finished = [(store.make_layer(token_hex(8), entries, cancel=CancelToken()), line) for line, entries in layers]
    image = assemble(finished, ImageConfig(entrypoint=("/x",), labels=labels or {}), created=CREATED)
    store.add_image(image)
    return image


def documents(*components: dict[str, object], spdx: bytes = b"{}") -> tuple[tuple[str, Sequence[LayerEntry]], ...]:
    """Return the layers that say what is in an image of ours."""
    at = "layers/sbom/launch/x"
    folders = [folder(name) for name in ("layers", "layers/sbom", "layers/sbom/launch", at)]
    return (
        (
            "Application Slice: Serving code",
            [folder("workspace"), file("workspace/model.json", json.dumps(MODEL).encode())],
        ),
        (
            "Software Bill-of-Materials",
            [*folders, file(f"{at}/sbom.cdx.json", bill(*components)), file(f"{at}/sbom.spdx.json", spdx)],
        ),
    )


NUMPY_LAYER = "Layer: 'wheels-numpy', Created by buildpack: jupyter-containerize/notebook@0.1.0"

LINES = {
    "the system": ("os: Debian 12", ("os", "Debian 12")),
    "Python": ("python: Python 3.11.2 of Debian", ("python", "Python 3.11.2 of Debian")),
    "a wheel": (NUMPY_LAYER, ("dependencies", "numpy")),
    "state": ("Application Slice: State: model", ("state", "State: model")),
    "data": ("Application Slice: Data: a.csv", ("state", "Data: a.csv")),
    "code": ("Application Slice: Serving code", ("code", "Serving code")),
    "a named base": ("Base image", ("os", "Base image")),
    "somebody else's": ("RUN apt-get install x", ("os", "RUN apt-get install x")),
    "nothing": ("", ("os", "")),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_told__line_of_the_history__role_and_title(line: str, expected: tuple[str, str]) -> None:
    """What the history says is read back."""
    assert told(line) == expected


@pytest.mark.parametrize(
    ("role", "slot"),
    [(LayerRole.RUNTIME, SBOM), (LayerRole.RUNTIME, LAUNCHER), (LayerRole.DEPENDENCIES, "wheels/numpy")],
)
def test_told__written_by_us__same_role(role: LayerRole, slot: str) -> None:
    """What builds write today is understood."""
    plan = LayerPlan(role=role, title="t", buildpack="b", cache_key="k", size_bytes=1, sources=(), slot=slot)
    assert told(history_line(plan, version="9"))[0] is role


def test_details_of__our_image__everything_in_it(local: LocalStore) -> None:
    """Distributions with licence and cells, system packages, Python, and what answers."""
    image = made(
        local,
        ("os: Debian 12", [file("etc-x")]),
        (NUMPY_LAYER, [file("numpy-x")]),
        *documents(PYTHON, LIBC, NUMPY, SCIPY, OWN),
        labels={"b": "2", "a": "1"},
    )
    found = details_of(image, local)
    assert [layer.title for layer in found.layers] == ["Debian 12", "numpy 2.3.1", "Serving code", "Bill of materials"]
    assert [(item.name, item.version, item.licence, item.cells) for item in found.distributions] == [
        ("numpy", "2.3.1", "BSD-3-Clause", ("a b.ipynb[3]:1",)),
        ("scipy", "1.17.1", "BSD License", ()),
    ]
    assert (found.system_packages, found.python) == ((("libc6", "2.36"),), "3.11.2")
    assert [(entry["symbol"], entry["route"], entry["method"]) for entry in found.entries] == [
        ("predict", "/predict", "POST"),
        ("f", "/f", "POST"),
    ]
    assert [entry["example"] for entry in found.entries] == [None, {"request": {"x": 1}, "response": 2}]
    assert list(found.labels) == ["a", "b"]
    assert json.loads(bill_of_materials(image, local, "cyclonedx"))["bomFormat"] == "CycloneDX"
    assert bill_of_materials(image, local, "spdx") == b"{}"


def test_details_of__image_of_another_tool__what_its_layers_tell(local: LocalStore) -> None:
    """An image without our documents has layers and Debian's packages."""
    status = b"Package: libc6\nVersion: 2.36\n"
    folders = [folder(name) for name in ("var", "var/lib", "var/lib/dpkg", "var/lib/dpkg/status.d")]
    image = made(local, ("", [*folders, file("var/lib/dpkg/status.d/libc6", status)]))
    found = details_of(image, local)
    assert (found.system_packages, found.distributions, found.entries) == ((("libc6", "2.36"),), (), ())
    assert bill_of_materials(image, local, "spdx") == b""


def test_compare_images__another_version__change_and_pair_of_layers(local: LocalStore) -> None:
    """What differs is told with versions; a layer of the same name is the same layer before and after."""
    base = ("os: Debian 12", [file("etc-x")])
    before = made(local, base, (NUMPY_LAYER, [file("numpy-x")]), *documents(PYTHON, NUMPY, SCIPY))
    newer = wheel("numpy", "2.4.0")
    after = made(local, base, (NUMPY_LAYER, [file("numpy-x", b"more")]), *documents(PYTHON, newer, spdx=b"{ }"))
    found = compare_images(before, after, local)
    assert [(item.kind, item.name, item.before, item.after) for item in found.changes] == [
        ("distribution", "numpy", "2.3.1", "2.4.0"),
        ("distribution", "scipy", "1.17.1", None),
    ]
    assert [(item.title_before, item.title_after) for item in found.layers] == [
        ("dependencies: numpy", "dependencies: numpy"),
        ("runtime: Bill of materials", "runtime: Bill of materials"),
    ]
    assert found.same_layers == 2
    assert found.bytes_after - found.bytes_before == sum(
        (item.bytes_after or 0) - (item.bytes_before or 0) for item in found.layers
    )


def test_compare_images__layers_of_one_alone__added_and_removed(local: LocalStore) -> None:
    """A layer without a partner has come, or is gone."""
    before = made(local, ("os: Debian 12", [file("a")]), ("Application Slice: State: model", [file("model")]))
    after = made(local, ("os: Debian 12", [file("a")]), (NUMPY_LAYER, [file("b")]))
    found = compare_images(before, after, local)
    assert [(item.title_before, item.title_after) for item in found.layers] == [
        (None, "dependencies: numpy"),
        ("state: State: model", None),
    ]


def test_compare_images__itself__nothing(local: LocalStore) -> None:
    """An image does not differ from itself."""
    image = stored_image(local)
    found = compare_images(image, image, local)
    assert (found.changes, found.layers, found.same_layers) == ((), (), len(image.layers))


def test_push__to_a_layout__image_there_and_reported(local: LocalStore, tmp_path: Path) -> None:
    """A push puts the image where it shall go, under its name, and says what it put."""
    image = stored_image(local)
    local.tag(IRIS, image.manifest_digest)
    events: list[BuildEvent] = []
    report = push(
        "iris:1", destination=f"oci:{tmp_path / 'out'}", emit=events.append, cancel=CancelToken(), store=local
    )
    assert Layout(tmp_path / "out").read_index().find(IRIS) == image.manifest_digest
    assert (report.digest, report.size_bytes) == (image.manifest_digest, image.size_bytes)
    assert [layer.digest for layer in report.layers] == [layer.digest for layer in image.layers]
    assert [item.platform for item in report.images] == ["linux/amd64"]
    assert any(isinstance(event, Progress) for event in events)


def test_push__several_platforms__all_go(local: LocalStore, tmp_path: Path) -> None:
    """An image for several platforms stays one."""
    first = stored_image(local)
    config = ImageConfig(entrypoint=("/x",))
    arm = assemble([(layer, "") for layer in first.layers], config, created=CREATED, architecture="arm64")
    local.add_image(arm)
    digest = local.add_index([(platform_of(image), image) for image in (first, arm)])
    local.tag(IRIS, digest)
    report = push(
        "iris:1", destination=f"oci:{tmp_path / 'out'}", emit=lambda _: None, cancel=CancelToken(), store=local
    )
    assert Layout(tmp_path / "out").read_index().find(IRIS) == digest == report.digest
    assert [item.platform for item in report.images] == ["linux/amd64", "linux/arm64"]


@pytest.mark.registry
def test_push__to_a_registry__progress_is_honest_and_the_image_there(local: LocalStore, tmp_path: Path) -> None:
    """The sum is known from the first byte on, and is reached; a second push sends nothing and counts the same."""
    image = stored_image(local)
    local.tag(IRIS, image.manifest_digest)
    with docker_registry(tmp_path / "registry") as host:
        name = f"{host}/team/iris:1"
        for _ in range(2):
            events: list[BuildEvent] = []
            report = push("iris:1", destination=name, emit=events.append, cancel=CancelToken(), store=local)
            steps = [event for event in events if isinstance(event, Progress)]
            assert {step.total for step in steps} == {image.size_bytes - len(image.manifest_bytes)}
            assert steps[-1].done == steps[-1].total
        assert (report.reference, report.run_command.split()[-1]) == (name, name)
        assert read_remote(Reference.parse(name), Platform.here()) == image


def test_push__cancelled__nothing_there(local: LocalStore, tmp_path: Path) -> None:
    """Who stops a push finds no image at the destination."""
    local.tag(IRIS, stored_image(local).manifest_digest)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        push("iris:1", destination=f"oci:{tmp_path / 'out'}", emit=lambda _: None, cancel=cancel, store=local)
    assert not (tmp_path / "out").exists()


def test_push__name_that_means_nothing__refused(local: LocalStore, tmp_path: Path) -> None:
    """Only what is here can be pushed."""
    with pytest.raises(NoSuchImage):
        push("no:1", destination=f"oci:{tmp_path}", emit=lambda _: None, cancel=CancelToken(), store=local)
