"""From type hints to shapes. What a hint does not say, or says in a way unknown here, is any value."""

from __future__ import annotations

import base64
import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import io
import json
import numbers
import pathlib
import re
import types
import typing
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from .annotations import Unresolved, resolved_hints
from .containers import array, fixed_array, model, record, table
from .encoding import NotEncodable, to_json, type_roots
from .media import file, image
from .problems import MISSING, Problems
from .shapes import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Member,
    Shape,
    answered,
    choice,
    either,
    is_number,
    scalar,
    text,
)
from .tabular import frame, ndarray, series, timestamp

# An alias may contain itself (type Json = list[Json] | str); beyond this many levels any value will do.
_DEEPEST = 12
_LONGEST_DEFAULT_CHARACTERS = 1000
_QUALIFIERS = ("Annotated", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly")
_WRAPPERS = [getattr(typing, name) for name in _QUALIFIERS if hasattr(typing, name)]
_UNIONS = [typing.Union, getattr(types, "UnionType", typing.Union)]


def member(name: str, hint: Any, default: Any = MISSING) -> Member:
    """Return a parameter or field; ``default`` is Python's, and ``MISSING`` makes it required.

    A text in ``Annotated`` describes it. ``x: int = None`` takes null, as its author meant.
    """
    shape = shape_of(hint)
    if default is None and not _takes_null(shape):
        shape = either((shape, NULL))
    texts = [item for item in getattr(hint, "__metadata__", ()) if isinstance(item, str)]
    return Member(name, shape, default is MISSING, _json_default(default), "\n".join(texts))


def _takes_null(shape: Shape) -> bool:
    problems = Problems()
    shape.read(None, problems, ())
    return not problems.count


def _json_default(default: Any) -> Any:
    """Return a default for the schema, unless JSON cannot say it or nobody would read it."""
    try:
        encoded = to_json(default)
    except NotEncodable:
        return MISSING
    return encoded if len(json.dumps(encoded)) <= _LONGEST_DEFAULT_CHARACTERS else MISSING


def shape_of(hint: Any, depth: int = 0) -> Shape:
    """Return what a resolved hint says about a JSON value. Our own functions say it by a ``Shape`` itself."""
    if isinstance(hint, Shape):
        return hint
    hint = type(None) if hint is None else hint
    if isinstance(hint, (Unresolved, str, typing.ForwardRef)):
        return _by_name(hint)
    inner = _behind(hint)
    if inner is not hint:
        return shape_of(inner, depth + 1) if depth < _DEEPEST else ANYTHING
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return choice([(to_json(value), value) for value in arguments])
    parts = [shape_of(part, depth + 1) for part in arguments] if depth < _DEEPEST else []
    if origin in _UNIONS:
        return _either(parts)
    kind = origin or hint
    return _of_type(kind, arguments, parts) if isinstance(kind, type) else ANYTHING


def _behind(hint: Any) -> Any:
    """Return what an alias, a NewType, a type variable or a qualifier like ``Annotated`` stands for."""
    origin = typing.get_origin(hint)
    if origin in _WRAPPERS:
        return typing.get_args(hint)[0]
    if isinstance(hint, typing.TypeVar):
        return typing.Union[hint.__constraints__] if hint.__constraints__ else (hint.__bound__ or Any)
    for alias in (hint, origin):
        if hasattr(alias, "__supertype__"):
            return alias.__supertype__
        if type(alias).__name__ == "TypeAliasType":
            arguments = typing.get_args(hint)
            return alias.__value__[arguments] if arguments else alias.__value__
    return hint


def _either(options: Sequence[Shape]) -> Shape:
    different = list(dict.fromkeys(options))
    if ANYTHING in different or not different:
        return ANYTHING
    return different[0] if len(different) == 1 else either(different)


def _by_name(hint: Any) -> Shape:
    if not isinstance(hint, Unresolved):
        hint = Unresolved(str(getattr(hint, "__forward_arg__", hint)))
    name = hint.name.rpartition(".")[2].partition("[")[0]
    if name in {"ndarray", "NDArray"}:
        return ndarray(_dtype(hint.arguments))
    return next((make() for root, make in _PACKAGED.items() if root.endswith(f".{name}")), ANYTHING)


def _of_type(kind: type, arguments: tuple[Any, ...], parts: Sequence[Shape]) -> Shape:
    roots = type_roots(kind)
    if "numpy.ndarray" in roots:
        return ndarray(_dtype(arguments))
    packaged = [make for root, make in _PACKAGED.items() if root in roots]
    if packaged:
        return packaged[0]()
    named = _named(kind)
    if named is not None:
        return named
    scalars = [shape for base, shape in _SCALARS.items() if issubclass(kind, base)]
    return scalars[0] if scalars else _container(kind, arguments, parts)


def _named(kind: Any) -> Shape | None:
    """Return the shape of a class with fields or members of its own, ``None`` for any other class."""
    if hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate"):
        return model(kind)
    if issubclass(kind, enum.Enum):
        return choice([(to_json(item), item) for item in kind])
    if hasattr(kind, "__required_keys__"):
        return record(kind, functools.partial(_members, kind), dict)
    if dataclasses.is_dataclass(kind) or _is_named_tuple(kind):
        return record(kind, functools.partial(_members, kind), kind)
    return None


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


@functools.cache
def _members(kind: Any) -> tuple[Member, ...]:
    """Return the fields of a dataclass, TypedDict or NamedTuple."""
    hints = resolved_hints(kind)
    if dataclasses.is_dataclass(kind):
        fields = [field for field in dataclasses.fields(kind) if field.init]
        return tuple(_field(field, hints.get(field.name, Any)) for field in fields)
    if _is_named_tuple(kind):
        defaults = kind._field_defaults
        return tuple(member(name, hints.get(name, Any), defaults.get(name, MISSING)) for name in kind._fields)
    return tuple(
        dataclasses.replace(member(name, hint), required=_is_required(kind, name, hint)) for name, hint in hints.items()
    )


def _is_required(kind: Any, name: str, hint: Any) -> bool:
    """Return whether a TypedDict has to have a name. It knows itself, except where its hints were text."""
    said = getattr(typing.get_origin(hint), "_name", "")
    return said == "Required" or (said != "NotRequired" and name in kind.__required_keys__)


def _field(field: dataclasses.Field[Any], hint: Any) -> Member:
    if field.default is not dataclasses.MISSING:
        return member(field.name, hint, field.default)
    made = field.default_factory is not dataclasses.MISSING
    return dataclasses.replace(member(field.name, hint), required=not made)


def _container(kind: type, arguments: tuple[Any, ...], parts: Sequence[Shape]) -> Shape:
    first = parts[0] if parts else ANYTHING
    if issubclass(kind, collections.abc.Mapping):
        keys, values = parts if len(parts) == 2 else (STRING, ANYTHING)  # noqa: PLR2004  # a key and a value
        return table(keys, values, collections.OrderedDict if issubclass(kind, collections.OrderedDict) else dict)
    if issubclass(kind, tuple):
        fixed = bool(parts) and Ellipsis not in arguments
        return fixed_array(parts) if fixed else array(first, tuple)
    return array(first, _ARRAYS[kind]) if kind in _ARRAYS else ANYTHING


def _dtype(arguments: tuple[Any, ...]) -> str:
    """Return the dtype in ``ndarray[shape, dtype[float64]]`` or ``NDArray[float64]``; empty where numpy may choose."""
    hint: Any = arguments[-1] if arguments else Any
    if getattr(typing.get_origin(hint), "__name__", "") == "dtype":
        hint = typing.get_args(hint)[0]
    named = typing.get_origin(hint) or hint
    name = named.name if isinstance(named, Unresolved) else getattr(named, "__name__", "")
    name = {"floating": "float64", "integer": "int64", "signedinteger": "int64", "bool_": "bool"}.get(name, name)
    return name if re.fullmatch(r"(u?int|float|complex)\d*|bool|str_?", name) else ""


def _datetime(value: str) -> dt.datetime:
    # Before Python 3.11 fromisoformat did not know the Z that JavaScript writes.
    return dt.datetime.fromisoformat(f"{value[:-1]}+00:00" if value[-1:] in {"Z", "z"} else value)


def _decimal(value: Any) -> decimal.Decimal:
    # By way of the text, so that 0.1 is a tenth.
    return decimal.Decimal(str(value))


_DIGITS = text("decimal number", {"format": "decimal"}, decimal.Decimal)
_DECIMAL = answered(either((scalar("number", is_number, _decimal), _DIGITS)), _DIGITS)
_BYTES = text("base64", {"contentEncoding": "base64"}, functools.partial(base64.b64decode, validate=True))
_SECONDS = scalar("number", is_number, lambda value: dt.timedelta(seconds=value), words="number of seconds")
# The first that fits: bool is an int and a datetime a date.
_SCALARS: dict[type, Shape] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: INTEGER,
    float: NUMBER,
    str: STRING,
    dt.datetime: text("date and time (ISO 8601)", {"format": "date-time"}, _datetime),
    dt.date: text("date (ISO 8601)", {"format": "date"}, dt.date.fromisoformat),
    dt.time: text("time (ISO 8601)", {"format": "time"}, dt.time.fromisoformat),
    dt.timedelta: _SECONDS,
    uuid.UUID: text("UUID", {"format": "uuid"}, uuid.UUID),
    decimal.Decimal: _DECIMAL,
    bytes: _BYTES,
    io.BytesIO: file(),
    typing.BinaryIO: file(),
    pathlib.PurePath: text("path", {}, pathlib.Path),
    numbers.Integral: INTEGER,
    numbers.Real: NUMBER,
}
_PACKAGED: dict[str, Callable[[], Shape]] = {
    "pandas.DataFrame": frame,
    "pandas.Series": series,
    "PIL.Image": image,
    "pandas.Timestamp": functools.partial(timestamp, "pandas", "Timestamp"),
    "numpy.datetime64": functools.partial(timestamp, "numpy", "datetime64"),
    "numpy.bool": lambda: BOOLEAN,
    "numpy.bool_": lambda: BOOLEAN,
    "numpy.integer": lambda: INTEGER,
    "numpy.floating": lambda: NUMBER,
}


def _list(items: list[Any]) -> list[Any]:
    return items


_ARRAYS: dict[type, Callable[[list[Any]], Any]] = {
    list: _list,
    set: set,
    frozenset: frozenset,
    collections.deque: collections.deque,
    collections.abc.Set: frozenset,
    collections.abc.MutableSet: set,
    **dict.fromkeys(
        (
            collections.abc.Sequence,
            collections.abc.MutableSequence,
            collections.abc.Collection,
            collections.abc.Iterable,
            collections.abc.Iterator,
            collections.abc.Generator,
            collections.abc.AsyncIterator,
            collections.abc.AsyncGenerator,
        ),
        _list,
    ),
}
