"""Opening a store: made if need be, understood in its form, and readable where nothing may be written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from filelock import FileLock

from jupyter_containerize.oci import Layout
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.errors import StoreOfOtherFormat
from jupyter_containerize.transport import NotWritable, writing

STORE_FORMAT: Final = 1
"""Raised when an older program would misread, or damage, what a newer one has written."""

FORMAT_FILE: Final = "store-format"


def open_store(layout: Layout, folders: Iterable[Path]) -> None:
    """Make what is missing of the store; one that is complete is not written to.

    A store that is there and cannot be written can still be read: what would write to it fails then.

    Raises:
        NotWritable, DiskFull: there is no store, and none can be made.
        StoreOfOtherFormat: a newer version of this program has made it, or it is none.
    """
    root, wanted = layout.root, tuple(folders)
    found = _format(root)
    if found not in {None, str(STORE_FORMAT)}:
        raise StoreOfOtherFormat(root, str(found), STORE_FORMAT)
    if found is not None and all(folder.is_dir() for folder in wanted):
        return
    try:
        _make(layout, wanted)
    except NotWritable:
        if not (root / "index.json").is_file():
            raise


def _make(layout: Layout, folders: Iterable[Path]) -> None:
    with writing(layout.root):
        for folder in (layout.root, *folders):
            folder.mkdir(parents=True, exist_ok=True)
        with index_lock(layout.root):
            if _format(layout.root) is None:
                layout.create()
                # Last: a store that has it is complete, and an index that is missing later was lost.
                with appearing(layout.root / FORMAT_FILE) as file:
                    file.write(f"{STORE_FORMAT}\n".encode())


def index_lock(root: Path) -> FileLock:
    """Return the lock that whoever changes the index holds."""
    return FileLock(root / "index.lock")


def _format(root: Path) -> str | None:
    """Return what the store says of its form; ``None`` when it says nothing, as the first ones did."""
    try:
        return (root / FORMAT_FILE).read_text(encoding="utf-8", errors="replace").strip()[:40]
    except (FileNotFoundError, NotADirectoryError):
        return None
