"""JSON Lines: a JSON value in each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from ... import body
from ...errors import NotJson
from .values import Row, Table

_INPUT = "input"


class LinesSource:
    """Rows of a JSON Lines file: objects by column name, or arrays, or values alone."""

    columns: tuple[str, ...] = ()

    def __init__(self, file: BinaryIO, done: Callable[[], float | None]) -> None:
        self._file = file
        self.done = done

    def tables(self, most: int) -> Iterator[Table]:
        """Yield all rows. Empty lines are none."""
        rows: list[Row] = []
        number = 0
        for line in self._file:
            if line.strip():
                number += 1
                rows.append(_row(number, line))
            if len(rows) == most:
                yield Table(rows)
                rows = []
        if rows:
            yield Table(rows)


class LinesTarget:
    """Rows as a JSON Lines file: the row's own members, then the new ones; ``input`` for a row that is no object."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, table: Table, kept: Sequence[int], more: Mapping[str, Sequence[Any]]) -> None:
        """Write rows."""
        for place, index in enumerate(kept):
            row = table.rows[index]
            if isinstance(row.value, dict):
                own = row.value
            else:
                own = {} if row.problem and row.value is None else {_INPUT: row.value}
            self._file.write(body.write({**own, **{name: values[place] for name, values in more.items()}}) + b"\n")

    def close(self) -> None:
        """Do nothing: a line is complete."""


def _row(number: int, line: bytes) -> Row:
    try:
        return Row(number, body.parse(line))
    except NotJson as error:
        return Row(number, line.decode(errors="replace").strip(), problem=f"is not JSON: {error.reason}")
