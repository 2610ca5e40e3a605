"""Fewer progress events, without losing how a step began and ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from jupyter_containerize.domain.build import BuildEvent, Emit, LogLine, Progress

INTERVAL_SECONDS = 0.2


class Throttle:
    """Passes events on to ``emit``; of one step's progress at most one per interval.

    The first progress of a step passes, and so does its last: the one that is complete, or the
    one that was held back when its phase or the build ends. Safe to call from several threads.
    """

    def __init__(
        self, emit: Emit, *, interval_seconds: float = INTERVAL_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._emit = emit
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._passed: dict[str, float] = {}
        self._held: dict[str, Progress] = {}

    def __call__(self, event: BuildEvent) -> None:
        """Pass the event on now, later, or, if a newer one of its step replaces it, never."""
        with self._lock:
            match event:
                case Progress():
                    self._progress(event)
                case LogLine():
                    self._emit(event)
                case _:
                    self._release()
                    self._emit(event)

    def _progress(self, event: Progress) -> None:
        at = self._clock()
        before = self._passed.get(event.step)
        due = before is None or at - before >= self._interval_seconds
        if not due and event.done != event.total:
            self._held[event.step] = event
            return
        self._held.pop(event.step, None)
        self._passed[event.step] = at
        self._emit(event)

    def _release(self) -> None:
        for event in self._held.values():
            self._emit(event)
        self._held.clear()
        self._passed.clear()
