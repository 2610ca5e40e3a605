"""The blobs of the store: none counts as there whose content was not checked since it was last written.

What survives a power cut: every blob of a listed image, and the list itself. What was made and not listed yet may be
lost or damaged then; it is checked before its first use, and made again if need be. Only what is listed waits for the
disk, so that a build waits for it once, at its end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable, Index, Layout
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.errors import StoreIndexDamaged
from jupyter_containerize.transport.sealing import is_sealed, is_whole, seal, sync

if sys.platform != "win32":
    import fcntl

EARLIER_INDEX: Final = "index.earlier.json"
_COLLECT_LOCK: Final = "collect.lock"


def collecting(root: Path) -> FileLock:
    """Return the lock that whoever removes something holds while it decides and moves it away: for moments."""
    return FileLock(root / _COLLECT_LOCK)


@contextmanager
def looking_up(root: Path) -> Iterator[None]:
    """Let nothing be removed between finding it and noting that it is of use. Any number may look up at once."""
    with ExitStack() as held:
        # A store that cannot be written loses nothing, and Windows does not let go of a file that is open.
        with suppress(OSError):
            if sys.platform != "win32":
                descriptor = os.open(root / _COLLECT_LOCK, os.O_RDWR | os.O_CREAT, 0o644)
                held.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield


class CheckedLayout(Layout):
    """An image layout that knows which of its blobs were checked. See ``transport.sealing``."""

    def has_blob(self, digest: Digest, size_bytes: int) -> bool:
        """Tell whether the blob is there, whole; it counts as used. Read only if it was written to."""
        path = self.blob_path(digest)
        with looking_up(self.root):
            try:
                if path.stat().st_size != size_bytes:
                    return False
            except OSError:
                return False
            return is_whole(path, digest.hex)

    def has_content(self, digest: Digest, *, check: Callable[[], None] = lambda: None) -> bool:
        """Tell the same of a blob whose size is not known; ``check`` is called while it is read."""
        with looking_up(self.root):
            return is_whole(self.blob_path(digest), digest.hex, check=check)

    def write_blob(self, data: bytes) -> Digest:
        """Keep the bytes under their digest."""
        digest = super().write_blob(data)
        if not is_sealed(self.blob_path(digest)):
            seal(self.blob_path(digest))
        return digest

    def adopt(self, file: Path, digest: Digest) -> None:
        """Move a finished file, whose content the caller has just checked, to where the blob belongs."""
        seal(file)
        super().adopt(file, digest)

    def bring_to_disk(self, digests: Iterable[Digest]) -> None:
        """Return when these blobs are on the disk."""
        waiting = [path for path in map(self.blob_path, digests) if not is_sealed(path, lasting=True)]
        for path in waiting:
            seal(path, lasting=True)
        if waiting:
            sync(waiting[0].parent)

    def read_index(self) -> Index:
        """Return the index.

        Raises:
            StoreIndexDamaged: there is none, or it is garbage. Nobody goes on as if the store were empty.
        """
        if not (self.root / "index.json").exists():
            raise StoreIndexDamaged(self.root, "the file is missing")
        try:
            return super().read_index()
        except ImageUnreadable as error:
            raise StoreIndexDamaged(self.root, error.reason) from error

    def write_index(self, index: Index) -> None:
        """Replace the index in one step, and return when the new one is on the disk; the earlier stays beside it."""
        path = self.root / "index.json"
        self._keep_earlier(path)
        with appearing(path) as file:
            file.write(index.to_bytes())
            file.flush()
            os.fsync(file.fileno())
        sync(self.root)

    def _keep_earlier(self, path: Path) -> None:
        # Only a help for repairs, so a file system without hard links does without.
        new = self.root / f".new-{EARLIER_INDEX}"
        with suppress(OSError):
            new.unlink(missing_ok=True)
            os.link(path, new)
            new.replace(self.root / EARLIER_INDEX)
