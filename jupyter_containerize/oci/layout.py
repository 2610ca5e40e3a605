"""An image layout on disk: ``oci-layout``, ``index.json`` and ``blobs/sha256``.

Source: OCI image-spec, "Image Layout". Nothing here locks: whoever shares a layout does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.oci.index import Index, read_index

MARKER: Final = b'{"imageLayoutVersion":"1.0.0"}'


class Layout:
    """The files of one layout. Every file appears whole, under its final name, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self) -> None:
        """Make the folders and the marker; a layout that exists stays as it is."""
        (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        if not (self.root / "oci-layout").exists():
            self._write(self.root / "oci-layout", MARKER)
        if not (self.root / "index.json").exists():
            self.write_index(Index())

    def blob_path(self, digest: Digest) -> Path:
        """Return where the blob is, or would be."""
        return self.root / "blobs" / "sha256" / digest.hex

    def has_blob(self, digest: Digest, size_bytes: int) -> bool:
        """Tell whether the blob is there in its full size; its content is not read."""
        try:
            return self.blob_path(digest).stat().st_size == size_bytes
        except OSError:
            return False

    def write_blob(self, data: bytes) -> Digest:
        """Keep the bytes under their digest."""
        digest = digest_of(data)
        if not self.has_blob(digest, len(data)):
            self._write(self.blob_path(digest), data)
        return digest

    def adopt(self, file: Path, digest: Digest) -> None:
        """Move a finished file of the same file system to where the blob belongs."""
        file.chmod(0o644)
        file.replace(self.blob_path(digest))

    def read_index(self) -> Index:
        """Return the index; an empty one when there is none yet.

        Raises:
            ImageUnreadable: the file is no index.
        """
        try:
            data = (self.root / "index.json").read_bytes()
        except FileNotFoundError:
            return Index()
        return read_index(data)

    def write_index(self, index: Index) -> None:
        """Replace the index in one step."""
        self._write(self.root / "index.json", index.to_bytes())

    def _write(self, path: Path, data: bytes) -> None:
        with appearing(path) as file:
            file.write(data)


@contextmanager
def appearing(path: Path) -> Iterator[BinaryIO]:
    """Give a file that gets its name only when the block ends well."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
