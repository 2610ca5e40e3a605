"""Tensors as the Open Inference Protocol has them, from JSON and from bytes, and back.

Values are JSON's own in row-major order: numbers, booleans, and strings for BYTES. NaN is null, as everywhere here;
infinities have no JSON and are refused.
Source: Open Inference Protocol, "Tensor Data"; KServe, "Binary Tensor Data Extension".
"""

from __future__ import annotations

import array
import base64
import dataclasses
import itertools
import math
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Refused
from ..problems import Problem, seen

BOOL, BYTES, FP64, INT64 = "BOOL", "BYTES", "FP64", "INT64"
# Letters of Python's array and struct, and how many bytes an item has.
_CODES = {
    "INT8": ("b", 1),
    "INT16": ("h", 2),
    "INT32": ("i", 4),
    INT64: ("q", 8),
    "UINT8": ("B", 1),
    "UINT16": ("H", 2),
    "UINT32": ("I", 4),
    "UINT64": ("Q", 8),
    "FP32": ("f", 4),
    FP64: ("d", 8),
}
_OTHERS = (BOOL, "FP16", BYTES)
_FLOATS = frozenset({"FP16", "FP32", FP64})
_FLOAT_KINDS: frozenset[type] = frozenset({int, float, type(None)})
_INTEGER_KINDS: frozenset[type] = frozenset({int})
_KINDS: dict[str, frozenset[type]] = {BOOL: frozenset({bool}), BYTES: frozenset({str})}
_MOST_DIMENSIONS = 16


@dataclasses.dataclass(frozen=True)
class Tensor:
    """``rows`` are nested as ``shape`` says, the first dimension is theirs. ``parameters`` go out beside it."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    rows: Sequence[Any]
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def refused(name: str, expected: str, value: Any) -> Refused:
    """Return the refusal of a tensor's part."""
    problem = Problem(name, expected, value if isinstance(value, str) else seen(value))
    return Refused(422, f"{name}: {problem.expected}, not {problem.got}", problems=(problem,))


def checked_head(name: Any, datatype: Any, shape: Any) -> tuple[str, str, tuple[int, ...]]:
    """Return name, datatype and shape of a tensor, once they are such.

    Raises:
        Refused: 422.
    """
    if not isinstance(name, str) or not name:
        raise refused("inputs", "a name for each tensor", seen(name))
    if not isinstance(datatype, str) or (datatype not in _CODES and datatype not in _OTHERS):
        raise refused(f"inputs.{name}.datatype", f"one of {', '.join((*_OTHERS, *_CODES))}", seen(datatype))
    sizes = shape if isinstance(shape, (list, tuple)) else ()
    # No size of 0 but the first: nothing would bound the number of rows.
    fits = {*map(type, sizes)} == {int} and sizes[0] >= 0 and min(sizes[1:], default=1) > 0
    if not fits or len(sizes) > _MOST_DIMENSIONS:
        raise refused(f"inputs.{name}.shape", "array of sizes, the number of rows first", seen(shape))
    return name, datatype, tuple(sizes)


def from_json(name: str, datatype: str, shape: tuple[int, ...], data: Any) -> Tensor:
    """Return a tensor of ``data``, nested as its shape or flat.

    Raises:
        Refused: 422, the data does not fit shape or datatype.
    """
    place = f"inputs.{name}.data"
    if not isinstance(data, list):
        raise refused(place, "array", data)
    level = data
    nested = bool(data) and isinstance(data[0], list)
    for size in shape[1:] if nested else ():
        if not all(isinstance(item, list) and len(item) == size for item in level):
            raise refused(place, f"arrays nested as the shape {list(shape)}, or one flat array", "others")
        level = list(itertools.chain.from_iterable(level))
    count = math.prod(shape)
    if len(level) != count or (nested and len(data) != shape[0]):
        raise refused(place, f"{count} values, as the shape {list(shape)} says", f"{len(level)}")
    check_values(place, datatype, level)
    return Tensor(name, datatype, shape, data if nested else nest(level, shape))


def from_values(name: str, datatype: str, shape: tuple[int, ...], values: list[Any]) -> Tensor:
    """Return a tensor of flat values of its datatype.

    Raises:
        Refused: 422, there are more or fewer than the shape says, or an infinity.
    """
    place, count = f"inputs.{name}", math.prod(shape)
    if len(values) != count:
        raise refused(place, f"{count} values, as the shape {list(shape)} says", f"{len(values)}")
    return Tensor(name, datatype, shape, nest(finite(place, datatype, values), shape))


