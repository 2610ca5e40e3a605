"""The tar in a layer's blob, whoever compressed it: gzip of one or many members, zstd frames, or no compression.

The standard library's ``tarfile`` reads only the first member of a gzip stream, and no zstd before Python 3.14.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol, cast

import zstandard

from jupyter_containerize.oci import media
from jupyter_containerize.oci.errors import ImageUnreadable

_READ: Final = 1 << 18
# However small a blob is, this is what is unpacked of it at a time.
_STEP: Final = 1 << 20
# zlib: a gzip header, and the largest window.
_MEMBER: Final = 16 + zlib.MAX_WBITS


class Readable(Protocol):
    """What compressed bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most that many bytes, and none only at the end."""


def open_plain(blob: Readable, media_type: str, subject: str) -> BinaryIO:
    """Return a reader of the tar that ``blob`` holds; the blob is not closed with it.

    ``media_type`` is a layer's, OCI's or Docker's; ``subject`` names the layer in errors, which reading raises, too.

    Raises:
        ImageUnreadable: no known compression; while reading: damaged, or it ends in the middle.
    """
    reader = _READERS.get(media.layer_type(media_type))
    if reader is None:
        raise ImageUnreadable(subject, f"its compression is not supported: {media_type}")
    plain: io.RawIOBase = _Plain(reader(blob), subject)
    return io.BufferedReader(plain, _STEP)


class _Plain(io.RawIOBase):
    """Chunks as a file."""

    def __init__(self, chunks: Iterator[bytes], subject: str) -> None:
        self._chunks = chunks
        self._subject = subject
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # whatever can be written to
        """Fill the buffer, or less; nothing only at the end."""
        try:
            while not self._held:
                self._held = memoryview(next(self._chunks))
        except StopIteration:
            return 0
        except (zlib.error, zstandard.ZstdError, EOFError) as error:
            raise ImageUnreadable(self._subject, f"its compression is damaged: {error}") from error
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _gunzip(blob: Readable) -> Iterator[bytes]:
    reader, data = None, b""
    while data := data or blob.read(_READ):
        if reader is None:
            # Some writers fill up with zeros behind the last member.
            data = data.lstrip(b"\0")
            if not data:
                continue
            reader = zlib.decompressobj(_MEMBER)
        yield reader.decompress(data, _STEP)
        data = reader.unconsumed_tail
        if reader.eof:
            data, reader = reader.unused_data, None
    if reader is not None:
        yield reader.flush()
        if not reader.eof:
            raise EOFError("it ends in the middle")


def _unzstd(blob: Readable) -> Iterator[bytes]:
    source = cast("BinaryIO", blob)  # it only ever reads
    with zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True, closefd=False) as reader:
        while chunk := reader.read(_STEP):
            yield chunk


def _as_it_is(blob: Readable) -> Iterator[bytes]:
    while chunk := blob.read(_READ):
        yield chunk


_READERS: Mapping[str, Callable[[Readable], Iterator[bytes]]] = MappingProxyType(
    {media.LAYER_GZIP: _gunzip, media.LAYER_ZSTD: _unzstd, media.LAYER_TAR: _as_it_is}
)
