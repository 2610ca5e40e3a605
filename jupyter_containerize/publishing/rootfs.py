"""A root file system put together from unpacked layers, with hard links instead of copies.

Hard links need neither rights nor a kernel feature, as overlayfs would, and take less than a
second for an image of ours. They share their content with the store, so the result must be used
read-only. Source: OCI image-spec, "Applying Changesets" and "Whiteouts".
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.publishing.unpack import inside, remove

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"

# Where a container expects the kernel's own file systems and its temporary files.
_MOUNT_POINTS = ("dev", "proc", "sys", "tmp")


def assemble(layers: Sequence[Path], into: Path, *, cancel: CancelToken | None = None) -> tuple[int, ...]:
    """Stack unpacked layers, bottom to top, in the empty folder ``into`` of the same file system.

    Returns how many files, links and folders each layer had.

    Raises:
        FileNotFoundError: somebody removed files of a layer meanwhile.
        Cancelled
    """
    token = cancel or CancelToken()
    counts = tuple(_merge(layer, into, into, token) for layer in layers)
    for name in _MOUNT_POINTS:
        if not (into / name).is_symlink():
            (into / name).mkdir(exist_ok=True)
    return counts


def count_entries(layer: Path) -> int:
    """Return how many files, links and folders are below a folder, as ``assemble`` counts them."""
    return sum(len(folders) + len(files) for _, folders, files in os.walk(layer))


def _merge(layer: Path, target: Path, root: Path, cancel: CancelToken) -> int:
    """Put what is in the folder ``layer`` into the folder ``target`` below ``root``; return how much it was."""
    with os.scandir(layer) as entries:
        # > Implementations SHOULD generate layers such that the whiteout files appear before
        # > sibling directory entries: whoever applies them cannot count on it.
        ordered = sorted(entries, key=lambda entry: (not entry.name.startswith(_WHITEOUT), entry.name))
    count = len(ordered)
    for entry in ordered:
        cancel.check()
        if entry.name == _OPAQUE:
            for path in target.iterdir():
                remove(path)
        elif entry.name.startswith(_WHITEOUT):
            remove(target / entry.name.removeprefix(_WHITEOUT))
        elif entry.is_dir(follow_symlinks=False):
            folder = _folder(target / entry.name, root)
            folder.chmod(entry.stat(follow_symlinks=False).st_mode & 0o1777)
            count += _merge(Path(entry.path), folder, root, cancel)
        else:
            remove(target / entry.name)
            _link(Path(entry.path), target / entry.name)
    return count


def _folder(path: Path, root: Path) -> Path:
    """Return the folder at ``path``, made if need be.

    A link to a folder stays: layers made on a system with a merged /usr write below ``lib`` and
    mean ``usr/lib``.
    """
    real = inside(root, PurePosixPath(path.relative_to(root)))
    if not real.is_dir():
        remove(path)
        real = path
        real.mkdir()
    return real


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        # A file system without links, or with too many of one file.
        if error.errno not in {errno.EMLINK, errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP}:
            raise
        shutil.copy2(source, target, follow_symlinks=False)
