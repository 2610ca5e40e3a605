"""A blob on its way to a registry."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.registry.errors import BlobDamaged

_PIECE = 1 << 18


class OutgoingBlob:
    """A blob that is hashed while it is sent; its last piece leaves only when the hash is right.

    So no registry is ever given all of a blob that is not what its name says, whatever it checks itself.
    """

    def __init__(
        self,
        digest: Digest,
        content: Path | bytes,
        *,
        size_bytes: int | None,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> None:
        """Keep what to send; nothing is opened before that, since the registry may have it.

        ``size_bytes`` is the size by the manifest, ``None`` where that is not known. ``on_bytes`` gets increments;
        negative ones where something is sent again.

        Raises:
            BlobDamaged: the size is not known, and there is no file.
        """
        self.digest = digest
        self._content = content
        self._on_bytes = on_bytes
        self._cancel = cancel
        self._file: BinaryIO | None = None
        self.size_bytes = self._opened().seek(0, os.SEEK_END) if size_bytes is None else size_bytes
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._counted = 0

    def span(self, start: int, end: int) -> Span | bytes:
        """Return a request body with the bytes from ``start`` to before ``end``."""
        if start == end:
            self._check(end)
            return b""
        return Span(self, start, end)

    def count(self, position: int) -> None:
        """Say how far sending has come."""
        if position != self._counted:
            self._on_bytes(position - self._counted)
            self._counted = position

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """Give the bytes, and check them at the end of the blob.

        Raises:
            BlobDamaged, Cancelled
        """
        position = start
        while position < end:
            piece = self._read(position, min(_PIECE, end - position))
            if not piece:
                raise BlobDamaged(self.digest, f"it has {position} bytes, not {self.size_bytes}")
            if position <= self._hashed < position + len(piece):
                self._hash.update(memoryview(piece)[self._hashed - position :])
                self._hashed = position + len(piece)
            position += len(piece)
            self._check(position)
            self.count(position)
            self._cancel.check()
            yield piece

    def _opened(self) -> BinaryIO:
        if self._file is None:
            content = self._content
            try:
                self._file = BytesIO(content) if isinstance(content, bytes) else content.open("rb")
            except OSError as error:
                raise BlobDamaged(self.digest, os.strerror(error.errno or 0)) from error
        return self._file

    def _read(self, position: int, size: int) -> bytes:
        file = self._opened()
        try:
            file.seek(position)
            return file.read(size)
        except OSError as error:
            raise BlobDamaged(self.digest, os.strerror(error.errno or 0)) from error

    def _check(self, position: int) -> None:
        if position == self.size_bytes:
            # What a registry says that it has beyond what was sent is not taken on trust.
            found = f"sha256:{self._hash.hexdigest()}" if self._hashed == position else "not known"
            if found != self.digest:
                raise BlobDamaged(self.digest, f"its digest is {found}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


class Span:
    """A part of a blob as a request body.

    It has a length, since registries behind some proxies refuse bodies without one.
    """

    def __init__(self, blob: OutgoingBlob, start: int, end: int) -> None:
        self._blob, self._start, self._end = blob, start, end

    def __iter__(self) -> Iterator[bytes]:
        return self._blob.pieces(self._start, self._end)

    def __len__(self) -> int:
        return self._end - self._start
