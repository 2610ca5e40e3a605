"""A folder on disk as layer entries: the same entries whatever the umask and the file system's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from jupyter_containerize.domain.image import EntryKind, LayerEntry

_EXECUTABLE = 0o755
_PLAIN = 0o644


def folder_entries(folder: Path, *, at: str) -> Iterator[LayerEntry]:
    """Yield what ``folder`` holds as entries below the image path ``at``, unsorted and without parents."""
    for path in folder.rglob("*"):
        where = f"{at}/{path.relative_to(folder).as_posix()}"
        if path.is_symlink():
            yield LayerEntry(path=where, kind=EntryKind.SYMLINK, mode=0o777, link_target=str(path.readlink()))
        elif path.is_dir():
            yield directory(where)
        else:
            stat = path.stat()
            mode = _EXECUTABLE if stat.st_mode & 0o100 else _PLAIN
            yield LayerEntry(
                path=where,
                kind=EntryKind.FILE,
                mode=mode,
                size_bytes=stat.st_size,
                open=opener(path),
            )


def opener(path: Path) -> Callable[[], BinaryIO]:
    """Return what opens a file on disk when its layer is written."""

    def open_() -> BinaryIO:
        return path.open("rb")

    return open_


def directory(path: str) -> LayerEntry:
    """Return a folder that everybody may read."""
    return LayerEntry(path=path, kind=EntryKind.DIRECTORY, mode=_EXECUTABLE)


def file(path: str, content: bytes) -> LayerEntry:
    """Return a file with that content that everybody may read."""

    def open_() -> BinaryIO:
        return BytesIO(content)

    return LayerEntry(path=path, kind=EntryKind.FILE, mode=_PLAIN, size_bytes=len(content), open=open_)


def symlink(path: str, target: str) -> LayerEntry:
    """Return a symbolic link with that text."""
    return LayerEntry(path=path, kind=EntryKind.SYMLINK, mode=0o777, link_target=target)


def complete(entries: Iterable[LayerEntry]) -> list[LayerEntry]:
    """Return the entries sorted by path, with each missing parent folder added once."""
    found = {entry.path: entry for entry in entries}
    for path in list(found):
        # As text: a path object for each of ten thousand files and their parents takes a second.
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found[parent] = directory(parent)
            parent = parent.rpartition("/")[0]
    return [found[path] for path in sorted(found)]
