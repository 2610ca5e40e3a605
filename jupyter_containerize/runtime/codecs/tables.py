"""What a body gave: rows, or values by parameter name. And an answer, as a table."""

from __future__ import annotations

import collections
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..binding import BodyRejected
from ..errors import Refused
from ..problems import Problem, field_name
from ..protocols.columns import Column
from .kinds import Media

# A row is an object of some hundred bytes, though its text may be two.
MOST_ROWS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What the endpoint takes, for readers of what has no types of its own; and how large a body may become."""

    columns: tuple[Column, ...] = ()
    most_bytes: int = 16 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Named:
    """Values by parameter name."""

    values: Mapping[str, Any]


def text_of(content: bytes, media: Media) -> str:
    """Return a body that is a text.

    Raises:
        Refused: 415 for another charset than UTF-8, 400 for what is not of it, or empty.
    """
    charset = media.parameters.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise Refused(415, f"send {media.kind} in UTF-8, not in {charset}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, f"the body is not UTF-8 at byte {error.start}; send {media.kind} in UTF-8") from None
    if not text.strip():
        raise Refused(400, "the body is empty")
    return text


def check_count(rows: int, cells: int, wanted: Wanted) -> None:
    """Refuse more rows or cells than a body may have.

    Raises:
        Refused: 413.
    """
    if rows > MOST_ROWS or cells > wanted.most_bytes:
        raise Refused(413, f"{rows} rows with {cells} values are too many for one request")


def check_bytes(total: int, wanted: Wanted) -> None:
    """Refuse more bytes than a body may become once it is not compressed.

    Raises:
        Refused: 413.
    """
    if total > wanted.most_bytes:
        raise Refused(413, f"the body is larger than {wanted.most_bytes} bytes when it is not compressed")


def records(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return columns of equal lengths as objects.

    Raises:
        BodyRejected: a name is there twice.
    """
    if len({*names}) < len(names):
        twice = next(name for name, count in collections.Counter(names).items() if count > 1)
        raise rejected((), "columns with different names", f"{json.dumps(twice)} twice")
    return [dict(zip(names, row)) for row in zip(*columns)]


def without_nan(values: Sequence[Any], name: str | int | None) -> list[Any]:
    """Return numbers with null for those that are none.

    Raises:
        BodyRejected: one is infinite. It stands in column ``name``.
    """
    try:
        if math.isfinite(math.fsum(values)):
            return list(values)
    except (TypeError, ValueError, OverflowError):
        pass
    for row, value in enumerate(values):
        if isinstance(value, float) and math.isinf(value):
            path = (row,) if name is None else (row, name)
            raise rejected(path, "finite number", f"number {value}")
    return [None if value != value else value for value in values]  # noqa: PLR0124  # which only NaN is not


def rejected(path: tuple[object, ...], expected: str, got: str) -> BodyRejected:
    """Return the refusal of one value."""
    return BodyRejected((Problem(field_name(path), expected, got),))


@dataclasses.dataclass(frozen=True)
class Table:
    """An answer as rows of cells that are no objects. ``names`` are empty where nobody gave any."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def as_table(answer: Any) -> Table:
    """Return an answer's JSON value as a table: a list has a row for each item, an object of lists a column for each.

    Objects in objects become columns of their own, ``probabilities.setosa``.
    """
    items = items_of(answer)
    if items and all(isinstance(item, dict) for item in items):
        flat = [_flat(item) for item in items]
        names = tuple(dict.fromkeys(name for item in flat for name in item))
        return Table(names, [[item.get(name) for name in names] for item in flat])
    return Table((), [item if isinstance(item, list) else [item] for item in items])


def items_of(answer: Any) -> list[Any]:
    """Return a list's items, or the rows of an object of columns of equal lengths; anything else is one item."""
    if isinstance(answer, dict):
        columns = [value for value in answer.values() if isinstance(value, list)]
        if columns and len(columns) == len(answer) and len({len(column) for column in columns}) == 1:
            return [dict(zip(answer, row)) for row in zip(*columns)]
    return answer if isinstance(answer, list) else [answer]


def _flat(item: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, dict) and value:
            found.update(_flat(value, f"{before}{name}."))
        else:
            found[before + name] = value
    return found
