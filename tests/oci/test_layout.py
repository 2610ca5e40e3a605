"""Layouts and archives, read back by us and by the tools that users have."""

from __future__ import annotations

import json
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.oci import ImageUnreadable, Index, Layout, archive_chunks, read_index
from jupyter_containerize.oci.index import full_name
from tests.oci.small import small_image

NAME = Reference.parse("iris:latest")
OTHER = Reference.parse("localhost:5000/team/iris:v1")


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _named(image: Image, *names: Reference) -> Index:
    index = Index().with_image(image, created="2026-01-01T00:00:00Z")
    for name in names:
        index = index.with_name(name, image.manifest_digest, created="2026-01-01T00:00:00Z")
    return index


def test_index__two_names__are_two_lines_and_none_without() -> None:
    """A named image is not listed once more without a name."""
    image, _ = small_image()
    index = _named(image, NAME, OTHER)
    assert [entry.name for entry in index.entries] == [str(NAME), str(OTHER)]
    assert index.find(NAME) == index.find(OTHER) == image.manifest_digest


def test_index__name_moves__the_old_image_stays_without_it() -> None:
    """Moving a tag takes the name from the old image and loses nothing."""
    (old, _), (new, _) = small_image(), small_image(b"changed")
    index = _named(old, NAME).with_image(new).with_name(NAME, new.manifest_digest)
    assert [(entry.digest, entry.name) for entry in index.entries] == [
        (old.manifest_digest, ""),
        (new.manifest_digest, str(NAME)),
    ]


def test_index__name_for_an_unlisted_image__is_refused() -> None:
    """A name cannot point at nothing."""
    with pytest.raises(KeyError):
        Index().with_name(NAME, small_image()[0].manifest_digest)


def test_index__written_and_read__is_the_same() -> None:
    """The document round-trips."""
    index = _named(small_image()[0], NAME, OTHER)
    assert read_index(index.to_bytes()) == index


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"manifests":[{"digest":"x"}]}', b'{"manifests":[1]}'])
def test_read_index__broken__is_refused(data: bytes) -> None:
    """An index that somebody else broke is named as such."""
    with pytest.raises(ImageUnreadable):
        read_index(data)


FULL_NAMES = {
    "iris": "docker.io/library/iris:latest",
    "team/iris:v1": "docker.io/team/iris:v1",
    "localhost:5000/iris": "localhost:5000/iris:latest",
}


@pytest.mark.parametrize(("short", "full"), FULL_NAMES.items())
def test_full_name__any__has_a_registry(short: str, full: str) -> None:
    """Names are completed as Docker completes them."""
    assert full_name(Reference.parse(short)) == full


def test_layout__in_skopeo_and_umoci__is_an_image(layout: Layout, image: Image, tmp_path: Path) -> None:
    """Two other implementations read our layout; one unpacks it."""
    layout.write_index(_named(image, NAME))
    inspected = json.loads(_run("skopeo", "inspect", f"oci:{layout.root}:{NAME}"))
    assert inspected["Digest"] == image.manifest_digest
    assert inspected["Labels"] == {"org.opencontainers.image.title": "ü"}
    layout.write_index(_named(image, Reference.parse("iris:latest")).without_name(NAME))
    plain = Layout(tmp_path / "copy")
    _run("skopeo", "copy", "-q", f"oci:{layout.root}", f"oci:{plain.root}:one")
    _run("umoci", "unpack", "--rootless", "--image", f"{plain.root}:one", tmp_path / "bundle")
    root = tmp_path / "bundle" / "rootfs"
    assert (root / "app" / "main").read_bytes() == b"main"
    assert (root / "bin" / "hi").resolve().read_bytes() == b"#!/bin/hello\n"
    assert (root / "bin" / "moin").samefile(root / "bin" / "hello")


def test_layout__blob_of_other_size__is_not_there(layout: Layout) -> None:
    """A blob that was cut short does not count."""
    digest = layout.write_blob(b"content")
    layout.blob_path(digest).write_bytes(b"cont")
    assert not layout.has_blob(digest, 7)
    layout.write_blob(b"content")
    assert layout.blob_path(digest).read_bytes() == b"content"


def _archive(layout: Layout, image: Image) -> bytes:
    return b"".join(archive_chunks(image, NAME, layout.blob_path))


def test_archive_chunks__twice__gives_the_same_bytes(layout: Layout, image: Image) -> None:
    """An archive is as reproducible as the image in it."""
    assert _archive(layout, image) == _archive(layout, image)


def test_archive_chunks__docker_manifest__points_at_the_blobs(layout: Layout, image: Image) -> None:
    """Old Docker Engines find config and layers by path."""
    with tarfile.open(fileobj=BytesIO(_archive(layout, image))) as tar:
        file = tar.extractfile("manifest.json")
        assert file is not None
        (document,) = json.load(file)
        assert document["RepoTags"] == ["iris:latest"]
        for path in (document["Config"], *document["Layers"]):
            assert tar.getmember(path).isfile()


@pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
def test_archive_chunks__in_skopeo__is_read_both_ways(
    layout: Layout, image: Image, tmp_path: Path, transport: str
) -> None:
    """One file serves those who read OCI archives and those who read Docker's."""
    path = tmp_path / "iris.tar"
    path.write_bytes(_archive(layout, image))
    inspected = json.loads(_run("skopeo", "inspect", "--config", f"{transport}:{path}"))
    assert inspected["config"]["Entrypoint"] == ["/bin/hello"]
