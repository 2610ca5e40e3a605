"""What a model answers for rows, each with its own prediction or its own reason for none."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..binding import BodyRejected, call
from ..encoding import NotEncodable
from ..protocols.columns import ANY, STRING, Column
from ..protocols.given import Given
from ..protocols.interface import Interface
from ..routes import Endpoint
from ..selftest import finished, is_unfinished
from .errors import Failed, Unreadable
from .opened import in_words
from .rows.values import Row

_SHOWN_PROBLEMS = 5


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a row: ``outputs`` by name, or ``error`` in words; ``cause`` is what the function raised."""

    outputs: Mapping[str, Any] | None
    error: str = ""
    cause: BaseException | None = None


class Answers:
    """One endpoint, asked with rows of a file. Its functions run in this thread."""

    def __init__(self, endpoint: Endpoint, chosen: Sequence[str] = ()) -> None:
        """Take an endpoint; ``chosen`` are the columns that it gets, in its order, where the caller says so."""
        self._interface = Interface(endpoint)
        self._chosen = tuple(chosen)
        self._known = self._interface.columns
        self._loop: asyncio.AbstractEventLoop | None = None

    def kind(self, column: str) -> tuple[str, bool]:
        """Return the kind of a column's values, and whether they have parts."""
        by_name = {item.name: item for item in self._known}
        found = by_name.get(column)
        if found is not None:
            return found.kind, bool(found.sizes)
        # An array's place, by whatever name.
        return (self._known[0].kind, False) if len(self._known) == 1 else (ANY, False)

    def check(self, columns: Sequence[str]) -> None:
        """See to it that a file has the columns that are needed.

        Raises:
            Unreadable: it has not; the text names those that are not there.
        """
        missing = [name for name in self._chosen if name not in columns]
        if not self._chosen and self._is_named(columns):
            missing = [item.name for item in self._known if item.required and item.name not in columns]
        if missing:
            raise Unreadable(f"there is no column {', '.join(missing)}; there is {', '.join(columns)}")

    def of(self, rows: Sequence[Row], *, until_error: bool) -> list[Outcome]:
        """Return what came of each row; with ``until_error`` nothing after the first that came to nothing.

        Raises:
            Failed: the function answers for a table, and not for its rows.
        """
        sound = [row for row in rows if not row.problem]
        together = self._together(sound) if sound else []
        found: list[Outcome] = []
        answered = iter(together or ())
        for row in rows:
            if row.problem:
                found.append(Outcome(None, row.problem))
            else:
                found.append(next(answered) if together is not None else self._alone(row))
            if until_error and found[-1].outputs is None:
                break
        return found

    def close(self) -> None:
        """End the event loop of functions that needed one."""
        if self._loop is not None:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _together(self, rows: Sequence[Row]) -> list[Outcome] | None:
        """Return what came of all rows at once; None if one of them is wrong, which each will tell alone."""
        if not self._interface.takes_table:
            return None
        try:
            return self._asked(rows)
        except (KeyboardInterrupt, Failed):
            raise
        except BaseException:
            if len(rows) == 1:
                return None
        # Those that do not fit are left out; the others may still go in one call.
        fitting = [row for row in rows if not self._misfit(row)]
        if len(fitting) == len(rows):
            return None
        answered = iter((self._together(fitting) if fitting else []) or [self._alone(row) for row in fitting])
        kept = {row.number for row in fitting}
        return [next(answered) if row.number in kept else Outcome(None, self._misfit(row)) for row in rows]

    def _misfit(self, row: Row) -> str:
        try:
            self._interface.calls(self._given([row]))
        except BodyRejected as error:
            return _in_words(error)
        return ""

    def _alone(self, row: Row) -> Outcome:
        try:
            return self._asked([row])[0]
        except BodyRejected as error:
            return Outcome(None, _in_words(error))
        except NotEncodable as error:
            return Outcome(None, f"the answer has no JSON: {error}")
        except (KeyboardInterrupt, Failed):
            raise
        except BaseException as error:  # also SystemExit: the function's, and no wish of ours
            return Outcome(None, f"{type(error).__name__}: {error}".rstrip(": "), error)

    def _asked(self, rows: Sequence[Row]) -> list[Outcome]:
        endpoint = self._interface.endpoint
        calls = self._interface.calls(self._given(rows))
        results = [self._result(call(endpoint.function, endpoint.signature, arguments)) for arguments in calls]
        outputs = self._interface.outputs(results, len(rows))
        if any(len(values) != len(rows) for values in outputs.values()):
            # Asked row by row it would answer, and nobody would know what of what.
            raise Failed(f"{endpoint.symbol} does not answer with one prediction for each row")
        return [Outcome(dict(zip(outputs, values))) for values in zip(*outputs.values())]

    def _result(self, result: Any) -> Any:
        if not is_unfinished(result):
            return result
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(finished(result))

    def _given(self, rows: Sequence[Row]) -> Given:
        return Given([self._taken(row.value) for row in rows], "")

    def _taken(self, value: Any) -> Any:
        """Return what the model gets of a row: its own columns, or all of them in their order."""
        if not isinstance(value, dict):
            return value
        if self._chosen:
            cells = [value[name] for name in self._chosen]
            return cells if not self._is_named(self._chosen) else dict(zip(self._chosen, cells))
        names = self._named(value)
        if not names:
            return value
        # What is optional has its default where a cell is empty.
        return {name: value[name] for name in names if value[name] is not None or self._required(name)}

    def _named(self, value: Mapping[str, Any]) -> list[str]:
        return [item.name for item in self._known if item.name in value] if self._is_named([*value]) else []

    def _required(self, name: str) -> bool:
        return next(item.required for item in self._known if item.name == name)

    def _is_named(self, columns: Sequence[str]) -> bool:
        """Return whether a row's columns are the model's by name; else they are an array's places."""
        if not self._known:
            return False
        only = self._known[0] if len(self._known) == 1 else None
        return only is None or only.name in columns or not _is_place(only)


def _is_place(column: Column) -> bool:
    """Return whether the one column that a model has is all of a row."""
    return bool(column.sizes) or column.kind == STRING


def _in_words(error: BodyRejected) -> str:
    """Return what is wrong with a row, in a line, without its place among those that were asked with it."""
    words = [in_words(problem).partition("]") for problem in error.problems[:_SHOWN_PROBLEMS]]
    return "; ".join((rest.lstrip(".") if head[:1] == "[" else head + mid + rest) for head, mid, rest in words)
