"""Files whose content was checked: how a later reader knows without reading them again.

A checked file gets a modification time that no other program gives, and whoever writes to it afterwards changes that
time without meaning to. So one look at the file's times says that it was checked and not written since; for every
other file the hash has to be computed again. No list beside the files can be lost, or be wrong about them.

What the system has not yet put on the disk does not survive a power cut, and the file may then have its name, size
and times without its bytes. A seal for such a file names the machine's current boot, and is void after the next one;
only a file that was synced has a seal that lasts.

The time of the last access is set as well: it says when a file was last of use, on every file system, also on those
that are mounted with noatime.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20
_SECOND_NS: Final = 1_000_000_000

# A second of 1985 in which nothing is known to have been written: not 1980's first, which reproducible archives give.
_LASTING_NS: Final = 0x1CED5EA1 * _SECOND_NS
_THIS_BOOT_FROM_NS: Final = _LASTING_NS + _SECOND_NS
_NO_TIME: Final[int] = getattr(os, "O_NOATIME", 0)
_BOOT_FILE: Final = Path("/proc/sys/kernel/random/boot_id")


def _this_boot_ns() -> int | None:
    """Return the time that seals of this boot have, or ``None`` where the system does not number its boots."""
    try:
        boot = _BOOT_FILE.read_bytes()
    except OSError:
        return None
    # A file system that keeps whole seconds only makes this another time, which is no seal: slow, and never wrong.
    return _THIS_BOOT_FROM_NS + 1 + int.from_bytes(hashlib.sha256(boot).digest()[:8]) % (_SECOND_NS - 1)


_THIS_BOOT_NS: Final = _this_boot_ns()


def seal(path: Path, *, lasting: bool = False) -> None:
    """Mark a file whose content was just checked. ``lasting``: it is brought to the disk first, and stays marked.

    Nothing is marked where the system forbids it: it is then checked again, each time.
    """
    at = _LASTING_NS if lasting or _THIS_BOOT_NS is None else _THIS_BOOT_NS
    if at == _LASTING_NS:
        sync(path)
    with suppress(OSError):
        os.utime(path, ns=(time.time_ns(), at))


def unseal(path: Path) -> None:
    """Let a file count as unchecked."""
    with suppress(OSError):
        os.utime(path)


def is_sealed(path: Path, *, lasting: bool = False) -> bool:
    """Tell whether the file was checked and not written since; ``lasting``: and would survive a power cut."""
    try:
        at = path.stat().st_mtime_ns
    except OSError:
        return False
    return at == _LASTING_NS or (at == _THIS_BOOT_NS and not lasting)


def used(path: Path) -> None:
    """Note that a file or folder is of use now; a store that cannot be written needs no such notes.

    A folder's is its time of writing: looking into a folder changes the other one.
    """
    now = time.time_ns()
    with suppress(OSError):
        status = path.stat()
        os.utime(path, ns=(now, now if stat.S_ISDIR(status.st_mode) else status.st_mtime_ns))


def used_ns(path: Path) -> int:
    """Return when a file or folder was last used or written, in nanoseconds; 0 for none."""
    try:
        status = path.lstat()
    except OSError:
        return 0
    return status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else max(status.st_atime_ns, status.st_mtime_ns)


def open_unused(path: Path) -> FileIO:
    """Open a file for reading in a way that does not count as use, where the system has one."""
    return open(path, "rb", buffering=0, opener=_quietly)  # a Path takes no opener


def _quietly(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | _NO_TIME)
    except PermissionError:
        # Only a file's owner may ask for it.
        return os.open(path, flags)


def sync(path: Path) -> None:
    """Return when the file's content, or the folder's list of names, is on the disk."""
    # Windows opens no folders, and brings renames to the disk by itself.
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path, *, check: Callable[[], None] = lambda: None) -> str:
    """Return the hash of a file in hex; ``check`` is called after each megabyte and may raise."""
    hasher = hashlib.sha256()
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with open_unused(path) as file:
        while size := file.readinto(buffer):
            check()
            hasher.update(view[:size])
    return hasher.hexdigest()


def is_whole(path: Path, sha256: str, *, check: Callable[[], None] = lambda: None) -> bool:
    """Tell whether the file has that hash; it is read only if it was written since it was last checked.

    A file that is whole counts as used.
    """
    if is_sealed(path):
        used(path)
        return True
    try:
        actual = sha256_of(path, check=check)
    except (FileNotFoundError, IsADirectoryError):
        return False
    if actual != sha256:
        return False
    seal(path)
    return True
