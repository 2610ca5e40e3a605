"""Layer entries as files on this machine, so that what is in them can run."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from jupyter_containerize.domain.image import EntryKind, LayerEntry
from jupyter_containerize.transport import writing


def lay_out(entries: Iterable[LayerEntry], root: Path) -> None:
    """Write the entries below ``root``; folders may be there already. Modes are those of the entries.

    Raises:
        DiskFull, NotWritable: from the disk.
    """
    with writing(root):
        for entry in entries:
            path = root / entry.path
            if entry.kind is EntryKind.DIRECTORY:
                # The layer's mode could keep us out; these files are for us alone.
                path.mkdir(mode=0o755, parents=True, exist_ok=True)
            elif entry.kind is EntryKind.SYMLINK:
                path.symlink_to(entry.link_target)
            elif entry.kind is EntryKind.HARDLINK:
                path.hardlink_to(root / entry.link_target)
            elif entry.open is not None:
                with entry.open() as source, path.open("xb") as target:
                    shutil.copyfileobj(source, target)
                path.chmod(entry.mode)
