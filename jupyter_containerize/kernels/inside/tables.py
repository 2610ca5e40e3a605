"""Rows that a model was trained on as columns of plain values, and what an object holds.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_MOST_ROWS = 10_000
_MOST_VALUES = 500_000
_DEPTH = 4
_MOST_OBJECTS = 3000
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type)
_MATRIX = 2


class NoTable(Exception):
    """A value that has no rows with features."""


class Table:
    """Sampled rows by column. Names are empty where nobody knows them; ``rows`` is how many there are in all."""

    def __init__(self, names: Sequence[str], columns: Sequence[Sequence[Any]], rows: int) -> None:
        self.names = [str(name) for name in names]
        self.columns = columns
        self.rows = rows
        self.sampled = len(columns[0]) if columns else 0


def table_of(value: Any, model: Any) -> Table:
    """Return training data as a table, with the columns and the names that the model has seen.

    Raises:
        NoTable: it has none, or others than the model was trained on.
    """
    names, columns, rows = _read(value)
    seen = vars(model).get("feature_names_in_") if hasattr(model, "__dict__") else None
    known = [] if seen is None else [str(name) for name in seen]
    if known and set(known) <= set(names):
        columns = [columns[names.index(name)] for name in known]
        names = known
    elif known and len(known) == len(columns):
        names = known
    width = getattr(model, "n_features_in_", None) if type(model).__module__ != "__main__" else None
    if isinstance(width, int) and width != len(columns):
        raise NoTable(f"has {len(columns)} columns, and the model was trained on {width}")
    if not columns or not columns[0]:
        raise NoTable("is empty")
    return Table(names, columns, rows)


def _read(value: Any) -> tuple[list[str], list[list[Any]], int]:
    if hasattr(value, "toarray"):
        raise NoTable("is sparse")
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        rows, width = value.shape
        part = value.iloc[_places(rows, width)]
        # Columns that have no name of their own are numbered.
        names = [name if isinstance(name, str) else "" for name in part.columns]
        return names, [part.iloc[:, place].tolist() for place in range(width)], rows
    if hasattr(value, "columns") and hasattr(value, "get_column"):
        rows, width = value.shape
        part = value[_places(rows, width)]
        return list(part.columns), [part.get_column(name).to_list() for name in part.columns], rows
    if hasattr(value, "iloc"):
        name = value.name if isinstance(value.name, str) else ""
        return [name], [value.iloc[_places(len(value), 1)].tolist()], len(value)
    if hasattr(value, "shape") and hasattr(value, "tolist"):
        return _array(value)
    if isinstance(value, (list, tuple)) and value:
        return _listed(value)
    raise NoTable(f"{type(value).__name__} has no rows")


def _array(value: Any) -> tuple[list[str], list[list[Any]], int]:
    if len(value.shape) not in (1, _MATRIX):
        raise NoTable(f"has {len(value.shape)} dimensions")
    rows, width = value.shape[0], value.shape[1] if len(value.shape) == _MATRIX else 1
    part = value[_places(rows, width)].reshape(-1, width)
    return [""] * width, [part[:, place].tolist() for place in range(width)], rows


def _listed(value: Sequence[Any]) -> tuple[list[str], list[list[Any]], int]:
    first = value[0]
    if isinstance(first, dict):
        names = list(first)
        part = [value[place] for place in _places(len(value), len(names))]
        return list(map(str, names)), [[row.get(name) for row in part] for name in names], len(value)
    if isinstance(first, (list, tuple)):
        part = [value[place] for place in _places(len(value), len(first))]
        if any(len(row) != len(first) for row in part):
            raise NoTable("has rows of several lengths")
        return [""] * len(first), [list(column) for column in zip(*part)], len(value)
    return [""], [[value[place] for place in _places(len(value), 1)]], len(value)


def _places(rows: int, width: int) -> list[int]:
    """Return the places of rows that are spread over all of them, not too many."""
    count = min(rows, _MOST_ROWS, max(1, _MOST_VALUES // max(1, width)))
    return [place * rows // count for place in range(count)]


def contains(whole: Any, part: Any) -> bool:
    """Tell whether an object is or holds another, itself: in what it keeps, not in what it would compute."""
    return id(part) in held_by(whole)


def held_by(whole: Any) -> set[int]:
    """Return the ids of an object and of all that it holds; good while they live."""
    found = {id(whole)}
    level = [whole]
    for _ in range(_DEPTH):
        below: list[Any] = []
        for item in level:
            for held in _held(item):
                if id(held) not in found and not isinstance(held, _PLAIN) and len(found) < _MOST_OBJECTS:
                    found.add(id(held))
                    below.append(held)
        level = below
    return found


def _held(item: Any) -> Sequence[Any]:
    if type(item) is dict:
        return list(item.values())
    if type(item) in (list, tuple):
        return list(item)
    kept = getattr(item, "__dict__", None)
    return list(kept.values()) if type(kept) is dict else ()