def from_bytes(name: str, datatype: str, shape: tuple[int, ...], content: bytes, *, is_base64: bool) -> Tensor:
    """Return a tensor of little-endian bytes; texts of BYTES are UTF-8, or become base64 if they are not.

    Raises:
        Refused: 422, they are not as many as shape and datatype say.
    """
    place = f"inputs.{name}"
    count = math.prod(shape)
    if datatype == BYTES:
        values = [text(item, is_base64=is_base64) for item in _byte_items(place, content, count)]
        return from_values(name, datatype, shape, values)
    size = _CODES[datatype][1] if datatype in _CODES else (1 if datatype == BOOL else 2)
    if len(content) != count * size:
        raise refused(place, f"{count * size} bytes, as shape and datatype say", f"{len(content)}")
    return from_values(name, datatype, shape, unpacked(datatype, content))


def unpacked(datatype: str, content: bytes) -> list[Any]:
    """Return the values in little-endian bytes, as many as there are; NaN as it is."""
    if datatype == BOOL:
        return [byte != 0 for byte in content]
    if datatype == "FP16":
        return list(struct.unpack(f"<{len(content) // 2}e", content))
    values = array.array(_CODES[datatype][0], content)
    if sys.byteorder == "big":
        values.byteswap()
    return values.tolist()


def packed(tensor: Tensor) -> bytes:
    """Return a tensor's values as little-endian bytes."""
    values = flat(tensor)
    if tensor.datatype == BYTES:
        encoded = [str(value).encode(errors="replace") for value in values]
        return b"".join([struct.pack("<I", len(item)) + item for item in encoded])
    if tensor.datatype == BOOL:
        return bytes(map(bool, values))
    if tensor.datatype == FP64:
        values = [math.nan if value is None else value for value in values]
    found = array.array(_CODES[tensor.datatype][0], values)
    if sys.byteorder == "big":
        found.byteswap()
    return found.tobytes()


def flat(tensor: Tensor) -> list[Any]:
    """Return a tensor's values in row-major order."""
    level = list(tensor.rows)
    for _ in tensor.shape[1:]:
        level = list(itertools.chain.from_iterable(level))
    return level


def nest(values: list[Any], shape: Sequence[int]) -> list[Any]:
    """Return flat values as nested as ``shape`` says."""
    for size in reversed(shape[1:]):
        values = [values[start : start + size] for start in range(0, len(values), size)]
    return values


def text(content: bytes, *, is_base64: bool) -> str:
    """Return an item of BYTES as JSON has it."""
    if not is_base64:
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    return base64.b64encode(content).decode()


def finite(place: str, datatype: str, values: list[Any]) -> list[Any]:
    """Return the values with null for NaN.

    Raises:
        Refused: 422, there is an infinity.
    """
    # The sum is finite if all are; it may be none for other reasons, then each is looked at.
    if datatype not in _FLOATS or math.isfinite(sum(values)):
        return values
    if math.inf in values or -math.inf in values:
        raise refused(place, "finite numbers", "an infinity")
    return [None if value != value else value for value in values]  # noqa: PLR0124  # NaN is not itself


def check_values(place: str, datatype: str, values: list[Any]) -> None:
    """Refuse values that the datatype does not have.

    Raises:
        Refused: 422, with the first of them.
    """
    kinds = set(map(type, values))
    allowed = _KINDS.get(datatype, _FLOAT_KINDS if datatype in _FLOATS else _INTEGER_KINDS)
    if not kinds <= allowed:
        wrong = next(value for value in values if type(value) not in allowed)
        raise refused(place, f"values of {datatype}", wrong)
    if allowed is _INTEGER_KINDS and values:
        code, size = _CODES[datatype]
        most = 2 ** (8 * size - code.islower()) - 1
        least = -most - 1 if code.islower() else 0
        wrong = next((value for value in (min(values), max(values)) if not least <= value <= most), None)
        if wrong is not None:
            raise refused(place, f"values of {datatype}", wrong)


def _byte_items(place: str, content: bytes, most: int) -> list[bytes]:
    items: list[bytes] = []
    start = 0
    while start < len(content):
        head = content[start : start + 4]
        end = start + 4 + int.from_bytes(head, "little")
        if len(head) < 4 or end > len(content) or len(items) == most:  # noqa: PLR2004  # bytes in a length
            raise refused(place, f"{most} items, each after its length in 4 bytes", "others")
        items.append(content[start + 4 : end])
        start = end
    return items
