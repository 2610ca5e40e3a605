"""One tar that is an OCI layout and a ``docker save`` archive at once.

Podman, skopeo and newer Docker Engines read ``index.json``; older Engines read ``manifest.json``,
whose paths point into the same blobs. Sources: OCI image-spec, "Image Layout"; Docker image-spec
v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.oci import tarstream
from jupyter_containerize.oci.index import Index, entry_of
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
    for folder in ("blobs", "blobs/sha256"):
        yield tarstream.header(f"{folder}/", tarstream.DIRECTORY, mode=0o755, mtime=LAYER_TIME)
    blobs: dict[Digest, bytes | Path] = {layer.digest: blob_path(layer.digest) for layer in image.layers}
    blobs[image.config_digest] = image.config_bytes
    blobs[image.manifest_digest] = image.manifest_bytes
    for digest in sorted(blobs.keys() - without):
        yield from _member(f"blobs/sha256/{digest.hex}", blobs[digest])
    yield from _member("index.json", index.to_bytes())
    yield from _member("manifest.json", _docker_manifest(image, reference))
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
