"""Temporary folders that do not outlive their process, even when it is killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = ".lock"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Give a new empty folder in ``parent``; it is removed at the end of the block.

    A folder that a killed process left behind is removed by the next call: its lock, which the
    system released, says that nobody works there. A process id would not: it may be another's.
    """
    remove_abandoned(parent)
    name = tempfile.mktemp(prefix="work-", dir=parent)  # noqa: S306  # the lock is taken before the folder is made
    lock = FileLock(name + _LOCK)
    folder = Path(name)
    with lock:
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            Path(name + _LOCK).unlink(missing_ok=True)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders that killed processes left in ``parent``."""
    for path in parent.glob(f"*{_LOCK}"):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        try:
            shutil.rmtree(path.with_name(path.name.removesuffix(_LOCK)), ignore_errors=True)
            path.unlink(missing_ok=True)
        finally:
            lock.release()


def oldest_ns(parent: Path) -> int | None:
    """Return when the oldest folder in ``parent`` that is in use was made, or ``None`` when none is.

    In nanoseconds of the system's clock.
    """
    remove_abandoned(parent)
    times = []
    for path in parent.glob(f"*{_LOCK}"):
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime_ns)
    return min(times, default=None)
