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
    counts = tuple(_merge(str(layer), str(into), str(into), token) for layer in layers)
    for name in _MOUNT_POINTS:
        if not (into / name).is_symlink():
            (into / name).mkdir(exist_ok=True)
    return counts


def count_entries(layer: Path) -> int:
    """Return how many files, links and folders are below a folder, as ``assemble`` counts them."""
    return sum(len(folders) + len(files) for _, folders, files in os.walk(layer))


def _merge(layer: str, target: str, root: str, cancel: CancelToken) -> int:
    """Put what is in the folder ``layer`` into the folder ``target`` below ``root``; return how much it was.

    Paths are texts, and nothing is looked for before it was in the way: an image has thousands of files.
    """
    with os.scandir(layer) as entries:
        # > Implementations SHOULD generate layers such that the whiteout files appear before
        # > sibling directory entries: whoever applies them cannot count on it.
        ordered = sorted(entries, key=lambda entry: (not entry.name.startswith(_WHITEOUT), entry.name))
    count = len(ordered)
    for entry in ordered:
        cancel.check()
        place = f"{target}/{entry.name}"
        if entry.name == _OPAQUE:
            for path in Path(target).iterdir():
                remove(path)
        elif entry.name.startswith(_WHITEOUT):
            remove(Path(target, entry.name.removeprefix(_WHITEOUT)))
        elif entry.is_dir(follow_symlinks=False):
            folder = _folder(place, root)
            os.chmod(folder, entry.stat(follow_symlinks=False).st_mode & 0o1777)  # noqa: PTH101  # see above
            count += _merge(entry.path, folder, root, cancel)
        else:
            try:
                _link(entry.path, place)
            except FileExistsError:
                remove(Path(place))
                _link(entry.path, place)
    return count


def _folder(path: str, root: str) -> str:
    """Return the folder at ``path``, made if need be.

    A link to a folder stays: layers made on a system with a merged /usr write below ``lib`` and
    mean ``usr/lib``.
    """
    try:
        os.mkdir(path)  # noqa: PTH102  # as above
    except FileExistsError:
        wanted = Path(path)
        real = inside(Path(root), PurePosixPath(wanted.relative_to(root)))
        if not real.is_dir():
            remove(wanted)
            wanted.mkdir()
            return path
        return str(real)
    return path


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        # A file system without links, or with too many of one file.
        if error.errno not in {errno.EMLINK, errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP}:
            raise
        # What is there may be a link to a file of the store, and is not written to.
        remove(Path(target))
        shutil.copy2(source, target, follow_symlinks=False)
