"""One tar that is an OCI layout and a ``docker save`` archive at once.

Podman, skopeo and newer Docker Engines read ``index.json``; older Engines read ``manifest.json``,
whose paths point into the same blobs. Sources: OCI image-spec, "Image Layout"; Docker image-spec
v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    index = Index(entries=(entry_of(image, reference=reference),))
    yield from _archive(index, {}, (image,), image, reference, blob_path, without)


def index_archive_chunks(
    images: Sequence[tuple[Platform, Image]],
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
) -> Iterator[bytes]:
    """Give the bytes of an archive of one image for several platforms.

    Readers of Docker's part find the image for this machine, or the first.
    """
    index_bytes = platform_index(images)
    index = Index(entries=(index_entry_of(index_bytes, reference=reference),))
    here = next((image for platform, image in images if platform == Platform.here()), images[0][1])
    documents = {digest_of(index_bytes): index_bytes}
    yield from _archive(index, documents, [image for _, image in images], here, reference, blob_path, frozenset())


def _archive(  # noqa: PLR0917  # private, and called twice
    index: Index,
    documents: Mapping[Digest, bytes],
    images: Iterable[Image],
    for_docker: Image,
    reference: Reference | None,
    blob_path: Callable[[Digest], Path],
    without: AbstractSet[Digest],
) -> Iterator[bytes]:
    for folder in ("blobs", "blobs/sha256"):
        yield tarstream.header(f"{folder}/", tarstream.DIRECTORY, mode=0o755, mtime=LAYER_TIME)
    blobs: dict[Digest, bytes | Path] = dict(documents)
    for image in images:
        blobs |= {layer.digest: blob_path(layer.digest) for layer in image.layers}
        blobs[image.config_digest] = image.config_bytes
        blobs[image.manifest_digest] = image.manifest_bytes
    for digest in sorted(blobs.keys() - without):
        yield from _member(f"blobs/sha256/{digest.hex}", blobs[digest])
    yield from _member("index.json", index.to_bytes())
    yield from _member("manifest.json", _docker_manifest(for_docker, reference))
    yield from _member("oci-layout", MARKER)
    yield tarstream.END


def _member(name: str, content: bytes | Path) -> Iterator[bytes]:
    size_bytes = len(content) if isinstance(content, bytes) else content.stat().st_size
    yield tarstream.header(name, tarstream.REGULAR, mode=0o644, mtime=LAYER_TIME, size_bytes=size_bytes)
    if isinstance(content, bytes):
        yield content
    else:
        with content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    yield tarstream.padding(size_bytes)


def _docker_manifest(image: Image, reference: Reference | None) -> bytes:
    document = [
        {
            "Config": f"blobs/sha256/{image.config_digest.hex}",
            "Layers": [f"blobs/sha256/{layer.digest.hex}" for layer in image.layers],
            "RepoTags": [] if reference is None else [str(reference)],
        }
    ]
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
