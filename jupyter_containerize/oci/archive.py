"""One tar that is an OCI layout and a ``docker save`` archive at once.

Podman, skopeo and newer Docker Engines read ``index.json``; older Engines read ``manifest.json``,
whose paths point into the same blobs. Sources: OCI image-spec, "Image Layout"; Docker image-spec
v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import tarstream
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.oci.index import Index, entry_of, index_entry_of, platform_index
from jupyter_containerize.oci.layer import LAYER_TIME
from jupyter_containerize.oci.layout import MARKER

_CHUNK = 1 << 18


# A name in the archive and what is there, in order; a folder has no content.
Members = tuple[tuple[str, bytes | Path | None], ...]


def archive_chunks(
    image: Image,
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
    *,
    without: AbstractSet[Digest] = frozenset(),
) -> Iterator[bytes]:
    """Give the archive's bytes; the same image and name give the same bytes.

    ``blob_path`` finds the layers. ``without`` leaves layers out, for a reader that has them.
    """
    return member_chunks(archive_members(image, reference, blob_path, without=without))


def index_archive_chunks(
    images: Sequence[tuple[Platform, Image]],
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
) -> Iterator[bytes]:
    """Give the bytes of an archive of one image for several platforms.

    Readers of Docker's part find the image for this machine, or the first.
    """
    return member_chunks(index_archive_members(images, reference, blob_path))


def archive_members(
    image: Image,
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
    *,
    without: AbstractSet[Digest] = frozenset(),
) -> Members:
    """Return what ``archive_chunks`` writes, before anything is read."""
    index = Index(entries=(entry_of(image, reference=reference),))
    return _members(index, _blobs(image, blob_path), without, _docker_manifest(image, reference))


def index_archive_members(
    images: Sequence[tuple[Platform, Image]],
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
) -> Members:
    """Return what ``index_archive_chunks`` writes, before anything is read."""
    index_bytes = platform_index(images)
    index = Index(entries=(index_entry_of(index_bytes, reference=reference),))
    here = next((image for platform, image in images if platform == Platform.here()), images[0][1])
    blobs: dict[Digest, bytes | Path] = {digest_of(index_bytes): index_bytes}
    for _, image in images:
        blobs |= _blobs(image, blob_path)
    return _members(index, blobs, frozenset(), _docker_manifest(here, reference))


def member_chunks(members: Members) -> Iterator[bytes]:
    """Give the bytes of an archive of the members."""
    for name, content in members:
        yield from _member(name, content)
    yield tarstream.END


def member_bytes(members: Members) -> int:
    """Return how many bytes ``member_chunks`` gives."""
    total = len(tarstream.END)
    for name, content in members:
        size_bytes = _size_bytes(content)
        total += len(_header(name, content, size_bytes)) + size_bytes + len(tarstream.padding(size_bytes))
    return total


def _blobs(image: Image, blob_path: Callable[[Digest], Path]) -> dict[Digest, bytes | Path]:
    return {
        **{layer.digest: blob_path(layer.digest) for layer in image.layers},
        image.config_digest: image.config_bytes,
        image.manifest_digest: image.manifest_bytes,
    }


def _members(
    index: Index, blobs: Mapping[Digest, bytes | Path], without: AbstractSet[Digest], docker_manifest: bytes
) -> Members:
    return (
        ("blobs/", None),
        ("blobs/sha256/", None),
        *((f"blobs/sha256/{digest.hex}", blobs[digest]) for digest in sorted(blobs.keys() - without)),
        ("index.json", index.to_bytes()),
        ("manifest.json", docker_manifest),
        ("oci-layout", MARKER),
    )


def _member(name: str, content: bytes | Path | None) -> Iterator[bytes]:
    size_bytes = _size_bytes(content)
    yield _header(name, content, size_bytes)
    if isinstance(content, bytes):
        yield content
    elif content is not None:
        with content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    # An empty piece would end what is sent in pieces over HTTP.
    if padding := tarstream.padding(size_bytes):
        yield padding


def _header(name: str, content: bytes | Path | None, size_bytes: int) -> bytes:
    if content is None:
        return tarstream.header(name, tarstream.DIRECTORY, mode=0o755, mtime=LAYER_TIME)
    return tarstream.header(name, tarstream.REGULAR, mode=0o644, mtime=LAYER_TIME, size_bytes=size_bytes)


def _size_bytes(content: bytes | Path | None) -> int:
    if content is None:
        return 0
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _docker_manifest(image: Image, reference: Reference | None) -> bytes:
    document = [
        {
            "Config": f"blobs/sha256/{image.config_digest.hex}",
            "Layers": [f"blobs/sha256/{layer.digest.hex}" for layer in image.layers],
            "RepoTags": [] if reference is None else [str(reference)],
        }
    ]
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
