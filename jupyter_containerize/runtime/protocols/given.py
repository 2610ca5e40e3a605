"""Rows as a caller gave them, and where each of their values stood in the request."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..binding import BodyRejected
from ..problems import MISSING, Problems

_ROWS, _COLUMNS, _SPLIT = "rows", "columns", "split"


@dataclasses.dataclass(frozen=True)
class Given:
    """JSON rows: each an object by name, an array, or a value alone. ``at`` is where they stood: ``instances``.

    ``names`` are the columns' names in their order, where the caller gave such an order.
    """

    rows: Sequence[Any]
    at: str
    names: tuple[str, ...] = ()
    form: str = _ROWS

    def field(self, index: int, cell: str | int | None, rest: str) -> str:
        """Return where a value of a row stood: ``instances[3].age``; ``cell`` is its name or place, None the row's."""
        if isinstance(cell, str) and self.form != _ROWS:
            if cell not in self.names:
                return f"{self.at}.{cell}"
            if self.form == _COLUMNS:
                return f"{self.at}.{cell}[{index}]{rest}"
            cell = self.names.index(cell)
        part = "" if cell is None else (f"[{cell}]" if isinstance(cell, int) else f".{cell}")
        return f"{self.at}[{index}]{part}{rest}"


def rows_at(at: str, rows: Any) -> Given:
    """Return rows that came one by one.

    Raises:
        BodyRejected: they are no array.
    """
    if not isinstance(rows, list):
        raise _rejected(at, "array with a row for each prediction", rows)
    return Given(rows, at)


def columns_at(at: str, columns: Any) -> Given:
    """Return rows that came as an object of columns, of equal lengths.

    Raises:
        BodyRejected: they are none.
    """
    if not isinstance(columns, dict) or not columns:
        raise _rejected(at, "object of arrays (columns)", columns)
    _check_columns(at, columns)
    names = tuple(columns)
    return Given([dict(zip(names, row)) for row in zip(*columns.values())], at, names, _COLUMNS)


def split_at(at: str, names: Any, rows: Any) -> Given:
    """Return rows that came as arrays, with the names of their columns apart.

    Raises:
        BodyRejected: a row is not as long as there are names, or a name is there twice.
    """
    problems = Problems()
    if not isinstance(names, list) or not names or len({str(name) for name in names}) != len(names):
        problems.add((at,), "array of different names (columns), one for each value of a row", names)
    elif not isinstance(rows, list):
        problems.add((at,), "array of rows", rows)
    else:
        for index, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(names):
                problems.add((at, index), f"array of {len(names)}", row)
    if problems.count:
        raise BodyRejected(tuple(problems.found))
    texts = tuple(map(str, names))
    return Given([dict(zip(texts, row)) for row in rows], at, texts, _SPLIT)


def _check_columns(at: str, columns: Mapping[str, Any]) -> None:
    problems = Problems()
    lengths = [len(column) for column in columns.values() if isinstance(column, list)]
    for name, column in columns.items():
        if not isinstance(column, list):
            problems.add((at, name), "array", column)
        elif len(column) != lengths[0]:
            problems.add((at, name), f"array of {lengths[0]}, like the first column", column)
    if problems.count:
        raise BodyRejected(tuple(problems.found))


def _rejected(at: str, expected: str, value: Any) -> BodyRejected:
    problems = Problems()
    problems.add((at,) if at else (), expected, MISSING if value is None else value)
    return BodyRejected(tuple(problems.found))
