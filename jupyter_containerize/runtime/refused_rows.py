"""What may be wrong with rows that a fitted model has refused, for the caller: the model's own words are in the log.

They can hold anything, so they are not told. What differs in kind from the notebook's example (a word where that has
a number) is likely what the model minds; where nothing differs, the row is named, or the parameter of several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import Refused, RowsNotTaken
from .problems import MOST_PROBLEMS, Path, Problem, Problems, seen
from .routes import Endpoint
from .shapes import is_number

_DETAIL = "the model does not take these rows; the log has its reason under this request_id"
# Of a table that was refused, no more rows are looked at.
_MOST_ROWS = 10_000


def refusal(error: RowsNotTaken, endpoint: Endpoint | None) -> Refused:
    """Return what the caller is told: 422, with the values that are of another kind than in the example."""
    example = endpoint.description.get("example") if endpoint is not None else None
    given = example.get("request") if isinstance(example, dict) else None
    return Refused(422, _DETAIL, problems=_problems(error.name, error.rows, given if isinstance(given, dict) else {}))


def _problems(name: str, rows: Any, example: Mapping[str, Any]) -> tuple[Problem, ...]:
    if not name:
        return ()
    kinds = _kinds_of(example.get(name))
    found = Problems()
    for index, row in enumerate(rows[:_MOST_ROWS] if isinstance(rows, list) else ()):
        for place, cell in _cells(row):
            known = kinds.get(place)
            if known and _kind(cell) not in known:
                found.add((name, index, *place), f"{' or '.join(sorted(known))}, as in the example", cell)
        if found.count >= MOST_PROBLEMS:
            break
    if found.count:
        return tuple(found.found)
    if isinstance(rows, list) and len(rows) == 1:
        return (Problem(f"{name}[0]", "a row that the model takes", seen(rows[0])),)
    return (Problem(name, "rows that the model takes", seen(rows)),)


def _kinds_of(rows: Any) -> dict[Path, set[str]]:
    """Return the kinds of JSON that the example has, by place in a row."""
    kinds: dict[Path, set[str]] = {}
    for row in rows if isinstance(rows, list) else ():
        for place, cell in _cells(row):
            kinds.setdefault(place, set()).add(_kind(cell))
    return kinds


def _cells(row: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(row, dict):
        yield from (((name,), cell) for name, cell in row.items())
    elif isinstance(row, list):
        yield from (((index,), cell) for index, cell in enumerate(row))
    else:
        yield (), row


def _kind(value: Any) -> str:
    if is_number(value):
        return "number"
    kinds = ((bool, "boolean"), (str, "string"), (list, "array"), (dict, "object"))
    return next((word for kind, word in kinds if isinstance(value, kind)), "null")
