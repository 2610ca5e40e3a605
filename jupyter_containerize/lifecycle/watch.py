"""How a running build speaks: phases, steps, lines, and the question whether to go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jupyter_containerize.domain.build import (
    BuildEvent,
    CancelToken,
    Emit,
    Level,
    LogLine,
    Phase,
    PhaseFinished,
    PhaseStarted,
    Progress,
    Unit,
)

# Faster than this nobody can read, and a download has hundreds of chunks a second.
_PROGRESS_SECONDS = 0.1


class Watch:
    """The one thing of a build that is not a value: where its events go, and its clock.

    Events come from several threads and go out one at a time.
    """

    def __init__(self, emit: Emit, cancel: CancelToken) -> None:
        self._to = emit
        self._lock = threading.Lock()
        self._shown: dict[str, float] = {}
        self.cancel = cancel
        self.timings: dict[str, float] = {}
        self._phase = Phase.DETECT

    def aside(self, cancel: CancelToken) -> Watch:
        """Return a watch for work beside this one's, which ends for a reason of its own too."""
        beside = Watch(self._to, cancel)
        beside._lock, beside._shown, beside._phase = self._lock, self._shown, self._phase
        return beside

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[None]:
        """Announce a phase and time it; a phase that fails is never announced as finished."""
        self._phase = phase
        self.cancel.check()
        self._emit(PhaseStarted(phase=phase))
        with self.timed(phase.value):
            yield
        self._emit(PhaseFinished(phase=phase, seconds=self.timings[phase.value]))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the seconds that the block takes to ``timings``."""
        start = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - start, 3)

    def say(self, text: str, level: Level = Level.INFO) -> None:
        """Tell the person who watches."""
        self._emit(LogLine(text=text, level=level))

    def progress(self, step: str, done: int, total: int | None, unit: Unit = Unit.ITEMS) -> None:
        """Tell how far a step is, and stop here if asked to. The first and the last are always told."""
        self.cancel.check()
        now = time.monotonic()
        if done != total and now - self._shown.get(step, -_PROGRESS_SECONDS) < _PROGRESS_SECONDS:
            return
        self._shown[step] = now
        self._emit(Progress(phase=self._phase, step=step, done=done, total=total, unit=unit))

    def counted(self, step: str, total: int | None = None) -> Callable[[int], None]:
        """Return what takes the bytes of a step as they come, and tells how many there are by now, of how many."""
        done = 0

        def add(size_bytes: int) -> None:
            nonlocal done
            done += size_bytes
            self.progress(step, done, total, Unit.BYTES)

        return add

    def _emit(self, event: BuildEvent) -> None:
        with self._lock:
            self._to(event)
