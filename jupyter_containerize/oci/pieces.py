"""Compression in pieces, on several cores, with the same bytes on every machine.

The plain bytes are cut into pieces of a fixed size, each piece is compressed on its own, and the results are
concatenated: a gzip file of many members, or zstd frames in a row. The bytes depend neither on the number of threads
nor on the processor, and not on the libraries that Python was linked with: both compressors come with their wheels,
whose versions are part of the layer format. Why these: docs/decisions/0016.

Source: RFC 1952, 2.2 ("A gzip file consists of a series of members"); RFC 8878, 3 (frames).
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Final, Self

import deflate
import zstandard

from jupyter_containerize.domain.image import Compression, Digest, LayerEntry
from jupyter_containerize.oci import media

_GZIP_LEVEL: Final = 5
_GZIP_PIECE: Final = 1 << 20
# Below this a file compresses better together with its neighbours.
_TAKEN_OVER: Final = 1 << 16
_ZSTD_LEVEL: Final = 3
_ZSTD_PIECE: Final = 4 << 20
_MOST_THREADS: Final = 4
# Pieces that wait for a hash: enough that nobody waits for a thread to begin.
_MOST_WAITING: Final = 8
# What is sampled of a piece, and how small it must become for the piece to be compressed. zstd does that itself.
_SAMPLES: Final = 8
_SAMPLE_BYTES: Final = 4096
_WORTH: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How pieces are compressed. ``name`` is the part of the layer format that says which bytes come out.

    A file of at least ``taken_over_bytes`` that comes as a gzip member is a piece as it is; with ``None`` none is.
    """

    name: str
    media_type: str
    piece_bytes: int
    compress: Callable[[bytes], bytes | bytearray]
    taken_over_bytes: int | None = None


def codec(compression: Compression) -> Codec:
    """Return how layers of that compression are compressed."""
    return _CODECS[compression]


def _zstd(piece: bytes) -> bytes:
    # A compressor is no object for two threads. Making one costs little against a piece.
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(piece)


def _gzip(piece: bytes) -> bytearray:
    return deflate.gzip_compress(piece, _GZIP_LEVEL if _shrinks(piece) else 0)


def _shrinks(piece: bytes) -> bool:
    """Tell by samples whether compressing is worth the time: not for what is random or compressed already."""
    step = len(piece) // _SAMPLES
    if step < _SAMPLE_BYTES:
        return True
    sample = b"".join(piece[at : at + _SAMPLE_BYTES] for at in range(0, step * _SAMPLES, step))
    return len(deflate.deflate_compress(sample, 1)) < len(sample) * _WORTH


_CODECS: Final = {
    Compression.GZIP: Codec(
        name=f"gzip=deflate-{deflate.__version__}/{_GZIP_LEVEL}/{_GZIP_PIECE}/{_WORTH}/{_TAKEN_OVER}",
        media_type=media.LAYER_GZIP,
        piece_bytes=_GZIP_PIECE,
        compress=_gzip,
        taken_over_bytes=_TAKEN_OVER,
    ),
    Compression.ZSTD: Codec(
        name=f"zstd={'.'.join(map(str, zstandard.ZSTD_VERSION))}/{_ZSTD_LEVEL}/{_ZSTD_PIECE}",
        media_type=media.LAYER_ZSTD,
        piece_bytes=_ZSTD_PIECE,
        compress=_zstd,
    ),
}


class _Hash:
    """A sha256 that is fed in a thread of its own, in order, while what comes next is read and written."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="hash")
        self._waiting: deque[Future[None]] = deque()

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes, which nobody changes any more."""
        self._waiting.append(self._pool.submit(self._hash.update, data))
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popleft().result()

    def hexdigest(self) -> str:
        """Return the digest of all that was taken."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._hash.hexdigest()

    def close(self) -> None:
        """End the thread once it has taken what waits; the digest stays known."""
        self._pool.shutdown()


class Compressor:
    """Writes plain bytes compressed, in one pass, and knows the digests of both.

    ``size_bytes`` and ``plain_bytes`` are what was written so far, up to the last ``cut``.
    """

    def __init__(self, codec: Codec, out: BinaryIO) -> None:
        self._codec = codec
        self._out = out
        self._inner, self._outer = _Hash(), _Hash()
        self._held = bytearray()
        self._threads = min(os.cpu_count() or 1, _MOST_THREADS)
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="compress")
        self._waiting: deque[Callable[[], bytes | bytearray]] = deque()
        self.size_bytes = 0
        self.plain_bytes = 0

    def __enter__(self) -> Self:
        """Begin with nothing written."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads; what was not cut is not written."""
        self._pool.shutdown(cancel_futures=True)
        self._inner.close()
        self._outer.close()

    def write(self, plain: bytes) -> None:
        """Take bytes; they are cut into pieces wherever these end."""
        size = self._codec.piece_bytes
        self._held += plain
        whole = len(self._held) // size * size
        if whole:
            with memoryview(self._held) as held:
                for at in range(0, whole, size):
                    self._start(bytes(held[at : at + size]))
            del self._held[:whole]

    def cut(self) -> None:
        """End the last piece where it is, and wait until everything is written."""
        self._end_piece()
        while self._waiting:
            self._put(self._waiting.popleft()())

    def takes_over(self, entry: LayerEntry) -> bool:
        """Tell whether the file comes compressed as it shall be."""
        least = self._codec.taken_over_bytes
        return entry.gzipped is not None and least is not None and entry.size_bytes >= least

    def pass_on(self, compressed: bytes) -> None:
        """Write bytes that are compressed already, whole pieces in the end; what they mean goes to ``count``."""
        self._end_piece()
        self._queue(lambda: compressed)

    def count(self, plain: bytes | memoryview) -> None:
        """Take the plain bytes of what was passed on into the diff_id."""
        self._inner.update(plain)
        self.plain_bytes += len(plain)

    @property
    def digest(self) -> Digest:
        """The digest of what was written."""
        return Digest(f"sha256:{self._outer.hexdigest()}")

    @property
    def diff_id(self) -> Digest:
        """The digest of the plain bytes."""
        return Digest(f"sha256:{self._inner.hexdigest()}")

    def _end_piece(self) -> None:
        if self._held:
            self._start(bytes(self._held))
            self._held.clear()

    def _start(self, piece: bytes) -> None:
        self._queue(self._pool.submit(self._codec.compress, piece).result)
        self.count(piece)

    def _queue(self, waiting: Callable[[], bytes | bytearray]) -> None:
        self._waiting.append(waiting)
        # Reading is faster than compressing: what waits is kept small.
        if len(self._waiting) > 2 * self._threads:
            self._put(self._waiting.popleft()())

    def _put(self, data: bytes | bytearray) -> None:
        self._out.write(data)
        self._outer.update(data)
        self.size_bytes += len(data)
