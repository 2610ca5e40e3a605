"""Turns what the system says about a disk into our errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_containerize.transport.errors import DiskFull, NotWritable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise our errors for a disk's refusals inside the block; other errors pass.

    ``path`` is what is being written; where the system names another file, that one is reported.

    Raises:
        DiskFull: no space or no quota.
        NotWritable: no permission, a read-only file system, or a file where a folder should be.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(path) from error
        if error.errno in _FORBIDDEN or isinstance(error, FileExistsError):
            named = Path(os.fsdecode(error.filename)) if error.filename else path
            raise NotWritable(named, os.strerror(error.errno or 0)) from error
        raise
