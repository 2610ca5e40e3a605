"""The last of what a program prints, however much that is."""

from __future__ import annotations

import threading
from typing import BinaryIO, Final

KEPT_BYTES: Final = 1 << 20
_PIECE_BYTES = 1 << 16


class Tail:
    """Reads a pipe to its end in a thread of its own, and keeps the last of it; closes it then."""

    def __init__(self, pipe: BinaryIO, most_bytes: int = KEPT_BYTES) -> None:
        self._pipe = pipe
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept = bytearray()
        self._is_cut = False
        self._thread = threading.Thread(target=self._read, name="containerize-tail", daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Return whole lines of the last that came, at most ``most_bytes``."""
        with self._lock:
            return last_lines(bytes(self._kept), self._most_bytes, is_cut=self._is_cut)

    def wait(self, seconds: float) -> None:
        """Return when the pipe has ended, or that long after."""
        self._thread.join(seconds)

    def _read(self) -> None:
        with self._pipe:
            # What is there, not what fills a buffer: somebody may look at it while the program runs.
            while piece := self._pipe.read1(_PIECE_BYTES):  # type: ignore[attr-defined]  # a pipe of Popen has it
                with self._lock:
                    self._kept += piece
                    # Twice as much is kept, so that not every piece moves all of it.
                    if len(self._kept) > 2 * self._most_bytes:
                        del self._kept[: -self._most_bytes]
                        self._is_cut = True


def last_lines(printed: bytes, most_bytes: int = KEPT_BYTES, *, is_cut: bool = False) -> str:
    """Return the last of a log as text, beginning with a whole line where something is left out.

    ``is_cut`` says that something is left out before ``printed``.
    """
    kept = printed[-most_bytes:]
    if is_cut or len(kept) < len(printed):
        _, newline, rest = kept.partition(b"\n")
        kept = rest if newline else kept
    return kept.decode(errors="replace")
