"""CSV: cells between commas, the columns' names in the first line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from ..errors import Unreadable
from .cells import cell_value
from .values import Row, Table

# How a column's texts become values: its kind, and whether its values have parts.
Kinds = Callable[[str], "tuple[str, bool]"]
# csv's own limit is far below a document or an image in a cell.
_CELL_CHARACTERS = 64 * 1024 * 1024


class CsvSource:
    """Rows of a CSV file in UTF-8."""

    def __init__(
        self, file: BinaryIO, kinds: Kinds, done: Callable[[], float | None], delimiter: str, *, has_header: bool
    ) -> None:
        """Read the names of the columns.

        Raises:
            Unreadable: there are none, or one is there twice.
        """
        csv.field_size_limit(_CELL_CHARACTERS)
        # A byte that is no UTF-8 becomes half of a surrogate pair, and its row is told; the file goes on.
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._lines = csv.reader(text, delimiter=delimiter, strict=True)
        self.done = done
        self._first: list[str] | None = None
        head = self._next()
        if head is None:
            raise Unreadable("the file is empty")
        if has_header:
            self.columns = tuple(name.strip() for name in head)
        else:
            self._first = head
            self.columns = tuple(str(place) for place in range(len(head)))
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise Unreadable(f"two columns are called {twice[0]!r}")
        self._kinds = [kinds(name) for name in self.columns]

    def tables(self, most: int) -> Iterator[Table]:
        """Yield all rows. Lines without any cell are none."""
        rows: list[Row] = []
        number = 0
        cells = self._first or self._next()
        while cells is not None:
            if cells:
                number += 1
                rows.append(self._row(number, cells))
            if len(rows) == most:
                yield Table(rows)
                rows = []
            cells = self._next()
        if rows:
            yield Table(rows)

    def _row(self, number: int, cells: list[str]) -> Row:
        if len(cells) != len(self.columns):
            texts = (cells + [""] * len(self.columns))[: len(self.columns)]
            return Row(number, None, texts, f"has {len(cells)} cells, not {len(self.columns)}")
        for name, text in zip(self.columns, cells):
            if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
                return Row(number, None, cells, f"{name}: is not UTF-8")
        values = (cell_value(text, kind, nested=nested) for text, (kind, nested) in zip(cells, self._kinds))
        return Row(number, dict(zip(self.columns, values)), cells)

    def _next(self) -> list[str] | None:
        try:
            return next(self._lines, None)
        except csv.Error as error:
            raise Unreadable(f"line {self._lines.line_num}: {error}") from None


class CsvTarget:
    """Rows as a CSV file in UTF-8. Values with parts are JSON in their cell."""

    def __init__(self, file: BinaryIO, columns: Sequence[str], delimiter: str, *, has_header: bool) -> None:
        # What came as bytes that are no UTF-8 goes out as them.
        self._text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="", write_through=True)
        self._cells = csv.writer(self._text, delimiter=delimiter, lineterminator="\n")
        self._columns = columns
        self._has_header = has_header
        self._is_closed = False

    def write(self, table: Table, kept: Sequence[int], more: Mapping[str, Sequence[Any]]) -> None:
        """Write rows; before the first, the names of their columns."""
        if self._has_header:
            self._cells.writerow([*self._columns, *more])
            self._has_header = False
        rows = []
        for place, index in enumerate(kept):
            row = table.rows[index]
            own = row.texts or [_text(value) for value in _values(row.value, self._columns)]
            rows.append([*own, *(_text(values[place]) for values in more.values())])
        self._cells.writerows(rows)

    def close(self) -> None:
        """Let go of the file, which stays open."""
        if not self._is_closed:
            self._is_closed = True
            self._text.detach()


def _values(value: Any, columns: Sequence[str]) -> list[Any]:
    given = value if isinstance(value, dict) else {}
    return [given.get(name) for name in columns]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
