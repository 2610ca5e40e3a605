"""Images over HTTP: what the sidebar shows of them and does with them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_containerize.attestations import attach_signature
from jupyter_containerize.builds.record import BuildRecord, BuildState, now
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Image, ImageConfig, LayerEntry, Reference
from jupyter_containerize.notebooks import read_notebook
from jupyter_containerize.oci import archive_chunks, assemble, index_archive_chunks
from jupyter_containerize.oci.artifact import describe
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.listing import platform_of
from jupyter_containerize.publishing.registries import client_for, push_image
from jupyter_containerize.server.engines import Engine
from jupyter_containerize.server.images import DIGEST_LABEL, NOTEBOOK_LABEL
from tests.attestations.made_keys import new_key
from tests.oci.small import CONFIG, file, folder
from tests.publishing.stored import CREATED, stored_image
from tests.registry.serving import docker_registry
from tests.server.api_schema import check

IMAGE = "/containerize/images/{digest}"
NOBODYS = f"sha256:{64 * '0'}"
BILL = {
    "bomFormat": "CycloneDX",
    "components": [
        {"bom-ref": "python", "purl": "pkg:generic/python@3.11.2", "name": "python", "version": "3.11.2"},
        {"bom-ref": "pkg:pypi/numpy@2.3.1", "purl": "pkg:pypi/numpy@2.3.1", "name": "numpy", "version": "2.3.1"},
        {"bom-ref": "libc", "purl": "pkg:deb/debian/libc6@2.36", "name": "libc6", "version": "2.36"},
    ],
}
EXAMPLE = {"request": {"x": 1.5}, "response": {"y": None}}
MODEL = {"endpoints": [{"symbol": "predict", "route": "/predict", "method": "POST", "inputs": {}, "example": EXAMPLE}]}
_SBOM = "layers/sbom/launch/x"
DOCUMENTS: tuple[LayerEntry, ...] = (
    *(folder(name) for name in ("layers", "layers/sbom", "layers/sbom/launch", _SBOM)),
    file(f"{_SBOM}/sbom.cdx.json", json.dumps(BILL).encode()),
    file(f"{_SBOM}/sbom.spdx.json", b'{"spdxVersion": "SPDX-2.3"}'),
    folder("workspace"),
    file("workspace/model.json", json.dumps(MODEL).encode()),
)


@pytest.fixture
def local(store: Path) -> LocalStore:
    """Open the server's store."""
    return LocalStore(store)


def named(local: LocalStore, *names: str, **fields: Any) -> Image:
    """Put an image into the store under some names."""
    image = stored_image(local, **fields)
    for name in names:
        local.tag(Reference.parse(name), image.manifest_digest)
    return image


def several(local: LocalStore, *names: str) -> tuple[str, list[Any]]:
    """Put an image for two platforms into the store; return its digest and its images."""
    first = stored_image(local)
    layers = [(layer, "") for layer in first.layers]
    arm = assemble(layers, ImageConfig(entrypoint=("/x",)), created=CREATED, architecture="arm64")
    local.add_image(arm)
    images = [(platform_of(image), image) for image in (first, arm)]
    digest = local.add_index(images)
    for name in names:
        local.tag(Reference.parse(name), digest)
    return digest, images


async def shown(api: Any) -> list[dict[str, Any]]:
    """Return the list, after it was held against the API's description."""
    status, body = await api("get", "/containerize/images")
    assert status == 200, body
    check(body, ("get", "/containerize/images"), 200)
    return list(body["images"])


def extension_of(app: Any) -> Any:
    """Return the running extension."""
    (extension,) = app.extension_manager.extension_apps["jupyter_containerize"]
    return extension


async def test_list__several_platforms__one_image(api: Any, local: LocalStore) -> None:
    """An image for several platforms is one line, with the size of all."""
    digest, images = several(local, "iris:1")
    (image,) = await shown(api)
    assert (image["digest"], image["tags"]) == (digest, ["iris:1"])
    assert (image["platforms"], image["where"]) == (["linux/amd64", "linux/arm64"], ["store"])
    assert image["size_bytes"] == sum(item.size_bytes for _, item in images)
    assert (image["path"], image["changed"], image["running"]) == ("", None, [])


