"""Which call is made when and where. All methods belong to the event loop; only ``Run.make`` runs in a thread."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import Refused
from ..routes import Endpoint
from ..settings import Settings
from .batches import outcomes
from .lanes import Item, Lane
from .pace import INLINE, QUICK_SECONDS, THREAD, TRIAL, Usage, usage
from .threads import Threads
from .work import Done, Unfinished, Work, completed, failed, made

# The endpoint, how many calls were made as one, how many rows they had, and how long it took.
Called = Callable[[Endpoint, int, int, float], None]
# More rows are not called in the event loop, however quick a row is.
_MOST_INLINE_ROWS = 256
# What arrives in one turn of the event loop is one call, and so is what the next ones bring, as long as each brings
# more: clients that were answered together ask again together, though not at the very same time.
_MOST_TURNS = 4
# After so many turns that brought one request each, the next are called at once, until as many more have been.
_LONELY_TURNS = 8
_MOST_LONELY_TURNS = 72
_TICK_SECONDS = 0.25
_NO_GROUP: tuple[list[Item], int] = ([], _MOST_INLINE_ROWS)
# A call of joined rows keeps others of its function waiting no longer than this.
_LONG_SECONDS = 1.0
# Those who were answered together are waited for as long as this part of what their call took, and no longer than that:
# else the next call would be made for the first few of them.
_LINGER_SHARE = 0.1
_MOST_LINGER_SECONDS = 0.01


class _Run:
    """Items that a thread is called for."""

    __slots__ = ("began", "ended", "is_counted", "is_given_up", "items", "lane", "outcomes", "seconds")

    def __init__(self, lane: Lane, items: list[Item], ended: threading.Event | None) -> None:
        self.lane = lane
        self.items = items
        self.ended = ended
        self.began = time.monotonic()
        self.seconds = 0.0
        self.outcomes: list[Any] = []
        # Whether the lane counts it among what runs; whether it has been answered without its end.
        self.is_counted = True
        self.is_given_up = False

    def make(self) -> None:
        began = time.perf_counter()
        self.outcomes = outcomes(self.lane, self.items)
        self.seconds = time.perf_counter() - began
        if self.ended is not None:
            self.ended.set()


class Calls:
    """Makes calls."""

    def __init__(self, settings: Settings, called: Called | None = None) -> None:
        self._settings = settings
        self._called = called
        # Not the event loop's own pool: asyncio waits for that one without end.
        self._threads = Threads(settings.threads, "predict")
        self._lanes: dict[str, Lane] = {}
        self._runs: set[_Run] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._given_up = 0
        self._is_pumping = False
        self._tick_handle: asyncio.TimerHandle | None = None
        # Whether a function has refused because too much waits, and may still do.
        self.is_crowded = False
        # The time.monotonic() since which the event loop is in a call; 0 while it is not. Another thread reads it.
        self.inline_since = 0.0

    @property
    def is_calling(self) -> bool:
        """Whether a thread is in a call right now; it cannot be made to leave."""
        return self._threads.under_way > 0

    @property
    def is_stuck(self) -> bool:
        """Whether every thread is in a call that has taken too long."""
        return self._given_up >= self._threads.most

    def start(self, work: Work, done: Done, *, is_large: bool = False) -> None:
        """Make the calls; ``done`` gets the answer, or a ``CallFailed`` or ``Refused``, in the event loop.

        ``is_large``: the request is not one that a quick function is quick with.
        """
        lane = self._lanes.get(work.endpoint.symbol) or self._lane(work.endpoint)
        is_inline = lane.pace.place is INLINE and not is_large
        if not lane.joins:
            if is_inline or lane.is_async:
                self._inline(lane, work, done)
                return
            item = lane.item(work, done, time.monotonic())
        else:
            item = lane.item(work, done, time.monotonic())
            if is_inline and item.rows <= _MOST_INLINE_ROWS:
                if lane.lonely >= _LONELY_TURNS and not lane.turn:
                    # Where nobody else asks, not even the end of the turn is waited for; now and then it is looked.
                    lane.lonely += 1
                    if lane.lonely < _MOST_LONELY_TURNS:
                        self._call_inline(lane, [item])
                        return
                    lane.lonely = _LONELY_TURNS - 1
                lane.turn.append(item)
                if len(lane.turn) == 1:
                    asyncio.get_running_loop().call_soon(self._gather, lane, 0, 1)
                return
        self._enter(lane, item)

    def check(self, endpoint: Endpoint) -> None:
        """Refuse what would wait too long, before it costs anything.

        Raises:
            Refused: 503, with the seconds after which to come again.
        """
        lane = self._lanes.get(endpoint.symbol)
        if lane is not None and lane.is_full:
            self._refuse_if_full(lane)
            lane.is_full = False
            self.is_crowded = any(lane.is_full for lane in self._lanes.values())

    def in_thread(self, step: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Run a step in a thread; ``done`` gets its result or its error, in the event loop."""

        def back(ended: Any) -> None:
            done(ended)
            self._pump_soon()

        self._threads.submit(step, back)

    def _lane(self, endpoint: Endpoint) -> Lane:
        lane = self._lanes[endpoint.symbol] = Lane(endpoint, inline=self._settings.inline)
        return lane

    # In the event loop

    def _inline(self, lane: Lane, work: Work, done: Done) -> None:
        pace = lane.pace
        before = usage() if pace.is_doubted else None
        began = self.inline_since = time.monotonic()
        outcome = made(work)
        self.inline_since = 0.0
        seconds = time.monotonic() - began
        pace.note(INLINE, seconds, 1, before)
        if self._called is not None:
            self._called(lane.endpoint, len(work.calls), len(work.calls), seconds)
        if type(outcome) is Unfinished:
            self._complete(outcome, done)
        else:
            done(outcome)

    def _gather(self, lane: Lane, before: int, turns: int) -> None:
        """Call what has arrived, unless this turn of the event loop has brought more than one and the next may, too."""
        count = len(lane.turn)
        if count > 1 and count > before and turns < _MOST_TURNS:
            asyncio.get_running_loop().call_soon(self._gather, lane, count, turns + 1)
        else:
            self._flush(lane)

    def _flush(self, lane: Lane) -> None:
        """Call what arrived, in as few calls as can be."""
        items, lane.turn = lane.turn, []
        lane.lonely = lane.lonely + 1 if len(items) == 1 else 0
        for group in _grouped(items):
            if lane.pace.place is not INLINE:
                for item in group:
                    self._enter(lane, item)
                continue
            self._call_inline(lane, group)

    def _call_inline(self, lane: Lane, group: list[Item]) -> None:
        before = usage() if lane.pace.is_doubted else None
        began = self.inline_since = time.monotonic()
        ended = outcomes(lane, group)
        self.inline_since = 0.0
        seconds = time.monotonic() - began
        self._deliver(group, ended)
        self._note(lane, group, INLINE, seconds, before)

    # In threads

    def _enter(self, lane: Lane, item: Item) -> None:
        try:
            self._refuse_if_full(lane)
        except Refused as refused:
            lane.is_full = self.is_crowded = True
            item.done(refused)
            return
        lane.add(item)
        self._pump(lane)

    def _refuse_if_full(self, lane: Lane) -> None:
        if self.is_stuck:
            _busy("every thread is in a call that has taken too long", self._settings.timeout_seconds)
        count = len(lane.waiting)
        if count < self._threads.most:
            return
        seconds = lane.waiting_rows * lane.seconds_per_row / self._width(lane)
        if count >= self._settings.queue or seconds > self._settings.queue_seconds:
            _busy(f"{count} requests wait already", seconds)

    def _width(self, lane: Lane) -> int:
        """Return how many threads may be in a call of a function at a time."""
        most = self._threads.most
        if lane.joins:
            # What waits for a call becomes one call; more of them than processors would only be smaller.
            return min(most, self._settings.cpus)
        # A slow function leaves a thread to others, if there are any.
        return most if len(self._lanes) == 1 else max(1, most - 1)

    def _pump_soon(self) -> None:
        """Begin what can be begun in the next turn: those who were just answered may ask again until then."""
        if not self._is_pumping and any(lane.waiting for lane in self._lanes.values()):
            self._is_pumping = True
            asyncio.get_running_loop().call_soon(self._pump_all)

    def _pump_all(self) -> None:
        self._is_pumping = False
        # Who has the fewest threads goes first.
        for lane in sorted([lane for lane in self._lanes.values() if lane.waiting], key=lambda lane: lane.running):
            self._pump(lane)

    def _pump(self, lane: Lane) -> None:
        if lane.lingering is not None:
            if len(lane.waiting) < lane.expected:
                return
            self._go(lane)
        while lane.waiting and lane.running < self._width(lane) and self._threads.under_way < self._threads.most:
            self._begin(lane, lane.take(self._settings.batch_rows))

    def _begin(self, lane: Lane, items: list[Item]) -> None:
        is_trial = lane.pace.place is TRIAL and not self._runs
        run = _Run(lane, items, threading.Event() if is_trial else None)
        self._runs.add(run)
        lane.running += 1
        self._threads.submit(run.make, lambda error: self._ended(run, error))
        # Not longer than the event loop would let a quick call keep it.
        if run.ended is not None and run.ended.wait(QUICK_SECONDS):
            self._ended(run, None)
        elif self._tick_handle is None:
            self._tick_handle = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def _ended(self, run: _Run, error: BaseException | None) -> None:
        # Of a trial the event loop may have been told before.
        if run in self._runs:
            self._runs.remove(run)
            run.lane.running -= run.is_counted
            if run.is_given_up:
                self._given_up -= 1
            elif error is not None:
                # A defect of ours.
                self._deliver(run.items, [failed(error)] * len(run.items))
            else:
                self._linger(run)
                self._deliver(run.items, run.outcomes)
                self._note(run.lane, run.items, THREAD if run.ended is None else TRIAL, run.seconds)
        self._pump_soon()

    def _linger(self, run: _Run) -> None:
        """Begin no call of the function until those who are answered now have asked again, or for a while."""
        lane, count = run.lane, len(run.items)
        if lane.joins and count > 1 and lane.lingering is None:
            lane.expected = count + len(lane.waiting)
            seconds = min(run.seconds * _LINGER_SHARE, _MOST_LINGER_SECONDS)
            lane.lingering = asyncio.get_running_loop().call_later(seconds, self._go_on, lane)

    def _go_on(self, lane: Lane) -> None:
        self._go(lane)
        self._pump(lane)

    def _go(self, lane: Lane) -> None:
        if lane.lingering is not None:
            lane.lingering.cancel()
            lane.lingering = None

    def _note(self, lane: Lane, items: list[Item], place: str, seconds: float, before: Usage | None = None) -> None:
        rows = sum([item.rows for item in items])
        lane.note(rows, seconds)
        lane.pace.note(place, seconds, len(items), before)
        if self._called is not None:
            self._called(lane.endpoint, len(items), rows, seconds)

    # Answers

    def _deliver(self, items: list[Item], ended: list[Any]) -> None:
        for item, outcome in zip(items, ended):
            if type(outcome) is Unfinished:
                self._complete(outcome, item.done)
            else:
                item.done(outcome)

    def _complete(self, unfinished: Unfinished, done: Done) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(completed(unfinished))
        self._tasks.add(task)
        timer = loop.call_later(self._settings.timeout_seconds, task.cancel) if self._settings.timeout_seconds else None

        def back(ended: asyncio.Task[Any]) -> None:
            self._tasks.discard(ended)
            if timer is not None:
                timer.cancel()
            if ended.cancelled():
                done(self._too_long())
            else:
                error = ended.exception()
                done(ended.result() if error is None else failed(error))

        task.add_done_callback(back)

    # Time

    def _tick(self) -> None:
        now, limit = time.monotonic(), self._settings.timeout_seconds or math.inf
        for lane in self._lanes.values():
            while lane.waiting and now - lane.waiting[0].arrived > limit:
                item = lane.waiting.popleft()
                lane.waiting_rows -= item.rows
                item.done(Refused(503, f"no thread was free within {limit:g} s", headers={"retry-after": "1"}))
        for run in list(self._runs):
            seconds = now - run.began
            if run.is_counted and (seconds > limit or (run.lane.joins and seconds > _LONG_SECONDS)):
                run.is_counted = False
                run.lane.running -= 1
            if not run.is_given_up and seconds > limit:
                run.is_given_up = True
                self._given_up += 1
                for item in run.items:
                    item.done(self._too_long())
        self._pump_all()
        is_needed = bool(self._runs) or any(lane.waiting for lane in self._lanes.values())
        self._tick_handle = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick) if is_needed else None

    def _too_long(self) -> Refused:
        return Refused(504, f"the function did not return within {self._settings.timeout_seconds:g} s")


def _busy(detail: str, seconds: float) -> NoReturn:
    raise Refused(503, detail, headers={"retry-after": str(max(1, math.ceil(min(seconds, 3600))))})


def _grouped(items: list[Item]) -> list[list[Item]]:
    """Return what may be called together, in the order in which it arrived."""
    groups: list[list[Item]] = []
    # By key: the group that it goes on with, and the rows in it.
    open_ones: dict[Any, tuple[list[Item], int]] = {}
    for item in items:
        group, rows = open_ones.get(item.key, _NO_GROUP)
        rows += item.rows
        if item.key is None or rows > _MOST_INLINE_ROWS:
            group, rows = [], item.rows
            groups.append(group)
        group.append(item)
        open_ones[item.key] = (group, rows)
    return groups
