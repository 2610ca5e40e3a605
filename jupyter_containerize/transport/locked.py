"""A turn at a folder that several builds share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from jupyter_containerize.domain.build import CancelToken

_ASK_SECONDS = 0.2


@contextmanager
def locked(path: Path, *, cancel: CancelToken) -> Iterator[None]:
    """Hold the lock ``path`` for the length of a block; another process may have it for minutes.

    Raises:
        Cancelled: asked for while it was waited for.
    """
    lock = FileLock(path)
    while True:
        cancel.check()
        try:
            lock.acquire(timeout=_ASK_SECONDS)
            break
        except Timeout:
            continue
    try:
        yield
    finally:
        lock.release()
