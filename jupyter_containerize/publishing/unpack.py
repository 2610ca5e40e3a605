"""Layers unpacked into a folder, wherever they came from, without leaving it.

Source: OCI image-spec, "Applying Changesets".
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Literal

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer
from jupyter_containerize.oci import ImageUnreadable, media

_MODES: dict[str, Literal["r|gz", "r|"]] = {media.LAYER_GZIP: "r|gz", media.LAYER_TAR: "r|"}
_BUFFER = 1 << 20
_MOST_LINKS = 40


def unpack_layer(layer: Layer, blob: Path, into: Path, *, cancel: CancelToken) -> None:
    """Unpack one layer into the empty folder ``into``.

    Whiteouts stay as the files that they are in the tar; ``rootfs.assemble`` acts on them. Owners,
    device nodes and setuid bits are left out: whoever unpacks need not be root, and never becomes it.

    Raises:
        ImageUnreadable: the blob is damaged, or a path in it leads out of the folder.
    """
    subject = f"layer {layer.digest}"
    mode = _MODES.get(media.layer_type(layer.media_type))
    if mode is None:
        raise ImageUnreadable(subject, f"its compression is not supported: {layer.media_type}")
    folder = _Folder(into, subject)
    try:
        with tarfile.open(blob, mode, bufsize=_BUFFER) as tar:
            for member in tar:
                cancel.check()
                folder.add(tar, member)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ImageUnreadable(subject, "the archive is damaged") from error


class _Folder:
    """A folder that fills up with one layer."""

    def __init__(self, root: Path, subject: str) -> None:
        self._root = root
        self._subject = subject
        # Resolving every parent anew costs more than writing small files does. What is known is
        # forgotten as soon as a link or a removal could have changed it.
        self._known: dict[PurePosixPath, Path] = {}

    def add(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Make one member; kinds that need privileges are passed over."""
        path = self._relative(member.name)
        if not path.parts:
            return
        target = self._parent_of(path) / path.name
        if member.isdir():
            self._make_folder(target, member)
        elif member.isreg():
            self._make_file(tar, target, member)
        elif member.issym():
            self._clear(target)
            target.symlink_to(member.linkname)
            self._known.clear()
        elif member.islnk():
            self._make_link(target, member)

    def _make_folder(self, target: Path, member: tarfile.TarInfo) -> None:
        if target.is_symlink() or not target.is_dir():
            self._clear(target)
            target.mkdir()
        target.chmod(member.mode & 0o1777 | 0o700)

    def _make_file(self, tar: tarfile.TarFile, target: Path, member: tarfile.TarInfo) -> None:
        self._clear(target)
        content = tar.extractfile(member)
        if content is None:
            raise ImageUnreadable(self._subject, f"no content for {member.name}")
        with target.open("xb") as file:
            shutil.copyfileobj(content, file, _BUFFER)
        target.chmod(member.mode & 0o777 | 0o600)
        # Bytecode that Python wrote by itself is only valid for sources of this time.
        os.utime(target, (member.mtime, member.mtime))

    def _make_link(self, target: Path, member: tarfile.TarInfo) -> None:
        path = self._relative(member.linkname)
        source = self._parent_of(path) / path.name
        if source.is_symlink() or not source.is_file():
            raise ImageUnreadable(self._subject, f"{member.name} is a link to {member.linkname}, which is no file")
        if source != target:
            self._clear(target)
            os.link(source, target)

    def _relative(self, name: str) -> PurePosixPath:
        path = PurePosixPath("/", name).relative_to("/")
        # A whiteout's rest is a name to delete, so it can lead out as well.
        if ".." in path.parts or path.name in {".wh.", ".wh..", ".wh..."}:
            raise ImageUnreadable(self._subject, f"{name} leads out of the image")
        return path

    def _parent_of(self, path: PurePosixPath) -> Path:
        parent = self._known.get(path.parent)
        if parent is None:
            parent = inside(self._root, path.parent)
            parent.mkdir(parents=True, exist_ok=True)
            self._known[path.parent] = parent
        return parent

    def _clear(self, target: Path) -> None:
        if remove(target):
            self._known.clear()


def remove(path: Path) -> bool:
    """Remove whatever is at ``path``, not what a link there points to; tell whether there was anything."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        return False
    return True


def inside(root: Path, path: PurePosixPath) -> Path:
    """Return where ``path`` is when ``root`` is the root directory: symlinks are followed, and stay inside.

    The end of the path need not exist. The result has no symlink below ``root``.

    Raises:
        ImageUnreadable: the links go round in a circle.
    """
    real = root
    waiting = [part for part in reversed(path.parts) if part != "/"]
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            real = real if real == root else real.parent
        elif (step := real / part).is_symlink():
            links += 1
            if links > _MOST_LINKS:
                raise ImageUnreadable("layer", f"the links of {path} go round in a circle")
            target = PurePosixPath(step.readlink())
            real = root if target.is_absolute() else real
            waiting += [item for item in reversed(target.parts) if item != "/"]
        else:
            real = step
    return real
