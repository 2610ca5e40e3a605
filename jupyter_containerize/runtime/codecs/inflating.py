"""Compressed bodies. What comes out counts against the limit, not what went in.

Source: RFC 9110, section 8.4.1.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from ..errors import Refused
from ..http.messages import Request

# zlib's window bits: 31 reads gzip's frame, 15 zlib's own, which HTTP calls deflate.
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RAW_DEFLATE = -15
# Each member of a gzip file costs a copy of what follows it; HTTP clients send one.
_MOST_MEMBERS = 100
_TAKEN = {"accept-encoding": "gzip, deflate, identity"}


def inflating(handler: Callable[[Request], Any], most_bytes: int) -> Callable[[Request], Any]:
    """Return the handler for requests whose body is compressed."""

    def handle(request: Request) -> Any:
        request.body = inflated(request.body, request.header(b"content-encoding"), most_bytes)
        return handler(request)

    return handle


def inflated(content: bytes, coding: str, most_bytes: int) -> bytes:
    """Return a body as it was before it was compressed.

    Raises:
        Refused: 415 for a coding that is not known here, 413 for too many bytes, 400 for what is not of its coding.
    """
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return content
    window = _WINDOWS.get(coding)
    if window is None:
        raise Refused(415, f"send the body as it is, in gzip or in deflate, not in {coding}", headers=_TAKEN)
    try:
        return _inflated(content, window, most_bytes)
    except zlib.error as error:
        if coding == "deflate":
            # Many have read the name to mean deflate without any frame, and some clients are theirs.
            try:
                return _inflated(content, _RAW_DEFLATE, most_bytes)
            except zlib.error:
                pass
        raise Refused(400, f"the body is not {coding}: {error}") from None


def _inflated(content: bytes, window: int, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    left = most_bytes
    for _ in range(_MOST_MEMBERS):
        machine = zlib.decompressobj(window)
        # One more than may be, so that too much is seen without being made.
        piece = machine.decompress(content, left + 1)
        left -= len(piece)
        if left < 0:
            raise Refused(413, f"the body is larger than {most_bytes} bytes when it is not compressed")
        if not machine.eof:
            raise zlib.error("it ends too early")
        pieces.append(piece)
        content = machine.unused_data
        if not content:
            return b"".join(pieces)
    raise zlib.error(f"it has more than {_MOST_MEMBERS} members")
