"""Deterministic gzip on several cores.

Pieces of a fixed size are deflated on their own and joined, as ``pigz --independent`` does: any
gzip reader reads them, and the bytes do not depend on how many threads there were. They do depend
on the zlib that Python was built with, so its version is part of ``LAYER_FORMAT``.

Measured on 300 MB of site-packages with one thread: level 1 takes 3.3 s for 101 MB, level 4 3.9 s for
92 MB, level 6 7.9 s for 89 MB.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Digest

LEVEL: Final = 4
PIECE_BYTES: Final = 1 << 20

# No name, no time, unknown operating system. Source: RFC 1952, 2.3.
_HEADER = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff"
_RAW_DEFLATE = -zlib.MAX_WBITS
_LAST_BLOCK = b"\x03\x00"
_MOST_THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What went out: the digest of the plain bytes, and digest and size of the compressed ones."""

    plain: Digest
    compressed: Digest
    size_bytes: int


def write_gzip(plain: Iterable[bytes], out: BinaryIO) -> Written:
    """Write the bytes compressed, in one pass and with little memory."""
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    inner, outer, checksum, plain_size, size = hashlib.sha256(), hashlib.sha256(), 0, 0, 0

    def put(data: bytes) -> None:
        nonlocal size
        out.write(data)
        outer.update(data)
        size += len(data)

    put(_HEADER)
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="gzip") as pool:
        for piece in _pieces(plain):
            waiting.append(pool.submit(_deflate, piece))
            inner.update(piece)
            checksum = zlib.crc32(piece, checksum)
            plain_size += len(piece)
            if len(waiting) > 2 * threads:
                put(waiting.popleft().result())
        for future in waiting:
            put(future.result())
    put(_LAST_BLOCK + checksum.to_bytes(4, "little") + (plain_size & 0xFFFFFFFF).to_bytes(4, "little"))
    return Written(
        plain=Digest(f"sha256:{inner.hexdigest()}"),
        compressed=Digest(f"sha256:{outer.hexdigest()}"),
        size_bytes=size,
    )


def _deflate(piece: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _RAW_DEFLATE)
    return compressor.compress(piece) + compressor.flush(zlib.Z_FULL_FLUSH)


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the stream at multiples of ``PIECE_BYTES``, whatever the chunks' sizes."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    if held:
        yield bytes(held)
