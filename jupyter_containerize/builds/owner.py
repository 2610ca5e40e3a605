"""Who a build belongs to, and whether that server is still there.

A process id would do on one machine, but the folder may be shared by containers that each have
their own. A lock on a file is let go by the system itself when its holder ends, however it ends.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock, Timeout


class Owner:
    """This process's queue, as other processes can recognise it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.id = secrets.token_hex(8)
        self._folder = folder
        self._lock = _lock(folder, self.id)
        self._lock.acquire(blocking=False)

    def gone(self, owner_id: str) -> bool:
        """Return whether the owner with that id has ended. This one never has."""
        if owner_id == self.id:
            return False
        lock = _lock(self._folder, owner_id)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        _let_go(lock)
        return True

    def leave(self) -> None:
        """Let the others know that this owner is gone."""
        _let_go(self._lock)


def _lock(folder: Path, owner_id: str) -> FileLock:
    # Not thread-local: the thread that leaves is not the one that came.
    return FileLock(folder / f"{owner_id}.lock", thread_local=False)


def _let_go(lock: FileLock) -> None:
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
