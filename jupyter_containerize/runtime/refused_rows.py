"""What may be wrong with rows that a call has raised for, for the caller: the error's own words are in the log.

They can hold anything, so they are not told. Of rows that a fitted model has refused, what differs in kind from the
notebook's example (a word where that has a number) is likely what it minds; where nothing differs, the row is named, or
the parameter of several. Of a function of the user's that has looked for a name, the names are told that the example
has and the request does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import CallFailed, Refused, RowsNotTaken
from .problems import MISSING, MOST_PROBLEMS, Path, Problem, Problems, field_name, seen
from .shapes import is_number

_DETAIL = "the model does not take these rows; the log has its reason under this request_id"
_LACKING = "the function looked for what the request does not have; the log has more under this request_id"
# How a KeyError, pandas' and a missing attribute's name what they looked for.
_QUOTED = re.compile(r"'([^']*)'")
# Of a table that was refused, no more rows are looked at.
_MOST_ROWS = 10_000


def refusal(failed: CallFailed) -> Refused | None:
    """Return what the caller is told, 422, with what differs from the example; ``None`` if that is not why."""
    example = failed.work.endpoint.description.get("example")
    request = example.get("request") if isinstance(example, dict) else None
    given: Mapping[str, Any] = request if isinstance(request, dict) else {}
    cause = failed.__cause__
    if isinstance(cause, RowsNotTaken):
        return Refused(422, _DETAIL, problems=_problems(cause.name, cause.rows, given))
    if isinstance(cause, (KeyError, AttributeError)):
        asked = set(_QUOTED.findall(str(cause)))
        lacking = tuple(problem for call in failed.work.calls for problem in _lacking(call, given, asked))
        if lacking:
            return Refused(422, _LACKING, problems=lacking[:MOST_PROBLEMS])
    return None


def _lacking(call: Mapping[str, Any], example: Mapping[str, Any], asked: set[str]) -> Iterator[Problem]:
    """Yield the names that were looked for, that the example has, and that an argument does not."""
    for name, value in call.items():
        kinds = {place: kind for place, kind in _kinds_of(_rows(example.get(name))).items() if asked & {*place}}
        for index, row in enumerate(_rows(value)[:_MOST_ROWS]):
            path = (name,) if isinstance(value, dict) else (name, index)
            for place, kind in kinds.items():
                if isinstance(row, dict) and place[0] not in row:
                    expected = f"{' or '.join(sorted(kind))}, as in the example"
                    yield Problem(field_name((*path, *place)), expected, seen(MISSING))


def _rows(value: Any) -> list[Any]:
    """Return the rows of a parameter as JSON; of a frame of pandas one that has its names."""
    if isinstance(value, dict):
        return [value]
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        return [dict.fromkeys(map(str, value.columns))]
    return value if isinstance(value, list) else []


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