async def test_list__notebook_of_a_build__its_path_and_whether_it_changed(
    api: Any, local: LocalStore, notebook: str, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    """The saved notebook is compared with the one that the image was made from; outputs and metadata do not count."""
    place = jp_root_dir / notebook
    labels = {NOTEBOOK_LABEL: "floor.ipynb", DIGEST_LABEL: f"sha256:{read_notebook(place).digest}"}
    image = named(local, "floor:1", config=replace(CONFIG, labels=labels))
    record = BuildRecord(
        id="b1",
        path=notebook,
        state=BuildState.SUCCEEDED,
        created=now(),
        report={"digest": "sha256:other", "images": [{"digest": image.manifest_digest}]},
    )
    extension_of(jp_serverapp).queue.history.add(record, owner="nobody")

    async def told() -> tuple[str, str, bool | None]:
        (item,) = await shown(api)
        return item["path"], item["notebook_digest"], item["changed"]

    assert await told() == (notebook, labels[DIGEST_LABEL], False)
    content = json.loads(place.read_text())
    content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    place.write_text(json.dumps(content))
    assert (await told())[2] is False
    content["cells"][0]["source"] = "import os"
    place.write_text(json.dumps(content))
    assert (await told())[2] is True
    place.unlink()
    assert await told() == (notebook, labels[DIGEST_LABEL], None)


@pytest.mark.parametrize("path", ["../floor.ipynb", "/../floor.ipynb", "drive:floor.ipynb"])
async def test_list__path_outside_of_the_root__not_read(
    api: Any, local: LocalStore, jp_root_dir: Path, jp_serverapp: Any, path: str
) -> None:
    """Records may be another server's, with another root: nothing outside of this one is looked at."""
    nbformat.write(nbformat.v4.new_notebook(), jp_root_dir.parent / "floor.ipynb")
    image = named(local, "floor:1", config=replace(CONFIG, labels={DIGEST_LABEL: f"sha256:{64 * '0'}"}))
    report = {"digest": image.manifest_digest}
    record = BuildRecord(id="b1", path=path, state=BuildState.SUCCEEDED, created=now(), report=report)
    extension_of(jp_serverapp).queue.history.add(record, owner="nobody")
    (item,) = await shown(api)
    assert item["changed"] is None


async def test_list__known_to_engines__said_where(api: Any, local: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Docker or Podman has is run by it; they name images by manifest or by config."""
    one, two, three = (named(local, f"n{code}:1", code=code.encode()) for code in "abc")
    del three
    monkeypatch.setattr(
        "jupyter_containerize.server.engines.Engine.digests",
        _answers(
            {
                "docker": frozenset({one.config_digest}),
                "podman": frozenset({one.config_digest, two.config_digest}),
            }
        ),
    )
    found = {item["tags"][0]: (item["where"], item["run_command"].split()[0]) for item in await shown(api)}
    assert found == {
        "na:1": (["store", "docker", "podman"], "docker"),
        "nb:1": (["store", "podman"], "podman"),
        "nc:1": (["store"], "jupyter"),
    }


def _answers(known: dict[str, frozenset[str]]) -> Any:
    answers = iter([known["docker"], known["podman"]])
    return lambda _engine: next(answers)


async def test_list__many_images__two_small_files_each_and_once(
    api: Any, local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first list reads the manifest and the config of each image, later ones read no blob; new images are read."""
    opened: list[Path] = []
    read = Path.read_bytes

    def counted(path: Path) -> bytes:
        if "blobs" in path.parts:
            opened.append(path)
        return read(path)

    for number in range(20):
        named(local, f"iris:{number}", code=str(number).encode())
    monkeypatch.setattr(Path, "read_bytes", counted)
    sizes = {item["digest"]: item["size_bytes"] for item in await shown(api)}
    assert len(opened) == 40
    assert len(await shown(api)) == 20
    assert len(opened) == 40
    assert sizes == {digest: local.load(Digest(digest)).size_bytes for digest in sizes}
    new = named(local, "iris:new", code=b"new")
    local.tag(Reference.parse("iris:0"), new.manifest_digest)
    before = len(opened)
    names = {item["digest"]: item["tags"] for item in await shown(api)}
    assert (len(opened) - before, names[new.manifest_digest]) == (2, ["iris:0", "iris:new"])


async def test_list__engine_has_not_answered__said_and_told_when_it_has(
    api: Any, local: LocalStore, jp_serverapp: Any
) -> None:
    """A list waits for no engine: what is missing in it is said, and the next one has it."""
    image, may = named(local, "iris:1"), threading.Event()

    def ask() -> frozenset[str]:
        may.wait()
        return frozenset({image.config_digest})

    engine = Engine(ask)
    extension_of(jp_serverapp).images._engines._engines = {"podman": engine}
    _, body = await api("get", "/containerize/images")
    assert (body["settled"], body["images"][0]["where"]) == (False, ["store"])
    may.set()
    assert engine.settled(60.0)
    _, body = await api("get", "/containerize/images")
    assert (body["settled"], body["images"][0]["where"]) == (True, ["store", "podman"])


DAMAGED = {
    "no JSON": b"{",
    "no manifest": b"{}",
    "a config without a digest": b'{"config": {}, "layers": []}',
    "layers of no size": b'{"config": {"digest": "x"}, "layers": [{"size": "1"}]}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
async def test_list__documents_damaged__502(api: Any, local: LocalStore, content: bytes) -> None:
    """What is no manifest is said, and no list is made up."""
    blob = local.blob_path(named(local, "iris:1").manifest_digest)
    blob.chmod(0o644)
    blob.write_bytes(content)
    status, problem = await api("get", "/containerize/images")
    assert (status, problem["code"]) == (502, "JC-OCI-01")
    check(problem, ("get", "/containerize/images"), 502)


async def test_list__documents_gone__502(api: Any, local: LocalStore) -> None:
    """A store that lost an image's documents is damaged, and that is no mistake of who asks."""
    image = named(local, "iris:1")
    local.blob_path(image.config_digest).unlink()
    status, problem = await api("get", "/containerize/images")
    assert (status, problem["code"]) == (502, "JC-STORE-02")
    check(problem, ("get", "/containerize/images"), 502)


async def test_details__our_image__all_that_is_in_it(api: Any, local: LocalStore) -> None:
    """Layers, distributions, system packages, Python, and what answers, as the API describes them."""
    image = named(local, "iris:1", base=DOCUMENTS)
    status, body = await api("get", f"/containerize/images/{image.manifest_digest}")
    assert status == 200, body
    check(body, ("get", IMAGE), 200)
    assert [layer["digest"] for layer in body["layers"]] == [layer.digest for layer in image.layers]
    assert body["distributions"] == [{"name": "numpy", "version": "2.3.1", "license": "", "cells": []}]
    assert (body["python"], body["system_packages"]) == ("3.11.2", [{"name": "libc6", "version": "2.36"}])
    assert [(entry["symbol"], entry["example"]) for entry in body["entries"]] == [("predict", EXAMPLE)]
    assert (body["labels"], body["signed"]) == ({"org.opencontainers.image.title": "ü"}, False)


@pytest.mark.registry
@pytest.mark.parametrize("allowed", [None, ["registry.example.org"]], ids=["anywhere", "elsewhere alone"])
async def test_details__signed_at_a_registry__said_where_if_it_may_be_asked(
    api: Any, local: LocalStore, tmp_path: Path, jp_serverapp: Any, allowed: list[str] | None
) -> None:
    """A signature lies beside the image where it was pushed; what is no place for images is not asked."""
    image = named(local, "iris:1")
    extension_of(jp_serverapp).allowed_registries = allowed
    with docker_registry(tmp_path / "registry") as host:
        reference = Reference.parse(f"{host}/team/iris:1")
        push_image(reference, image, local, on_bytes=lambda _: None, cancel=CancelToken())
        attach_signature(client_for(reference), reference, describe(image), new_key(), cancel=CancelToken())
        status, body = await api("get", f"/containerize/images/{image.manifest_digest}")
        assert status == 200, body
        check(body, ("get", IMAGE), 200)
        said = (body["signed"], body["signed_at"], body["silent"])
        assert said == ((True, [f"{host}/team/iris"], []) if allowed is None else (False, [], []))


async def test_details__several_platforms__those_of_this_machine(api: Any, local: LocalStore) -> None:
    """An image for several platforms has details as well."""
    digest, _ = several(local, "iris:1")
    status, body = await api("get", f"/containerize/images/{digest}")
    check(body, ("get", IMAGE), 200)
    assert (status, len(body["layers"]), body["platforms"]) == (200, 2, ["linux/amd64", "linux/arm64"])


WRONG = {
    "unknown": (NOBODYS, 404, "JC-PUBLISH-02"),
    "no digest": ("iris", 400, "JC-IMAGE-01"),
    "a path": ("sha256:..%2F..%2Fetc%2Fpasswd", 400, "JC-IMAGE-01"),
}
CALLS = {"get": ("get", ""), "delete": ("delete", ""), "sbom": ("get", "/sbom"), "archive": ("get", "/archive")}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_image__that_is_none__problem(
    api: Any, local: LocalStore, call: tuple[str, str], wrong: tuple[str, int, str]
) -> None:
    """Every call about one image says so when there is none."""
    named(local, "iris:1")
    (method, tail), (digest, status, code) = call, wrong
    answered, problem = await api(method, f"/containerize/images/{digest}{tail}")
    assert (answered, problem["code"]) == (status, code)
    check(problem, (method, IMAGE + tail), status)


async def test_delete__one_name_then_the_last__listed_no_more(api: Any, local: LocalStore) -> None:
    """A name goes alone; with the last one the image is off the list, and its blobs stay for later builds."""
    image = named(local, "iris:1", "iris:2")
    url = f"/containerize/images/{image.manifest_digest}"
    assert await api("delete", url, params={"tag": "iris:1"}) == (204, None)
    assert [item["tags"] for item in await shown(api)] == [["iris:2"]]
    assert await api("delete", url, params={"tag": "iris:2"}) == (204, None)
    assert await shown(api) == []
    assert local.has_layer(image.layers[0])


async def test_delete__all_names__gone_with_its_platforms(api: Any, local: LocalStore) -> None:
    """Without a name all of them go; other images stay."""
    digest, _ = several(local, "iris:1", "iris:2")
    named(local, "other:1", code=b"other")
    assert await api("delete", f"/containerize/images/{digest}") == (204, None)
    assert [item["tags"] for item in await shown(api)] == [["other:1"]]


async def test_delete__another_images_name__404(api: Any, local: LocalStore) -> None:
    """A name that moved meanwhile stays with the image that has it."""
    first, _ = named(local, "iris:1"), named(local, "iris:2", code=b"b")
    url = f"/containerize/images/{first.manifest_digest}"
    status, problem = await api("delete", url, params={"tag": "iris:2"})
    assert (status, problem["code"]) == (404, "JC-PUBLISH-02")
    status, problem = await api("delete", url, params={"tag": "NO"})
    assert (status, problem["code"]) == (400, "JC-IMAGE-01")
    assert len(await shown(api)) == 2


async def test_delete__running__409_unless_another_name_stays(
    api: Any, local: LocalStore, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs keeps a name."""
    image = named(local, "iris:1", "iris:2")
    monkeypatch.setattr(extension_of(jp_serverapp), "running_ids", lambda _image: ("c1",))
    url = f"/containerize/images/{image.manifest_digest}"
    status, problem = await api("delete", url)
    check(problem, ("delete", IMAGE), 409)
    assert (status, problem["code"]) == (409, "JC-SERVER-05")
    assert await api("delete", url, params={"tag": "iris:1"}) == (204, None)
    assert (await api("delete", url, params={"tag": "iris:2"}))[0] == 409
    (item,) = await shown(api)
    assert item["running"] == ["c1"]


@pytest.mark.parametrize(
    ("query", "name", "content_type"),
    [
        ({}, "iris-1.cdx.json", "application/vnd.cyclonedx+json"),
        ({"format": "cyclonedx"}, "iris-1.cdx.json", "application/vnd.cyclonedx+json"),
        ({"format": "spdx"}, "iris-1.spdx.json", "application/spdx+json"),
    ],
    ids=str,
)
async def test_sbom__our_image__a_download(
    api: Any, local: LocalStore, query: dict[str, str], name: str, content_type: str
) -> None:
    """The document comes as it lies in the image, as a file with a name."""
    image = named(local, "iris:1", base=DOCUMENTS)
    response = await api.raw("get", f"/containerize/images/{image.manifest_digest}/sbom", params=query)
    assert (response.code, response.headers["Content-Type"]) == (200, content_type)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert ("bomFormat" in json.loads(response.body)) is (content_type == "application/vnd.cyclonedx+json")


async def test_sbom__image_without_one_and_unknown_form__problems(api: Any, local: LocalStore) -> None:
    """What is not there is not made up."""
    url = f"/containerize/images/{named(local, 'iris:1').manifest_digest}/sbom"
    status, problem = await api("get", url)
    assert (status, problem["code"]) == (404, "JC-SERVER-06")
    status, problem = await api("get", url, params={"format": "pdf"})
    assert (status, problem["code"]) == (400, "JC-SERVER-01")
    check(problem, ("get", IMAGE + "/sbom"), 400)


@pytest.mark.parametrize(("asked", "name"), [({}, "iris:one"), ({"tag": "b/iris:2"}, "b/iris:2")], ids=str)
async def test_archive__image__the_same_bytes_as_a_build_writes(
    api: Any, local: LocalStore, asked: dict[str, str], name: str
) -> None:
    """The download is what ``--to archive:`` gives, under the name that was asked for."""
    image = named(local, "b/iris:2", "iris:one")
    if not asked:
        local.untag(Reference.parse("b/iris:2"))
    response = await api.raw("get", f"/containerize/images/{image.manifest_digest}/archive", params=asked)
    assert (response.code, response.headers["Content-Type"]) == (200, "application/x-tar")
    expected = name.replace("/", "-").replace(":", "-")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{expected}.tar"'
    assert int(response.headers["Content-Length"]) == len(response.body)
    assert response.body == b"".join(archive_chunks(image, Reference.parse(name), local.blob_path))


async def test_archive__several_platforms__all_in_one(api: Any, local: LocalStore) -> None:
    """The archive of an image for several platforms has them all."""
    digest, images = several(local, "iris:1")
    response = await api.raw("get", f"/containerize/images/{digest}/archive")
    assert response.body == b"".join(index_archive_chunks(images, Reference.parse("iris:1"), local.blob_path))


async def test_archive__layer_damaged__502_and_no_half_file(api: Any, local: LocalStore) -> None:
    """Nothing that is damaged leaves the store."""
    image = named(local, "iris:1")
    blob = local.blob_path(image.layers[0].digest)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * image.layers[0].size_bytes)
    status, problem = await api("get", f"/containerize/images/{image.manifest_digest}/archive")
    assert (status, problem["code"]) == (502, "JC-STORE-02")
    check(problem, ("get", IMAGE + "/archive"), 502)


async def test_comparison__by_name_and_digest__what_differs(api: Any, local: LocalStore) -> None:
    """Two images are compared by whatever names them."""
    before, after = named(local, "iris:1"), named(local, "iris:2", base=DOCUMENTS, code=b"longer")
    del before
    query = {"before": "iris:1", "after": after.manifest_digest}
    status, body = await api("get", "/containerize/comparison", params=query)
    assert status == 200, body
    check(body, ("get", "/containerize/comparison"), 200)
    assert (body["before"], body["after"]) == ("iris:1", after.manifest_digest)
    assert ("distribution", "numpy", None, "2.3.1") in [
        (item["kind"], item["name"], item["before"], item["after"]) for item in body["changes"]
    ]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"before": "iris:1"}, 400, "JC-SERVER-01"),
        ({"before": "iris:1", "after": "NO"}, 400, "JC-IMAGE-01"),
        ({"before": "no:1", "after": "iris:1"}, 404, "JC-PUBLISH-02"),
        ({"before": "iris:1", "after": NOBODYS}, 404, "JC-PUBLISH-02"),
    ],
    ids=str,
)
async def test_comparison__wrong_names__problem(
    api: Any, local: LocalStore, query: dict[str, str], status: int, code: str
) -> None:
    """Two images are needed."""
    named(local, "iris:1")
    answered, problem = await api("get", "/containerize/comparison", params=query)
    assert (answered, problem["code"]) == (status, code)
    check(problem, ("get", "/containerize/comparison"), status)
