"""How large the compressed buffers of an Arrow stream become, read before pyarrow makes them.

A few bytes may say that they are many gigabytes, and pyarrow believes them. Of the messages' metadata (FlatBuffers)
no more is read than the sizes need. Sources: Arrow columnar format, Message.fbs; FlatBuffers internals.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_CONTINUATION = -1
_DICTIONARY_BATCH = 2
_RECORD_BATCH = 3
# A buffer of these: offset and length in the body, 8 bytes each; compressed ones begin with their size.
_PLACE_BYTES = 16


def inflated_bytes(stream: bytes) -> int:
    """Return how many bytes the compressed buffers of all messages say that they have.

    Raises:
        ValueError: the stream cannot be followed.
    """
    try:
        return sum(_batch_bytes(stream, head, data) for head, data in _messages(stream))
    except (struct.error, IndexError, OverflowError) as error:
        raise ValueError(f"its messages cannot be followed ({error})") from None


def _messages(stream: bytes) -> Iterator[tuple[memoryview, int]]:
    """Yield the metadata of each message, and where its body begins."""
    view = memoryview(stream)
    place = 0
    while place + 4 <= len(view):
        (size,) = struct.unpack_from("<i", view, place)
        place += 4
        if size == _CONTINUATION:
            (size,) = struct.unpack_from("<i", view, place)
            place += 4
        if size <= 0:
            return
        head = view[place : place + size]
        place += size
        yield head, place
        body = _field(head, _root(head), 3)
        (length,) = struct.unpack_from("<q", head, body) if body else (0,)
        if length < 0:
            raise ValueError("a message has a negative size")
        place += length


def _batch_bytes(stream: bytes, head: memoryview, data: int) -> int:
    message = _root(head)
    kind = _field(head, message, 1)
    table = _table(head, message, 2)
    form = head[kind] if kind else 0
    if form == _DICTIONARY_BATCH and table:
        table = _table(head, table, 1)
    elif form != _RECORD_BATCH:
        return 0
    if not table or not _field(head, table, 3):
        return 0
    vector = _table(head, table, 2)
    if not vector:
        return 0
    (count,) = struct.unpack_from("<I", head, vector)
    total = 0
    for index in range(count):
        offset, length = struct.unpack_from("<qq", head, vector + 4 + index * _PLACE_BYTES)
        if length:
            (size,) = struct.unpack_from("<q", stream, data + offset)
            # -1: this one is not compressed after all.
            total += length if size == -1 else size
            if size < -1 or data + offset < 0:
                raise ValueError("a buffer has a negative size")
    return total


def _root(head: memoryview) -> int:
    return int(struct.unpack_from("<I", head, 0)[0])


def _field(head: memoryview, table: int, number: int) -> int:
    """Return where a field of a table lies; 0 if it is not there."""
    vtable = table - struct.unpack_from("<i", head, table)[0]
    (size,) = struct.unpack_from("<H", head, vtable)
    place = 4 + 2 * number
    if vtable < 0 or place >= size:
        return 0
    (offset,) = struct.unpack_from("<H", head, vtable + place)
    return table + offset if offset else 0


def _table(head: memoryview, table: int, number: int) -> int:
    """Return where a table or vector lies that a field refers to; 0 if it is not there."""
    place = _field(head, table, number)
    return place + struct.unpack_from("<I", head, place)[0] if place else 0
