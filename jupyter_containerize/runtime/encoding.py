"""An answer as JSON values: what ``json.dumps`` takes, from what notebooks compute.

numpy, pandas, pydantic and tensor libraries are known by the names of their types and never
imported, so this works where they are not installed and costs nothing where they are not used.
"""

from __future__ import annotations

import base64
import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import io
import json
import math
import pathlib
import sys
import uuid
from collections.abc import Callable
from typing import Any

from .media import write_image

# Deeper than any request or answer with a meaning, and a few frames each stay below Python's recursion limit.
MAX_DEPTH = 100
# Python refuses to print integers of more than 4300 digits unless told otherwise; this many bits are always fewer.
_PRINTABLE_BITS = 14_000
_Encoder = Callable[[Any, int], Any]


class NotEncodable(TypeError):
    """A value that JSON cannot say.

    ``type_name`` is the dotted type, ``path`` where in the answer it lies (``rows[3].when``;
    empty for the answer itself), ``reason`` why, where the type alone does not tell.
    """

    def __init__(self, type_name: str, reason: str = "", path: str = "") -> None:
        super().__init__(type_name, reason, path)
        self.type_name = type_name
        self.reason = reason
        self.path = path

    def inside(self, part: str) -> NotEncodable:
        """Return this error as seen from one level up, where the value lies at ``part``."""
        return NotEncodable(self.type_name, self.reason, part + self.path)

    def __str__(self) -> str:
        return f"{self.path or 'answer'}: {self.type_name}{self.reason and f' ({self.reason})'}"


def to_json(value: Any) -> Any:
    """Return ``value`` as dicts with string keys, lists, strings, numbers, booleans and ``None``.

    NaN and the infinities become ``None``: JSON has no word for them, null is what JavaScript's
    ``JSON.stringify`` and pandas write, and one missing number must not cost the caller a whole
    table. A data frame is a list of rows and a series a list of values; their index is not sent.
    Dates are ISO 8601, durations seconds, bytes base64, a ``Decimal`` a string that keeps its
    digits, an ``Enum`` its value, a named tuple an object. A set is sorted, so that the same
    answer has the same bytes. Iterators are read to their end.

    Raises:
        NotEncodable: names the first value that JSON cannot say, and where it is.
    """
    try:
        return _encode(value, MAX_DEPTH)
    except NotEncodable as error:
        raise NotEncodable(error.type_name, error.reason, error.path.lstrip(".")) from None


def type_name(kind: type) -> str:
    """Return the dotted name of a type; built-in ones without their module."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def type_roots(kind: type) -> frozenset[str]:
    """Return ``package.Name`` of a type and its bases: how types are known whose package is not imported."""
    return frozenset(f"{base.__module__.partition('.')[0]}.{base.__name__}" for base in kind.__mro__)


def _encode(value: Any, depth: int) -> Any:
    kind: type = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int:
        return _integer(value, depth)
    if depth == 0:
        raise NotEncodable(type_name(kind), f"nested deeper than {MAX_DEPTH}, or inside itself")
    return _encoder(kind)(value, depth - 1)


def _integer(value: int, _depth: int) -> int:
    if value.bit_length() > _PRINTABLE_BITS:
        try:
            str(value)
        except ValueError:
            raise NotEncodable("int", "more digits than Python prints") from None
    return value


def _list(values: Any, depth: int) -> list[Any]:
    encoded: list[Any] = []
    try:
        for value in values:
            encoded.append(_encode(value, depth))  # noqa: PERF401  # its length is the index of what failed
    except NotEncodable as error:
        raise error.inside(f"[{len(encoded)}]") from None
    return encoded


def _set(values: Any, depth: int) -> list[Any]:
    return sorted(_list(values, depth), key=json.dumps)


def _pairs(pairs: Any, depth: int, owner: type) -> dict[str, Any]:
    encoded: dict[str, Any] = {}
    for key, value in pairs:
        name = key if type(key) is str else _key(key)
        if name in encoded:
            raise NotEncodable(type_name(owner), f"two keys that both read {name!r}")
        try:
            encoded[name] = _encode(value, depth)
        except NotEncodable as error:
            raise error.inside(f".{name}") from None
    return encoded


def _key(key: Any) -> str:
    """Return a mapping's key as JSON would write it, and as Python would where JSON has no word."""
    try:
        encoded = _encode(key, 1)
    except NotEncodable:
        return str(key)
    if isinstance(encoded, str):
        return encoded
    return str(key) if isinstance(encoded, (list, dict)) else json.dumps(encoded)


def _mapping(value: Any, depth: int) -> dict[str, Any]:
    return _pairs(value.items(), depth, type(value))


def _dataclass(value: Any, depth: int) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(value)]
    return _pairs(((name, getattr(value, name)) for name in names), depth, type(value))


def _named_tuple(value: Any, depth: int) -> dict[str, Any]:
    return _pairs(zip(value._fields, value), depth, type(value))


def _enum(member: enum.Enum, depth: int) -> Any:
    try:
        return _encode(member.value, depth)
    except NotEncodable:
        return member.name


