"""How far a batch is: a bar where somebody watches, a line now and then where a file does."""

from __future__ import annotations

import sys
import time

_BAR_CHARACTERS = 30
_BAR_SECONDS = 0.2
_LINE_SECONDS = 5.0


class Progress:
    """Tells on standard error how many rows are done."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._began = self._told = time.monotonic()

    def tell(self, rows: int, done: float | None) -> None:
        """Tell, if it is time to; ``done`` is from 0 to 1, None where the end is not in sight."""
        now = time.monotonic()
        if now - self._told < (_BAR_SECONDS if self._is_watched else _LINE_SECONDS):
            return
        self._told = now
        words = f"{rows} rows, {rows / max(now - self._began, 1e-6):.0f}/s"
        if not self._is_watched:
            part = "" if done is None else f", {done:.0%}"
            _write(f"{words}{part}\n")
            return
        full = round((done or 0) * _BAR_CHARACTERS)
        bar = "" if done is None else f"[{'#' * full}{'.' * (_BAR_CHARACTERS - full)}] {done:4.0%} "
        _write(f"\r{bar}{words}\x1b[K")

    def end(self, words: str) -> None:
        """Say a last word in place of the bar."""
        _write(f"\r\x1b[K{words}\n" if self._is_watched else f"{words}\n")

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
