"""Shapes of numpy's arrays and of pandas' frames, series and timestamps.

The packages are imported when a value is read and not before: a schema can be made without them,
and where they are missing the function gets the plain lists and strings.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from .problems import MISSING, MOST_PROBLEMS, Path, Problems
from .shapes import Shape, text

# Which kinds of array may become which, without a guess: words never become numbers. Letters are numpy's dtype.kind.
_MAY_BECOME = {"b": "b", "i": "iuf", "u": "iuf", "f": "iuf", "c": "iuf", "U": "U", "M": "U", "O": "biufU"}
_FRAME_WORDS = "array of objects (rows), or object of arrays (columns)"


def ndarray(dtype: str = "") -> Shape:
    """Return nested arrays of equal lengths, given to the function as a ``numpy.ndarray``.

    ``dtype`` is numpy's name for the items; without one numpy chooses. null is NaN among numbers,
    as answers write it.
    """
    words = f"nested arrays of equal lengths{dtype and f', of {dtype}'}"

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if isinstance(value, list):
            try:
                return _to_array(value, dtype)
            except (ValueError, TypeError, OverflowError):
                pass
        problems.add(path, words, value)
        return None

    return Shape(words, lambda _: {"type": "array", "description": words}, read)


def _to_array(value: list[Any], dtype: str) -> Any:
    numpy = installed("numpy")
    if numpy is None:
        return value
    array = numpy.array(value)
    if array.dtype.kind in "OU":
        # numpy makes words of numbers that stand beside words, and objects of nulls and of very large integers.
        kinds = {type(leaf) for leaf in _leaves(value)}
        if kinds <= {int, float, type(None)}:
            array = numpy.array(value, dtype="float64")
        elif kinds != {str}:
            raise ValueError(kinds)
    return _cast(array, numpy.dtype(dtype), numpy) if dtype else array


def _cast(array: Any, wanted: Any, numpy: Any) -> Any:
    if array.size and array.dtype.kind not in _MAY_BECOME.get(wanted.kind, ""):
        raise ValueError(array.dtype)
    with numpy.errstate(all="ignore"):
        result = array.astype(wanted)
        # 1.5 has no integer, 300 no uint8 and NaN neither; astype would make something up.
        if wanted.kind in "iu" and not (result == array).all():
            raise ValueError(array.dtype)
    return result


def _leaves(value: Any) -> Iterator[Any]:
    for item in value:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def frame() -> Shape:
    """Return a table as rows or as columns, given to the function as a ``pandas.DataFrame``."""

    def read(value: Any, problems: Problems, path: Path) -> Any:
        before = problems.count
        if isinstance(value, list):
            _check_rows(value, problems, path)
        elif isinstance(value, dict):
            _check_columns(value, problems, path)
        else:
            problems.add(path, _FRAME_WORDS, value)
        if problems.count > before:
            return None
        pandas = installed("pandas")
        return value if pandas is None else pandas.DataFrame(value)

    rows = {"type": "array", "items": {"type": "object"}}
    columns = {"type": "object", "additionalProperties": {"type": "array"}}
    return Shape(
        _FRAME_WORDS, lambda definitions: dict(rows) if definitions.answer else {"anyOf": [rows, columns]}, read
    )


def _check_rows(rows: list[Any], problems: Problems, path: Path) -> None:
    """Note rows that are no objects, and names that the first row has and another has not: null says "no value"."""
    names = rows[0] if rows and isinstance(rows[0], dict) else {}
    most = problems.count + MOST_PROBLEMS
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            problems.add((*path, index), "object", row)
        elif row.keys() != names.keys():
            for name in [name for name in names if name not in row]:
                problems.add((*path, index, name), "a value or null", MISSING)
            for name in [name for name in row if name not in names]:
                problems.add((*path, index, name), "a name that the first row has", row[name])
        if problems.count > most:
            # Each wrong row may cost as much as the first one is wide.
            return


def _check_columns(columns: dict[str, Any], problems: Problems, path: Path) -> None:
    lengths = [len(column) for column in columns.values() if isinstance(column, list)]
    for name, column in columns.items():
        if not isinstance(column, list):
            problems.add((*path, name), "array", column)
        elif len(column) != lengths[0]:
            problems.add((*path, name), f"array of {lengths[0]}, like the first column", column)


def series() -> Shape:
    """Return an array, given to the function as a ``pandas.Series``."""

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, list):
            problems.add(path, "array", value)
            return None
        pandas = installed("pandas")
        # An empty series has no kind; object is what pandas itself moved to.
        return value if pandas is None else pandas.Series(value, dtype=None if value else object)

    return Shape("array", lambda _: {"type": "array"}, read)


def timestamp(package: str, name: str) -> Shape:
    """Return a point in time, given to the function as ``pandas.Timestamp`` or ``numpy.datetime64``."""

    def parse(value: str) -> Any:
        # Both understand "now" and "NaT" too, which is nothing for a request to say.
        if not value[:4].isdecimal():
            raise ValueError(value)
        found = installed(package)
        return value if found is None else getattr(found, name)(value)

    return text("date and time (ISO 8601)", {"format": "date-time"}, parse)


def installed(name: str) -> Any:
    """Return a module, ``None`` where its distribution is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
