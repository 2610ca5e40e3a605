"""Protocol Buffers on the wire, as far as the Open Inference Protocol goes.

Not with the protobuf package: which version of it the user's environment pins is nothing that the server should have
a say in, and of the messages that come most are bytes that are only cut out.
Source: Protocol Buffers, "Encoding".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_VARINT, _EIGHT, _TEXT, _FOUR = 0, 1, 2, 5
_MOST_VARINT_BYTES = 10
_SIGN = 1 << 63


class Malformed(ValueError):
    """Bytes that are no message."""


Fields = Mapping[int, Sequence[Any]]


def read(content: bytes) -> Fields:
    """Return a message's fields by number, each with its values in order: whole numbers, or bytes.

    Raises:
        Malformed: it ends early, or has a kind of field that is none.
    """
    found: dict[int, list[Any]] = {}
    start, end = 0, len(content)
    while start < end:
        tag, start = _varint(content, start)
        number, kind = tag >> 3, tag & 7
        value: Any
        if kind == _VARINT:
            value, start = _varint(content, start)
        else:
            if kind == _TEXT:
                size, start = _varint(content, start)
            elif kind in {_EIGHT, _FOUR}:
                size = 8 if kind == _EIGHT else 4
            else:
                raise Malformed(f"a field of kind {kind}")
            value = content[start : start + size]
            start += size
            if start > end:
                raise Malformed("it ends early")
        found.setdefault(number, []).append(value)
    return found


def message(fields: Fields, number: int) -> list[Fields]:
    """Return the values of a field that are messages.

    Raises:
        Malformed: they are none.
    """
    return [read(_bytes(value)) for value in fields.get(number, ())]


def text(fields: Fields, number: int) -> str:
    """Return a field's text; empty if it is not there.

    Raises:
        Malformed: it is no UTF-8.
    """
    values = fields.get(number)
    if not values:
        return ""
    try:
        return _bytes(values[-1]).decode()
    except UnicodeDecodeError as error:
        raise Malformed("a text that is no UTF-8") from error


def joined(fields: Fields, number: int) -> bytes:
    """Return the bytes of a field's numbers of a fixed size, packed or one by one."""
    return b"".join(map(_bytes, fields.get(number, ())))


def integers(fields: Fields, number: int, *, signed: bool = True) -> list[int]:
    """Return a field's whole numbers, packed or one by one."""
    found: list[int] = []
    for value in fields.get(number, ()):
        if isinstance(value, int):
            found.append(value)
            continue
        start = 0
        while start < len(value):
            one, start = _varint(value, start)
            found.append(one)
    return [value - 2 * _SIGN if value >= _SIGN else value for value in found] if signed else found


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise Malformed("a number for a text")
    return value


def _varint(content: bytes, start: int) -> tuple[int, int]:
    value = shift = 0
    for place in range(start, min(start + _MOST_VARINT_BYTES, len(content))):
        byte = content[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  # the bit that says that more follow
            return value & (2 * _SIGN - 1), place + 1
        shift += 7
    raise Malformed("it ends early")


def varint(value: int) -> bytes:
    """Return a whole number of 64 bits; below zero as its two's complement."""
    value &= 2 * _SIGN - 1
    parts = bytearray()
    while value > 0x7F:  # noqa: PLR2004  # as above
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def write(number: int, value: bytes | str | int) -> bytes:
    """Return one field: a text, a message, or a whole number."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode(errors="replace") if isinstance(value, str) else value
    return varint(number << 3 | _TEXT) + varint(len(content)) + content


def write_all(number: int, values: Iterable[bytes | str]) -> bytes:
    """Return a field that is there several times."""
    return b"".join([write(number, value) for value in values])


def write_integers(number: int, values: Iterable[int]) -> bytes:
    """Return a field of whole numbers, packed."""
    return write(number, b"".join(map(varint, values)))


def double(number: int, value: float) -> bytes:
    """Return one field of eight bytes."""
    return varint(number << 3 | _EIGHT) + struct.pack("<d", value)
