"""One image for several platforms: in the store, in layouts and archives, and what an engine gets of it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import Layout, assemble, platform_index, read_index
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.publishing import LocalStore, parse_destination
from tests.oci.small import CONFIG

IRIS = Reference.parse("iris:latest")
AMD64, ARM64 = Platform(architecture="amd64"), Platform(architecture="arm64")
HERE = Platform.here()


@pytest.fixture
def images(store: LocalStore, image: Image) -> list[tuple[Platform, Image]]:
    """Give images for two platforms that are in the store."""
    found = []
    for platform in (ARM64, AMD64):
        layers = [(layer, "") for layer in image.layers]
        made = assemble(layers, CONFIG, created="1980-01-01T00:00:01Z", architecture=platform.architecture)
        store.add_image(made)
        found.append((platform, made))
    return found


def _publish(text: str, images: list[tuple[Platform, Image]], store: LocalStore) -> list[int]:
    counted: list[int] = []
    destination = parse_destination(text)
    destination.check()
    destination.publish_index(images, store, reference=IRIS, on_bytes=counted.append, cancel=CancelToken())
    return counted


def _skopeo(name: str, platform: Platform) -> dict[str, Any]:
    command = ("skopeo", "--override-arch", platform.architecture, "inspect", "--config", name)
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def test_platform_index__any_order__is_one_document(images: list[tuple[Platform, Image]]) -> None:
    """The whole text: sorted by platform, and nothing of this machine in it."""
    lines = ",".join(
        f'{{"digest":"{image.manifest_digest}","mediaType":"application/vnd.oci.image.manifest.v1+json",'
        f'"platform":{{"architecture":"{platform.architecture}","os":"linux"}},"size":{len(image.manifest_bytes)}}}'
        for platform, image in reversed(images)
    )
    expected = f'{{"manifests":[{lines}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}}'
    assert platform_index(images).decode() == platform_index(images[::-1]).decode() == expected
    assert [entry.platform for entry in read_index(expected.encode()).entries] == ["linux/amd64", "linux/arm64"]


def test_read_index__lines_of_others__keep_their_platforms() -> None:
    """An index that somebody else wrote is written again as it was."""
    line = {"digest": f"sha256:{'1' * 64}", "mediaType": "x", "size": 1, "annotations": {}}
    platform = {"os": "linux", "architecture": "arm", "variant": "v7"}
    document = json.dumps({"manifests": [{**line, "platform": platform}, line]}).encode()
    read = read_index(document)
    assert [entry.platform for entry in read.entries] == ["linux/arm/v7", ""]
    assert json.loads(read.to_bytes())["manifests"][0]["platform"] == platform
    assert read_index(read.to_bytes()) == read


def test_store__index__is_found_listed_and_untagged(store: LocalStore, images: list[tuple[Platform, Image]]) -> None:
    """A name may mean several images; who asks for one gets that for this machine."""
    digest = store.add_index(images)
    store.tag(IRIS, digest)
    assert digest == digest_of(platform_index(images))
    assert store.find(IRIS) == dict(images)[HERE]
    assert [entry.platform for entry in store.members(digest)] == ["linux/amd64", "linux/arm64"]
    tags = {stored.digest: stored.tags for stored in store.images()}
    assert {tags[image.manifest_digest] for _, image in images} == {("iris:latest",)}
    assert digest not in tags
    store.untag(IRIS)
    assert store.find(IRIS) is None
    assert store.add_index(images[::-1]) == digest


def test_store__index__is_a_layout_for_others(store: LocalStore, images: list[tuple[Platform, Image]]) -> None:
    """Skopeo chooses by platform in our store."""
    store.tag(IRIS, store.add_index(images))
    for platform, _ in images:
        assert _skopeo(f"oci:{store.root}:{IRIS}", platform)["architecture"] == platform.architecture


def test_publish_index__to_a_layout__holds_all(
    store: LocalStore, images: list[tuple[Platform, Image]], tmp_path: Path
) -> None:
    """The layout has every platform under one name."""
    _publish(f"oci:{tmp_path / 'layout'}", images, store)
    assert Layout(tmp_path / "layout").read_index().find(IRIS) == digest_of(platform_index(images))
    for platform, _ in images:
        found = _skopeo(f"oci:{tmp_path / 'layout'}:{IRIS}", platform)
        assert found["architecture"] == platform.architecture


def test_publish_index__to_an_archive__holds_all_and_one_for_docker(
    store: LocalStore, images: list[tuple[Platform, Image]], tmp_path: Path
) -> None:
    """Readers of OCI archives choose; Docker's own part names the image for this machine."""
    path = tmp_path / "a.tar"
    assert sum(_publish(f"archive:{path}", images, store)) == path.stat().st_size
    for platform, _ in images:
        assert _skopeo(f"oci-archive:{path}", platform)["architecture"] == platform.architecture
    assert _skopeo(f"docker-archive:{path}", HERE)["architecture"] == HERE.architecture
    with tarfile.open(path) as tar:
        names = tar.getnames()
    assert len(names) == len(set(names))


@pytest.mark.docker
def test_publish_index__to_docker__loads_the_engines_own(
    store: LocalStore, images: list[tuple[Platform, Image]]
) -> None:
    """An engine gets the image that it can run."""
    name = Reference.parse("jc-test-platforms:latest")
    destination = parse_destination("docker")
    try:
        destination.publish_index(images, store, reference=name, on_bytes=lambda _: None, cancel=CancelToken())
        done = subprocess.run(["docker", "image", "inspect", str(name)], check=True, capture_output=True)
        assert json.loads(done.stdout)[0]["Architecture"] == HERE.architecture
    finally:
        subprocess.run(["docker", "rmi", "-f", str(name)], check=False, capture_output=True)
