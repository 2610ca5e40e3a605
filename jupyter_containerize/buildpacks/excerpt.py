"""A file without a name, and parts of it as files of their own."""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SMALL = 1 << 16


class Spool:
    """Bytes on disk that are gone with the last excerpt of them: in ``folder``, or where the system keeps such files.

    Raises:
        OSError: from the disk; the same for ``write``.
    """

    def __init__(self, folder: Path | None) -> None:
        self.descriptor, name = tempfile.mkstemp(dir=folder)
        # Files of a package are read long after it was opened, by whoever writes the layer: nobody could close it.
        weakref.finalize(self, os.close, self.descriptor)
        Path(name).unlink()

    def write(self, data: bytes) -> None:
        """Add to the end."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.descriptor, view) :]

    def whole(self) -> BinaryIO:
        """Return all that was written, as a file that can seek."""
        return Excerpt(self, 0, os.fstat(self.descriptor).st_size).open()


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``size`` bytes of a spool from ``start``. Threads may read one spool at the same time."""

    spool: Spool
    start: int
    size: int

    def open(self) -> BinaryIO:
        """Return a file that can seek."""
        if self.size <= _SMALL:
            return io.BytesIO(os.pread(self.spool.descriptor, self.size, self.start))
        return io.BufferedReader(_Raw(self))


class _Raw(io.RawIOBase):
    def __init__(self, excerpt: Excerpt) -> None:
        self._excerpt = excerpt
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._excerpt.size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._excerpt.size - self._position))
        data = os.pread(self._excerpt.spool.descriptor, wanted, self._excerpt.start + self._position)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
