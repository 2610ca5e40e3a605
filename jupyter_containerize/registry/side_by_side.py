"""Several transfers at once, with one count, one first error and one cancel."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Final, TypeVar

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
    stop, counted = CancelToken(parent=cancel), queue.SimpleQueue[int]()

    def drain() -> None:
        moved = 0
        while not counted.empty():
            moved += counted.get()
        if moved:
            on_bytes(moved)

    pool = ThreadPoolExecutor(threads, thread_name_prefix="transfer")
    futures = [pool.submit(work, item, counted.put, stop) for item in items]
    try:
        waiting: set[Future[None]] = set(futures)
        while waiting:
            cancel.check()
            done, waiting = wait(waiting, timeout=_TICK_SECONDS, return_when=FIRST_EXCEPTION)
            drain()
            for future in done:
                future.result()
    finally:
        stop.cancel()
        pool.shutdown(wait=False, cancel_futures=True)
        _let_end(futures)


def _let_end(futures: Sequence[Future[None]]) -> None:
    until = time.monotonic() + _GRACE_SECONDS
    wait([future for future in futures if not future.done()], timeout=max(0.0, until - time.monotonic()))
