"""Small layers and images, for the tests of every room that needs some."""

from __future__ import annotations

from io import BytesIO

from jupyter_containerize.domain.image import Digest, EntryKind, Image, ImageConfig, Layer, LayerEntry
from jupyter_containerize.oci import assemble, write_layer


def folder(path: str, mode: int = 0o755) -> LayerEntry:
    """Return a folder."""
    return LayerEntry(path=path, kind=EntryKind.DIRECTORY, mode=mode)


def file(path: str, content: bytes = b"", mode: int = 0o644) -> LayerEntry:
    """Return a file."""
    return LayerEntry(path=path, kind=EntryKind.FILE, mode=mode, size_bytes=len(content), open=lambda: BytesIO(content))


def symlink(path: str, target: str) -> LayerEntry:
    """Return a symlink."""
    return LayerEntry(path=path, kind=EntryKind.SYMLINK, mode=0o777, link_target=target)


def hardlink(path: str, target: str) -> LayerEntry:
    """Return a hard link."""
    return LayerEntry(path=path, kind=EntryKind.HARDLINK, mode=0o644, link_target=target)


SMALL = (
    folder("bin"),
    file("bin/hello", b"#!/bin/hello\n", 0o4775),
    symlink("bin/hi", "hello"),
    hardlink("bin/moin", "bin/hello"),
    folder("tmp", 0o1777),
    file("tmp/" + "lang" * 40 + "-ü", b"x" * 700),
)


def layer_bytes(entries: tuple[LayerEntry, ...]) -> tuple[Layer, bytes]:
    """Return a layer and its blob."""
    blob = BytesIO()
    return write_layer(entries, blob), blob.getvalue()


CONFIG = ImageConfig(
    entrypoint=("/bin/hello",),
    env={"B": "2", "A": "1=1"},
    labels={"org.opencontainers.image.title": "ü"},
    working_dir="/app",
    ports=(8080,),
)


def small_image(code: bytes = b"main", config: ImageConfig = CONFIG) -> tuple[Image, dict[Digest, bytes]]:
    """Return an image of two layers and its layer blobs."""
    layers, blobs = [], {}
    for entries in (SMALL, (folder("app"), file("app/main", code))):
        layer, blob = layer_bytes(entries)
        layers.append((layer, "made by a test"))
        blobs[layer.digest] = blob
    return assemble(layers, config, created="1980-01-01T00:00:01Z"), blobs
