"""What waits for one function, and how long it will."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from typing import Any

from ..joining import key_of, rows_of
from ..routes import Endpoint
from .pace import Pace
from .work import Done, Work

logger = logging.getLogger(__name__)

# How far into what waits is looked for more that can be joined.
_LOOKED_AT = 1024
_NEW_WEIGHT = 0.2


class Item:
    """A request's work that waits or is under way. ``key`` is ``None`` where it cannot be joined."""

    __slots__ = ("arrived", "done", "key", "rows", "work")

    def __init__(self, work: Work, done: Done, arrived: float, key: Any, rows: int) -> None:
        self.work = work
        self.done = done
        self.arrived = arrived
        self.key = key
        # At least 1.
        self.rows = rows


class Lane:
    """One function: its pace, what waits for it, and what of it runs."""

    __slots__ = (
        "_answered_rows",
        "endpoint",
        "expected",
        "is_async",
        "is_full",
        "joins",
        "lingering",
        "lonely",
        "pace",
        "running",
        "seconds_per_row",
        "turn",
        "waiting",
        "waiting_rows",
    )

    def __init__(self, endpoint: Endpoint, *, inline: bool) -> None:
        self.endpoint = endpoint
        self.joins = bool(endpoint.batch)
        self.is_async = inspect.iscoroutinefunction(endpoint.function)
        self.pace = Pace(inline=inline)
        self.waiting: deque[Item] = deque()
        self.waiting_rows = 0
        # Threads that are in a call of it.
        self.running = 0
        # How many turns of the event loop in a row have brought one request and no more.
        self.lonely = 0
        # What arrived in this turn of the event loop, which will call it.
        self.turn: list[Item] = []
        # Until when no call is begun, unless so many wait before.
        self.lingering: asyncio.TimerHandle | None = None
        self.expected = 0
        self.is_full = False
        self.seconds_per_row = 0.0
        self._answered_rows: set[int] = set()

    def item(self, work: Work, done: Done, arrived: float) -> Item:
        """Return work with what is to be known of it before it may be joined."""
        if not self.joins:
            return Item(work, done, arrived, None, len(work.calls) or 1)
        name = self.endpoint.batch
        if len(work.calls) == 1:
            arguments = work.calls[0]
            count = rows_of(arguments, name)
            return Item(work, done, arrived, key_of(arguments, name) if count else None, count or 1)
        rows, keys = 0, []
        for arguments in work.calls:
            count = rows_of(arguments, name)
            rows += count or 1
            keys.append(key_of(arguments, name) if count else None)
        return Item(work, done, arrived, keys[0] if keys and keys.count(keys[0]) == len(keys) else None, rows or 1)

    def add(self, item: Item) -> None:
        """Let it wait."""
        self.waiting.append(item)
        self.waiting_rows += item.rows

    def take(self, most_rows: int) -> list[Item]:
        """Return what is to be done next: the first that waits, and all that can be joined with it."""
        first = self.waiting.popleft()
        if not self.joins:
            first.key = None
        found, rows, others = [first], first.rows, []
        if first.key is not None:
            for _ in range(min(len(self.waiting), _LOOKED_AT)):
                item = self.waiting.popleft()
                if item.key == first.key and rows + item.rows <= most_rows:
                    found.append(item)
                    rows += item.rows
                else:
                    others.append(item)
                    if rows >= most_rows:
                        break
            self.waiting.extendleft(reversed(others))
        self.waiting_rows -= rows
        return found

    def note(self, rows: int, seconds: float) -> None:
        """Learn what a row takes."""
        found = seconds / rows
        known = self.seconds_per_row
        self.seconds_per_row = found if not known else known + _NEW_WEIGHT * (found - known)

    def may_trust(self, rows: int) -> bool:
        """Return whether an answer as long as its rows is so by no accident: other numbers of rows were, too."""
        return bool(self._answered_rows - {rows})

    def may_learn(self, rows: int) -> bool:
        """Whether the answer of so many rows tells more of whether answers have a part for each row."""
        known = self._answered_rows
        return len(known) < 2 and rows not in known  # noqa: PLR2004  # two tell everything

    def learn(self, rows: int) -> None:
        """Note that an answer had a part for each of so many rows."""
        if self.may_learn(rows):
            self._answered_rows.add(rows)

    def part(self, reason: str) -> None:
        """Join its calls never again."""
        if self.joins:
            self.joins = False
            fields = {"symbol": self.endpoint.symbol, "reason": reason}
            logger.warning("calls are not joined", extra={"fields": fields})