def _decimal(value: decimal.Decimal, _depth: int) -> str | None:
    return str(value) if value.is_finite() else None


def _fraction(value: fractions.Fraction, depth: int) -> float | None:
    try:
        encoded: float | None = _encode(float(value), depth)
    except OverflowError:
        raise NotEncodable("fractions.Fraction", "too large for a number") from None
    return encoded


def _array(array: Any, depth: int) -> Any:
    kind = array.dtype.kind
    if kind == "f":
        # long double has no Python float of its own: tolist would give numpy scalars back.
        array = array.astype("float64") if array.dtype.itemsize > 8 else array  # noqa: PLR2004  # bytes in a double
        if sys.modules["numpy"].isfinite(array).all():
            return array.tolist()
    if kind in "biuU":
        return array.tolist()
    if kind == "M":
        array = array.astype("U")
        return _replace(array.tolist(), "NaT")
    if kind == "m":
        array = array / sys.modules["numpy"].timedelta64(1, "s")
    return _encode(array.tolist(), depth)


def _replace(value: Any, missing: str) -> Any:
    if isinstance(value, list):
        return [_replace(item, missing) for item in value]
    return None if value == missing else value


def _scalar(value: Any, depth: int) -> Any:
    return _array(sys.modules["numpy"].asarray(value), depth)


def _frame(frame: Any, depth: int) -> list[dict[str, Any]]:
    names: list[str] = list(_pairs(((column, None) for column in frame.columns), depth, type(frame)))
    columns = [_frame_column(frame, position, name, depth) for position, name in enumerate(names)]
    return [dict(zip(names, row)) for row in zip(*columns)] if columns else [{} for _ in range(len(frame))]


def _frame_column(frame: Any, position: int, name: str, depth: int) -> list[Any]:
    """Encode one column, found by position because a name may be any object; errors read row first."""
    try:
        return _list(frame.iloc[:, position].tolist(), depth)
    except NotEncodable as error:
        row, _, rest = error.path.partition("]")
        raise NotEncodable(error.type_name, error.reason, f"{row}].{name}{rest}") from None


def _values(value: Any, depth: int) -> Any:
    return _encode(value.tolist(), depth)


# By name, because the packages may not be there. Before the types: numpy.float64 is a float, NaT a datetime.
_BY_NAME: tuple[tuple[str, _Encoder], ...] = (
    ("numpy.ndarray", _array),
    ("numpy.generic", _scalar),
    ("pandas.NAType", lambda _value, _depth: None),
    ("pandas.NaTType", lambda _value, _depth: None),
    ("pandas.DataFrame", _frame),
    ("pandas.Series", _values),
    ("pandas.Index", _values),
    ("pandas.ExtensionArray", _values),
    ("pandas.Period", lambda value, _depth: str(value)),
    ("PIL.Image", lambda value, _depth: write_image(value)),
    ("polars.DataFrame", lambda value, depth: _encode(value.to_dicts(), depth)),
    ("polars.Series", lambda value, depth: _encode(value.to_list(), depth)),
)
# The first that fits; an IntEnum is an int, a datetime a date, a numpy array no Sequence.
_BY_TYPE: tuple[tuple[type | tuple[type, ...], _Encoder], ...] = (
    (enum.Enum, _enum),
    (str, lambda value, _depth: "".join(value)),
    (int, lambda value, depth: _integer(int(value), depth)),
    (float, lambda value, depth: _encode(float(value), depth)),
    ((dt.date, dt.time), lambda value, _depth: value.isoformat()),
    (dt.timedelta, lambda value, _depth: value.total_seconds()),
    ((uuid.UUID, pathlib.PurePath), lambda value, _depth: str(value)),
    (decimal.Decimal, _decimal),
    (fractions.Fraction, _fraction),
    (io.BytesIO, lambda value, _depth: base64.b64encode(value.getvalue()).decode()),
    ((bytes, bytearray, memoryview), lambda value, _depth: base64.b64encode(value).decode()),
    (collections.abc.Mapping, _mapping),
    (collections.abc.Set, _set),
    ((collections.abc.Sequence, collections.abc.ValuesView, collections.abc.Iterator), _list),
)
# By what it can do: pydantic's models; array.array and the tensors of torch and jax.
_BY_METHOD: tuple[tuple[str, _Encoder], ...] = (
    ("model_dump", lambda value, depth: _encode(value.model_dump(mode="json"), depth)),
    ("tolist", _values),
)


@functools.lru_cache(maxsize=1024)
def _encoder(kind: type) -> _Encoder:
    roots = type_roots(kind)
    named = [encoder for name, encoder in _BY_NAME if name in roots]
    if dataclasses.is_dataclass(kind):
        named.append(_dataclass)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        named.append(_named_tuple)
    typed = [encoder for base, encoder in _BY_TYPE if issubclass(kind, base)]
    able = [encoder for method, encoder in _BY_METHOD if hasattr(kind, method)]
    return next(iter(named + typed + able), _refuse)


def _refuse(value: Any, _depth: int) -> Any:
    raise NotEncodable(type_name(type(value)))
