"""How quick a function has been, and where it is called for that.

INLINE  in the event loop, which waits for it: no switch between threads, as long as it keeps being quick
TRIAL   in a thread, and the event loop waits a moment to see whether it is quick
THREAD  in a thread
"""

from __future__ import annotations

from typing import Final

INLINE: Final = "inline"
TRIAL: Final = "trial"
THREAD: Final = "thread"

QUICK_SECONDS = 0.002
_VERY_SLOW_SECONDS = 0.05
# So many calls in a row must be quick before the event loop calls; twice as many after each time that it was not.
_FEWEST = 20
_MOST = 640
# The event loop lets so many slow calls pass before it waits for one again.
_BETWEEN_TRIALS = 64
# A machine that is busy with something else makes single calls slow, too: this many in a short while are meant.
_SLIPS = 4.0
_FORGOTTEN_PER_CALL = 0.005


class Pace:
    """One function's pace."""

    __slots__ = ("_needed", "_passed", "_quick", "_slips", "_slow", "place")

    def __init__(self, *, inline: bool) -> None:
        self._needed = _FEWEST if inline else 0
        self._quick = 0
        self._slow = False
        self._passed = 0
        self._slips = 0.0
        # Where the next call runs.
        self.place = TRIAL if inline else THREAD

    def note(self, place: str, seconds: float) -> None:
        """Learn from a call how long it took, and where."""
        if place == INLINE:
            self._note_inline(seconds)
        elif not self._needed:
            return
        elif seconds >= QUICK_SECONDS:
            self._quick, self._slow = 0, True
            self._passed += 1
            self.place = TRIAL if self._passed % _BETWEEN_TRIALS == 0 else THREAD
        elif place == TRIAL:
            self._quick += 1
            self.place = INLINE if self._quick >= self._needed else TRIAL
        else:
            # Quick although it had to share the interpreter with the event loop.
            self.place = TRIAL

    def _note_inline(self, seconds: float) -> None:
        if seconds < QUICK_SECONDS:
            if self._slips:
                self._slips = max(0.0, self._slips - _FORGOTTEN_PER_CALL)
            return
        self._slips += _SLIPS if seconds >= _VERY_SLOW_SECONDS else 1
        if self._slips >= _SLIPS:
            self._slips = 0.0
            self._quick = 0
            self._needed = min(self._needed * 2, _MOST)
            self.place = TRIAL
