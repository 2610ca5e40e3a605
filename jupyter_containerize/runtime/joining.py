"""Rows of several calls as one call's rows, and its answer as theirs.

Rows may be a list, an array of numpy, or a frame or series of pandas; an answer may be any of these, as long as the
rows, or a dict of such. Packages are known by the names of their types and never imported.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .encoding import type_roots

_PLAIN = frozenset({str, int, float, bool, type(None)})
# The types of more rows than these are not looked at one by one: such a call is large enough to be made alone.
MOST_ROWS = 4096


class NotSplit(ValueError):
    """An answer that is not one part for each row."""


def rows_of(arguments: Mapping[str, Any], parameter: str) -> int:
    """Return how many rows a call has; 0 if it has none or cannot be joined."""
    value: Any = arguments.get(parameter)
    if type(value) is list:
        return len(value)
    kind = _kind_of(value)
    if not kind or (kind == "array" and value.ndim == 0):
        return 0
    return len(value)


def key_of(arguments: Mapping[str, Any], parameter: str) -> Any:
    """Return what calls that may be joined have in common; ``None`` for one that may not.

    All other parameters are plain values and equal, and rows are of one kind: an array that is made of integers and
    floats is another one than that of the integers alone.
    """
    others = []
    if len(arguments) > 1:
        for name, value in arguments.items():
            if name != parameter:
                if type(value) not in _PLAIN:
                    return None
                others.append((name, type(value), value))
    rows = arguments[parameter]
    kind: Any = _list_kind(rows) if type(rows) is list else _table_kind(rows)
    return None if kind is None else (kind, frozenset(others)) if others else kind


def joined(calls: Sequence[Mapping[str, Any]], parameter: str) -> dict[str, Any]:
    """Return the arguments of one call for several with the same key."""
    values = [arguments[parameter] for arguments in calls]
    first = values[0]
    rows: Any
    if type(first) is list:
        rows = [row for value in values for row in value]
    elif _kind_of(first) == "array":
        rows = sys.modules["numpy"].concatenate(values)
    else:
        rows = sys.modules["pandas"].concat(values, ignore_index=True)
    return {**calls[0], parameter: rows}


def split(answer: Any, counts: Sequence[int]) -> list[Any]:
    """Return the parts of an answer for calls of so many rows each, in order.

    Raises:
        NotSplit: it is not as long as all rows together, or has parts that are not.
    """
    if type(answer) is dict:
        if not answer:
            raise NotSplit("an empty object")
        members = {name: split(value, counts) for name, value in answer.items()}
        return [{name: parts[place] for name, parts in members.items()} for place in range(len(counts))]
    total = sum(counts)
    kind = "list" if type(answer) is list else _kind_of(answer)
    if not kind or (kind == "array" and answer.ndim == 0):
        raise NotSplit(f"{type(answer).__name__}")
    if len(answer) != total:
        raise NotSplit(f"{len(answer)} for {total} rows")
    if len(counts) == 1:
        return [answer]
    parts, start = [], 0
    for count in counts:
        end = start + count
        parts.append(_part(answer, kind, start, end))
        start = end
    return parts


def _part(answer: Any, kind: str, start: int, end: int) -> Any:
    if kind != "frame":
        return answer[start:end]
    part = answer.iloc[start:end]
    # As the call alone would have counted them.
    return part.reset_index(drop=True) if type(answer.index).__name__ == "RangeIndex" else part


def _kind_of(value: Any) -> str:
    kind: Any = type(value)
    return _kind(kind)


@functools.lru_cache(maxsize=256)
def _kind(kind: Any) -> str:
    roots = type_roots(kind)
    if "numpy.ndarray" in roots:
        return "array"
    return "frame" if roots & {"pandas.DataFrame", "pandas.Series"} else ""


def _list_kind(rows: list[Any]) -> Any:
    if len(rows) == 1:
        return _row_kind(rows[0])
    if len(rows) > MOST_ROWS:
        return None
    kinds = {_row_kind(row) for row in rows}
    return kinds.pop() if len(kinds) == 1 else frozenset(kinds)


def _row_kind(row: Any) -> Any:
    kind = type(row)
    if kind is list:
        return (len(row), frozenset(map(type, row)))
    if kind is dict:
        return (*row, *map(type, row.values()))
    return kind


def _table_kind(rows: Any) -> Any:
    if _kind_of(rows) == "array":
        return ("array", str(rows.dtype), rows.shape[1:])
    if hasattr(rows, "columns"):
        columns = tuple(map(str, rows.columns))
        types = tuple(map(str, rows.dtypes))
        return ("frame", columns, types)
    return ("series", str(rows.dtype), str(rows.name))
