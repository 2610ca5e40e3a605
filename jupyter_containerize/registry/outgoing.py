"""A blob on its way to a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from jupyter_containerize.domain.build import CancelToken

_CHUNK = 1 << 18


class OutgoingBlob:
    """A request body that counts what was read, and stops when asked to.

    It has a length, since registries behind some proxies refuse bodies without one.
    """

    def __init__(
        self, content: Path | bytes, size_bytes: int, *, on_bytes: Callable[[int], None], cancel: CancelToken
    ) -> None:
        self._size_bytes = size_bytes
        self._on_bytes = on_bytes
        self._cancel = cancel
        self._file: BinaryIO = BytesIO(content) if isinstance(content, bytes) else content.open("rb")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        self._cancel.check()
        chunk = self._file.read(size)
        self._on_bytes(len(chunk))
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(_CHUNK):
            yield chunk

    def __len__(self) -> int:
        return self._size_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()
