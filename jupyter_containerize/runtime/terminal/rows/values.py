"""Rows on their way from one file to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol


@dataclasses.dataclass(frozen=True)
class Row:
    """One row. ``number`` counts from 1; ``value`` is JSON: an object by column, or for JSON Lines anything.

    ``texts`` are a CSV file's own cells. ``problem`` says why there is no value, else it is empty.
    """

    number: int
    value: Any
    texts: Sequence[str] = ()
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """Some rows in a row; ``batch`` is the same as Arrow has it, if they come from there."""

    rows: Sequence[Row]
    batch: Any = None


class Source(Protocol):
    """Where rows come from. ``columns`` is empty where they have no common ones."""

    columns: tuple[str, ...]

    def tables(self, most: int) -> Iterator[Table]:
        """Yield all rows, at most so many at a time.

        Raises:
            Unreadable: from here on there is no telling what a row is.
        """

    def done(self) -> float | None:
        """Return how much has been read, from 0 to 1; None where the end is not in sight."""


class Target(Protocol):
    """Where rows go, each with its new columns."""

    def write(self, table: Table, kept: Sequence[int], more: Mapping[str, Sequence[Any]]) -> None:
        """Write the rows at the places in ``kept``; ``more`` has a value for each of these, None for none.

        The first call's new columns are those of all.

        Raises:
            Unwritable: a value does not fit into its column.
        """

    def close(self) -> None:
        """Write what belongs at the end, the first time that it is said; the file stays open."""
