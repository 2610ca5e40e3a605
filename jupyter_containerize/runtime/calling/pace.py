"""How quick a function has been, and where it is called for that.

INLINE  in the event loop, which waits for it: no switch between threads, as long as it keeps being quick
TRIAL   in a thread, and the event loop waits a moment to see whether it is quick
THREAD  in a thread
"""

from __future__ import annotations

import resource
from typing import Final, NamedTuple

INLINE: Final = "inline"
TRIAL: Final = "trial"
THREAD: Final = "thread"

QUICK_SECONDS = 0.002
# Calls that were joined may take as long as they would have one by one, up to this.
_MOST_QUICK_SECONDS = 0.02
_VERY_SLOW_SECONDS = 0.25
# So many calls in a row must be quick before the event loop calls; twice as many after each time that it was not.
_FEWEST = 20
_MOST = 640
# The event loop lets so many slow calls pass before it waits for one again.
_BETWEEN_TRIALS = 64
# A call may be slow by chance: this many in a short while are not.
_SLIPS = 4.0
_FORGOTTEN_PER_CALL = 0.005


class Usage(NamedTuple):
    """What the operating system says of this thread: seconds of a processor, and how often it has waited."""

    seconds: float
    waits: int


def usage() -> Usage | None:
    """Return this thread's usage so far; ``None`` where the system does not count it."""
    try:
        found = resource.getrusage(resource.RUSAGE_THREAD)
    except (AttributeError, OSError, ValueError):
        return None
    # Some sandboxes always say 0.
    return Usage(found.ru_utime + found.ru_stime, found.ru_nvcsw) if found.ru_nvcsw else None


class Pace:
    """One function's pace."""

    __slots__ = ("_needed", "_passed", "_quick", "_slips", "place")

    def __init__(self, *, inline: bool) -> None:
        self._needed = _FEWEST if inline else 0
        self._quick = 0
        self._passed = 0
        self._slips = 0.0
        # Where the next call runs.
        self.place = TRIAL if inline else THREAD

    @property
    def is_doubted(self) -> bool:
        """Whether calls in the event loop were slow lately: it is worth knowing why."""
        return self._slips > 0

    def note(self, place: str, seconds: float, calls: int = 1, before: Usage | None = None) -> None:
        """Learn how long a call took that was made for several, where it was, and the usage before it if known."""
        if place == INLINE:
            self._note_inline(seconds, calls, before)
        elif not self._needed:
            return
        elif seconds >= _limit(calls):
            self._quick = 0
            self._passed += 1
            self.place = TRIAL if self._passed % _BETWEEN_TRIALS == 0 else THREAD
        elif place == TRIAL:
            self._quick += 1
            self.place = INLINE if self._quick >= self._needed else TRIAL
        else:
            # Quick although it had to share the interpreter with the event loop.
            self.place = TRIAL

    def _note_inline(self, seconds: float, calls: int, before: Usage | None) -> None:
        if seconds < _limit(calls):
            if self._slips:
                self._slips = max(0.0, self._slips - _FORGOTTEN_PER_CALL)
            return
        if before is not None and _was_interrupted(before, _limit(calls)):
            return
        self._slips += _SLIPS if seconds >= _VERY_SLOW_SECONDS else 1
        if self._slips >= _SLIPS:
            self._slips = 0.0
            self._quick = 0
            self._needed = min(self._needed * 2, _MOST)
            self.place = TRIAL


def _limit(calls: int) -> float:
    return QUICK_SECONDS if calls == 1 else min(calls * QUICK_SECONDS, _MOST_QUICK_SECONDS)


def _was_interrupted(before: Usage, limit_seconds: float) -> bool:
    """Return whether a call was slow for what else the machine does: it never waited, and worked for a short time."""
    after = usage()
    return after is not None and after.waits == before.waits and after.seconds - before.seconds < limit_seconds
