"""Layers unpacked into a folder, wherever they came from, without leaving it.

Source: OCI image-spec, "Applying Changesets".
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer
from jupyter_containerize.oci import ImageUnreadable, open_plain

# tarfile copies what is left of its buffer at every read: a large one makes small files slow.
_BUFFER = 1 << 14
_COPY = 1 << 20
_MOST_LINKS = 40


def unpack_layer(layer: Layer, blob: Path, into: Path, *, cancel: CancelToken) -> None:
    """Unpack one layer into the empty folder ``into``.

    Whiteouts stay as the files that they are in the tar; ``rootfs.assemble`` acts on them. Owners,
    device nodes and setuid bits are left out: whoever unpacks need not be root, and never becomes it.

    Raises:
        ImageUnreadable: the blob is damaged, or a path in it leads out of the folder.
    """
    subject = f"layer {layer.digest}"
    folder = _Folder(into, subject, cancel)
    try:
        with (
            blob.open("rb") as file,
            open_plain(file, layer.media_type, subject) as plain,
            tarfile.open(fileobj=plain, mode="r|", bufsize=_BUFFER) as tar,
        ):
            for member in tar:
                cancel.check()
                folder.add(tar, member)
    except (tarfile.TarError, EOFError) as error:
        raise ImageUnreadable(subject, "the archive is damaged") from error


class _Folder:
    """A folder that fills up with one layer.

    It tries first and asks only when something was in the way: layers are full of small files,
    and asking before each would cost more than writing it.
    """

    def __init__(self, root: Path, subject: str, cancel: CancelToken) -> None:
        self._root = root
        self._subject = subject
        self._cancel = cancel
        # Where the folders of the archive are, all links followed. Forgotten as soon as a link or
        # a removal could have changed it.
        self._real: dict[str, str] = {}

    def add(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Make one member; kinds that need privileges are passed over."""
        name = self._name(member.name)
        if not name:
            return
        target = self._target(name)
        if member.isdir():
            self._make_folder(target, member)
        elif member.isreg():
            self._instead(target, lambda: self._make_file(tar, target, member))
        elif member.issym():
            self._instead(target, lambda: Path(target).symlink_to(member.linkname))
            self._real.clear()
        elif member.islnk():
            self._make_link(target, member)

    def _instead(self, target: str, make: Callable[[], None]) -> None:
        """Make something, in place of what may be there."""
        try:
            make()
        except FileExistsError:
            remove(Path(target))
            self._real.clear()
            make()

    def _make_folder(self, target: str, member: tarfile.TarInfo) -> None:
        try:
            Path(target).mkdir()
        except FileExistsError:
            if Path(target).is_symlink() or not Path(target).is_dir():
                remove(Path(target))
                self._real.clear()
                Path(target).mkdir()
        Path(target).chmod(member.mode & 0o1777 | 0o700)

    def _make_file(self, tar: tarfile.TarFile, target: str, member: tarfile.TarInfo) -> None:
        content = tar.extractfile(member)
        if content is None:
            raise ImageUnreadable(self._subject, f"no content for {member.name}")
        with open(target, "xb", buffering=0) as file:  # noqa: PTH123  # a Path for each costs as much as the file
            while chunk := content.read(_COPY):
                # One file may be a gigabyte.
                self._cancel.check()
                left = memoryview(chunk)
                while left:
                    # A disk that gets full takes some of it, and refuses only the rest.
                    left = left[file.write(left) :]
            os.fchmod(file.fileno(), member.mode & 0o777 | 0o600)
            # Bytecode that Python wrote by itself is only valid for sources of this time.
            os.utime(file.fileno(), (member.mtime, member.mtime))

    def _make_link(self, target: str, member: tarfile.TarInfo) -> None:
        source = self._target(self._name(member.linkname))
        if Path(source).is_symlink() or not Path(source).is_file():
            raise ImageUnreadable(self._subject, f"{member.name} is a link to {member.linkname}, which is no file")
        if source != target:
            self._instead(target, lambda: os.link(source, target))

    def _name(self, name: str) -> str:
        """Return the path below the root, without '.' and empty parts."""
        parts = [part for part in name.split("/") if part not in {"", "."}]
        # A whiteout's rest is a name to delete, so it can lead out as well.
        if ".." in parts or (parts and parts[-1] in {".wh.", ".wh..", ".wh..."}):
            raise ImageUnreadable(self._subject, f"{name} leads out of the image")
        return "/".join(parts)

    def _target(self, name: str) -> str:
        parent, _, last = name.rpartition("/")
        real = self._real.get(parent)
        if real is None:
            folder = inside(self._root, PurePosixPath(parent))
            folder.mkdir(parents=True, exist_ok=True)
            real = self._real[parent] = str(folder)
        return f"{real}/{last}"


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
