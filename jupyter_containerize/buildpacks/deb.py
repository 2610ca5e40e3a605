"""Debian's binary packages, read without dpkg.

Source: deb(5), an ar archive of a control tar and a data tar; the common ar format as in ar(5) of BSD.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from jupyter_containerize.buildpacks.errors import DebBroken
from jupyter_containerize.buildpacks.excerpt import Excerpt, Spool
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import EntryKind
from jupyter_containerize.transport import writing

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60
_CHUNK = 1 << 20
# zlib reads gzip's header when told so; see its manual, inflateInit2.
_GZIP_WINDOW = 31
# What a damaged package makes of the standard library.
_BROKEN = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError, KeyError)


class _Plain:
    """What is not compressed comes out as it goes in."""

    eof = True

    def decompress(self, data: bytes) -> bytes:
        return data


# zstd is missing: Debian does not use it, and Python reads it only from 3.14.
_DECOMPRESSORS: Mapping[str, Callable[[], _Plain | lzma.LZMADecompressor | zlib._Decompress]] = {
    "": _Plain,
    ".gz": lambda: zlib.decompressobj(_GZIP_WINDOW),
    ".xz": lzma.LZMADecompressor,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DebFile:
    """A file or a symbolic link of a package. ``path`` is relative to the root; ``mode`` has no type bits.

    Hard links come as files of their own: a layer may leave the other name out. ``open`` gives a file's content as
    long as the folder that the package was read into is there.
    """

    path: str
    kind: EntryKind
    mode: int
    size_bytes: int = 0
    link_target: str = ""
    open: Callable[[], BinaryIO] = io.BytesIO

    @property
    def content(self) -> bytes:
        """All of the file."""
        with self.open() as file:
            return file.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deb:
    """A package: its control paragraph, its md5sums by path, and its files in the order of the archive.

    ``scripts`` are the other files of its control archive by name (``postinst``, ``triggers``). Directories are not
    kept: all that a package of a base has are the parents of its files.
    """

    control: bytes
    md5sums: Mapping[str, str]
    files: tuple[DebFile, ...]
    scripts: Mapping[str, bytes] = field(default_factory=dict)


def read_deb(path: Path, package: str, *, folder: Path | None = None, cancel: CancelToken | None = None) -> Deb:
    """Read the .deb at ``path``; ``package`` is its name, for errors.

    ``folder`` takes its unpacked archive, and is what its files are read from; the system's place for temporary files
    unless given. Memory stays small whatever the package's size.

    Raises:
        DebBroken: not a .deb, damaged, or with a path outside of the root.
        DiskFull, NotWritable: from the disk.
        Cancelled: asked for while it was unpacked.
    """
    cancel = cancel or CancelToken()
    try:
        with path.open("rb") as file:
            members = dict(_ar_members(file))
            control = _control_of(file, members, folder, cancel)
            return Deb(
                control=control.pop("control"),
                md5sums=_md5sums(control.pop("md5sums", b"").decode()),
                files=tuple(_files(_tar_of(file, members, "data.tar", folder, cancel))),
                scripts=control,
            )
    except _BROKEN as error:
        raise DebBroken(package, str(error) or type(error).__name__) from error


def read_control(path: Path, package: str) -> Mapping[str, bytes]:
    """Return the control archive of the .deb at ``path`` by the names of its files: what costs little to know of it.

    Raises:
        DebBroken: not a .deb, or damaged.
        DiskFull, NotWritable: from the disk.
    """
    try:
        with path.open("rb") as file:
            return _control_of(file, dict(_ar_members(file)), None, CancelToken())
    except _BROKEN as error:
        raise DebBroken(package, str(error) or type(error).__name__) from error


def _control_of(
    file: BinaryIO, members: Mapping[str, tuple[int, int]], folder: Path | None, cancel: CancelToken
) -> dict[str, bytes]:
    return {entry.path: entry.content for entry in _files(_tar_of(file, members, "control.tar", folder, cancel))}


def _ar_members(file: BinaryIO) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the name of each member, and where it begins and how long it is."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("no ar archive")
    end = file.seek(0, io.SEEK_END)
    position = len(_MAGIC)
    while position < end:
        file.seek(position)
        header = file.read(_HEADER_BYTES)
        name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
        start = position + _HEADER_BYTES
        if size < 0 or start + size > end:
            raise EOFError(name)
        yield name, (start, size)
        # Members begin at even offsets.
        position = start + size + size % 2


def _tar_of(
    file: BinaryIO, members: Mapping[str, tuple[int, int]], name: str, folder: Path | None, cancel: CancelToken
) -> Spool:
    """Return a member without its compression."""
    for suffix, decompressor in _DECOMPRESSORS.items():
        if name + suffix in members:
            start, left = members[name + suffix]
            file.seek(start)
            reader = decompressor()
            with writing(folder or Path(tempfile.gettempdir())):
                made = Spool(folder)
                while left:
                    cancel.check()
                    chunk = file.read(min(left, _CHUNK))
                    left -= len(chunk)
                    made.write(reader.decompress(chunk))
            if not reader.eof:
                raise EOFError(f"{name} ends early")
            return made
    raise ValueError(f"no {name} that we can read among {', '.join(members)}")


def _files(tar: Spool) -> Iterator[DebFile]:
    with tar.whole() as whole, tarfile.open(fileobj=whole, mode="r:") as archive:
        for member in archive:
            if member.isdir():
                continue
            path = _relative(member.name)
            if member.issym():
                yield DebFile(path=path, kind=EntryKind.SYMLINK, mode=0o777, link_target=member.linkname)
                continue
            held = archive.getmember(member.linkname) if member.islnk() else member
            if not held.isreg() or held.issparse():
                raise ValueError(f"{path} is neither a file nor a link")
            excerpt = Excerpt(tar, held.offset_data, held.size)
            yield DebFile(
                path=path, kind=EntryKind.FILE, mode=member.mode & 0o7777, size_bytes=held.size, open=excerpt.open
            )


def _relative(name: str) -> str:
    path = posixpath.normpath(name)
    if path.startswith(("/", "..")):
        raise ValueError(f"{name} is outside of the root")
    return path


def _md5sums(text: str) -> dict[str, str]:
    """Return the digests by path. Source: deb-md5sums(5)."""
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    return {posixpath.normpath(path): digest for digest, path in lines}
