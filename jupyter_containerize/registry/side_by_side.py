"""Several transfers at once, with one count, one first error and one cancel."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from jupyter_containerize.domain.build import CancelToken

THREADS: Final = 4

_T = TypeVar("_T")
_TICK_SECONDS = 0.05
# A thread that looks a name up, or connects, cannot be woken; it is left to end by itself.
_GRACE_SECONDS = 0.5


def side_by_side(
    work: Callable[[_T, Callable[[int], None], CancelToken], None],
    items: Sequence[_T],
    *,
    on_bytes: Callable[[int], None],
    cancel: CancelToken,
    threads: int = THREADS,
) -> None:
    """Do the work for every item, a few at a time; the first error stops the others and is raised.

    ``work`` gets an item, where to count bytes, and a token of its own. ``on_bytes`` is called in this thread alone.

    Raises:
        Cancelled: within a second, whatever the other side does.
    """
    transfers = _Transfers(work, items, cancel)
    # Not a pool: Python waits for the threads of one at its end, however long they take.
    workers = [threading.Thread(target=transfers.run, name="transfer", daemon=True) for _ in items[:threads]]
    for worker in workers:
        worker.start()
    try:
        for _ in items:
            error = transfers.next_ended(on_bytes, cancel)
            if error is not None:
                raise error
    finally:
        transfers.stop.cancel()
        until = time.monotonic() + _GRACE_SECONDS
        for worker in workers:
            worker.join(max(0.0, until - time.monotonic()))


class _Transfers(Generic[_T]):
    """What the threads share."""

    def __init__(
        self,
        work: Callable[[_T, Callable[[int], None], CancelToken], None],
        items: Sequence[_T],
        cancel: CancelToken,
    ) -> None:
        self._work = work
        self.stop = CancelToken(parent=cancel)
        self._waiting = queue.SimpleQueue[_T]()
        self._ended = queue.SimpleQueue[BaseException | None]()
        self._counted = queue.SimpleQueue[int]()
        for item in items:
            self._waiting.put(item)

    def run(self) -> None:
        """Take one item after the other, in any number of threads."""
        while not self.stop.event.is_set():
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._work(item, self._counted.put, self.stop)
            except BaseException as error:  # noqa: BLE001  # it is raised in the thread that asked
                self._ended.put(error)
            else:
                self._ended.put(None)

    def next_ended(self, on_bytes: Callable[[int], None], cancel: CancelToken) -> BaseException | None:
        """Wait for the next item to end, and return its error; count meanwhile."""
        while True:
            cancel.check()
            try:
                error = self._ended.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                self._drain(on_bytes)
            else:
                self._drain(on_bytes)
                return error

    def _drain(self, on_bytes: Callable[[int], None]) -> None:
        moved = 0
        while not self._counted.empty():
            moved += self._counted.get()
        if moved:
            on_bytes(moved)
