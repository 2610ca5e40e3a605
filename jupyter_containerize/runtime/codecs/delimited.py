"""CSV: the types of its cells come from what the endpoint takes; an empty cell is null where that takes null.

Whether the first row is a header the caller may say, ``text/csv; header=present`` or ``absent``. Else it is one if it
has a name of the endpoint's columns, words where numbers belong, or the numbers 0, 1, 2, ... that pandas writes for
columns without names. Sources: RFC 4180, RFC 7111.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import body
from ..binding import BodyRejected
from ..errors import NotJson, Refused
from ..problems import MOST_PROBLEMS, Problem
from ..protocols.columns import ANY, BOOLEAN, INTEGER, NUMBER, STRING, Column
from ..protocols.given import Given
from .kinds import Media
from .tables import Wanted, as_table, check_count, records, text_of

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,17})", re.ASCII)
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BOOLEANS = {**_WORDS, "1": True, "0": False}
_NONE = {"", "nan", "NaN", "NAN", "null", "NULL", "NA", "N/A"}
# As few as this pandas' own names may be data as well.
_LEAST_POSITIONS = 3


def read(content: bytes, media: Media, wanted: Wanted) -> Given:
    """Return the rows: objects where there is a header, else arrays.

    Raises:
        Refused: 400 for what is no CSV, 413 for too many rows.
        BodyRejected: a row has not as many values as the first.
    """
    lines = _parsed(text_of(content, media), "\t" if media.kind.endswith("tab-separated-values") else ",")
    said = media.parameters.get("header", "").lower()
    is_headed = said == "present" or (said != "absent" and _is_header(lines[0], lines[1:], wanted.columns))
    names = [name.strip() for name in lines[0]] if is_headed else []
    rows = lines[1:] if is_headed else lines
    width = len(lines[0])
    check_count(len(rows), len(rows) * width, wanted)
    known = _Known.of(wanted.columns)
    _check_width(rows, width)
    columns = [_typed(column, _column(place, names, width, known)) for place, column in enumerate(zip(*rows))]
    if not is_headed or names == [str(place) for place in range(width)]:
        return Given([list(row) for row in zip(*columns)], "")
    return Given(records(names, columns), "", tuple(names))


def write(answer: Any, media: Media) -> bytes:
    """Return an answer as CSV; with a header if it has names, unless ``header`` says something else."""
    table = as_table(answer)
    file = io.StringIO()
    delimiter = "\t" if media.kind.endswith("tab-separated-values") else ","
    writer = csv.writer(file, lineterminator="\n", delimiter=delimiter)
    said = media.parameters.get("header", "").lower()
    if said == "present" or (table.names and said != "absent"):
        writer.writerow(table.names or range(max(map(len, table.rows), default=0)))
    writer.writerows([[_cell(value) for value in row] for row in table.rows])
    return file.getvalue().encode(errors="replace")


def _cell(value: Any) -> Any:
    if isinstance(value, (bool, list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    if "\0" in text:
        # Python's reader knows of it in some versions.
        raise Refused(400, "the body is no CSV: it has NUL")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        found = [line for line in lines if line]
    except csv.Error as error:
        raise Refused(400, f"the body is no CSV: {error} at line {lines.line_num}") from None
    if not found:
        raise Refused(400, "the body is empty")
    return found


def _check_width(rows: Sequence[Sequence[str]], width: int) -> None:
    wrong = [(place, len(row)) for place, row in enumerate(rows) if len(row) != width]
    if wrong:
        problems = [Problem(f"[{place}]", f"row of {width}", f"row of {count}") for place, count in wrong]
        raise BodyRejected(tuple(problems[:MOST_PROBLEMS]))


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> bool:
    names = [name.strip() for name in first]
    if {column.name for column in columns} & {*names}:
        return True
    if names == [str(place) for place in range(len(names))] and len(names) >= _LEAST_POSITIONS:
        return bool(rows)
    words = [place for place, name in enumerate(names) if name not in _NONE and not _NUMBER.fullmatch(name)]
    known = _Known.of(columns)
    kinds = [_column(place, [], len(names), known).kind for place in words]
    if any(kind in {NUMBER, INTEGER} for kind in kinds):
        # Words stand where numbers belong: a header, unless the other rows have them as well.
        return bool(rows) and len(words) == len(names)
    # Nothing is known: words, and numbers below one of them.
    below = rows[0] if rows and len(rows[0]) == len(names) else []
    return len(words) == len(names) and ANY in kinds and any(_NUMBER.fullmatch(cell) for cell in below)


class _Known(NamedTuple):
    """The endpoint's columns in their order, and by name."""

    columns: Sequence[Column]
    by_name: Mapping[str, Column]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> _Known:
        """Return them, looked up once."""
        return cls(columns, {column.name: column for column in columns})


def _column(place: int, names: Sequence[str], width: int, known: _Known) -> Column:
    """Return what is known of one column: by name, by place, or what is known of all."""
    columns = known.columns
    if len(columns) == 1 and (columns[0].sizes or width == 1):
        alone = columns[0]
        # A row that is one array: its items have no names.
        return Column(alone.name, alone.kind, alone.sizes[1:], is_nullable=alone.is_nullable)
    if names:
        return known.by_name.get(names[place]) or Column(names[place])
    return columns[place] if len(columns) == width else Column("")


def _typed(cells: Sequence[str], column: Column) -> list[Any]:
    """Return the cells of a column as JSON values; what does not fit stays text, and is refused as such."""
    if column.sizes:
        return [_json(cell) for cell in cells]
    empty = None if column.is_nullable else ""
    if column.kind == STRING:
        return [cell or empty for cell in cells] if column.is_nullable else list(cells)
    if column.kind == BOOLEAN:
        return [_BOOLEANS.get(cell.strip(), cell) if cell else None for cell in cells]
    if column.kind == ANY:
        return _guessed(cells)
    return _quick(cells, int if column.kind == INTEGER else float) or [_number(cell) for cell in cells]


def _quick(cells: Sequence[str], kind: Callable[[str], Any]) -> list[Any]:
    """Return numbers at C speed; none if one of the cells is no plain number."""
    joined = "".join(cells)
    if not joined.isascii() or "_" in joined:
        # Python reads 1_000, and the digits of other scripts.
        return []
    try:
        values = list(map(kind, cells))
        return values if math.isfinite(math.fsum(values)) else []
    except (ValueError, OverflowError):
        return []


def _number(cell: str) -> Any:
    if cell.strip() in _NONE:
        return None
    if not _NUMBER.fullmatch(cell):
        return cell
    if _INTEGER.fullmatch(cell.strip()):
        return int(cell)
    value = float(cell)
    return value if math.isfinite(value) else cell


def _guessed(cells: Sequence[str]) -> list[Any]:
    """Return cells as what all of them are: numbers, true and false, or else texts; an empty one is null."""
    some = [cell for cell in cells if cell]
    if all(map(_INTEGER.fullmatch, some)) or all(map(_NUMBER.fullmatch, some)):
        # 007 is a text, but 0.50 a number.
        if not any(cell.strip("+- ")[:1] == "0" and cell.strip("+- ")[1:2].isdigit() for cell in some):
            return [_number(cell) if cell else None for cell in cells]
    elif all(cell in _WORDS for cell in some):
        return [_WORDS[cell] if cell else None for cell in cells]
    return [cell or None for cell in cells]


def _json(cell: str) -> Any:
    """Return what a cell for an array or an object says."""
    if not cell:
        return None
    try:
        return body.parse(cell.encode())
    except (NotJson, UnicodeEncodeError):
        return cell
