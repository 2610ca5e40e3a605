"""Layers of either compression, made at once or joined, are unpacked to the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Compression
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.unpack import unpack_layer
from tests.oci.small import SMALL, file, folder

OTHER = (folder("bin"), file("bin/large", bytes(range(256)) * 20_000))


def files(root: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("compression", list(Compression))
def test_unpack_layer__joined__all_members_are_there(
    store: LocalStore, tmp_path: Path, compression: Compression
) -> None:
    """What comes after the first gzip member or zstd frame is read as well."""
    for key, entries in (("one", SMALL), ("two", OTHER)):
        store.make_part(key, entries, cancel=CancelToken(), compression=compression)
    layer = store.join_layer("layer", ["one", "two"], cancel=CancelToken(), compression=compression)
    assert layer is not None
    into = tmp_path / "into"
    into.mkdir()
    unpack_layer(layer, store.blob_path(layer.digest), into, cancel=CancelToken())
    found = files(into)
    assert found["bin/hello"] == found["bin/hi"] == found["bin/moin"] == b"#!/bin/hello\n"
    assert found["bin/large"] == bytes(range(256)) * 20_000


@pytest.mark.parametrize("compression", list(Compression))
def test_unpack_layer__cut_short__is_told(store: LocalStore, tmp_path: Path, compression: Compression) -> None:
    """A blob that ends early is damaged, wherever it ends."""
    layer = store.make_layer("key", OTHER, cancel=CancelToken(), compression=compression)
    blob = tmp_path / "blob"
    data = store.blob_path(layer.digest).read_bytes()
    for number, end in enumerate((10, len(data) // 2)):
        blob.write_bytes(data[:end])
        into = tmp_path / str(number)
        into.mkdir()
        with pytest.raises(ImageUnreadable):
            unpack_layer(layer, blob, into, cancel=CancelToken())
