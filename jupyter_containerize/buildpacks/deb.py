"""Debian's binary packages, read without dpkg.

Source: deb(5), an ar archive of a control tar and a data tar; the common ar format as in ar(5) of BSD.
"""

from __future__ import annotations

import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_containerize.buildpacks.errors import DebBroken
from jupyter_containerize.domain.image import EntryKind

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60
# zstd is missing: Debian does not use it, and Python reads it only from 3.14.
_MODES: Mapping[str, Literal["r:", "r:gz", "r:xz"]] = {"": "r:", ".gz": "r:gz", ".xz": "r:xz"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DebFile:
    """A file or a symbolic link of a package. ``path`` is relative to the root; ``mode`` has no type bits.

    Hard links come as files of their own: a layer may leave the other name out.
    """

    path: str
    kind: EntryKind
    mode: int
    content: bytes = b""
    link_target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deb:
    """A package: its control paragraph, its md5sums by path, and its files in the order of the archive.

    Directories are not kept: all that a package of a base has are the parents of its files.
    """

    control: bytes
    md5sums: Mapping[str, str]
    files: tuple[DebFile, ...]


def read_deb(path: Path, package: str) -> Deb:
    """Read the .deb at ``path``; ``package`` is its name, for errors.

    Raises:
        DebBroken: not a .deb, damaged, or with a path outside of the root.
    """
    try:
        members = dict(_ar_members(path.read_bytes()))
        control = {file.path: file.content for file in _tar_files(_tar_of(members, "control.tar"))}
        return Deb(
            control=control["control"],
            md5sums=_md5sums(control.get("md5sums", b"").decode()),
            files=tuple(_tar_files(_tar_of(members, "data.tar"))),
        )
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError, KeyError) as error:
        raise DebBroken(package, str(error) or type(error).__name__) from error


def _ar_members(content: bytes) -> Iterator[tuple[str, bytes]]:
    if not content.startswith(_MAGIC):
        raise ValueError("no ar archive")
    position = len(_MAGIC)
    while position < len(content):
        header = content[position : position + _HEADER_BYTES]
        name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
        start = position + _HEADER_BYTES
        if start + size > len(content):
            raise EOFError(name)
        yield name, content[start : start + size]
        # Members begin at even offsets.
        position = start + size + size % 2


def _tar_of(members: Mapping[str, bytes], name: str) -> tarfile.TarFile:
    for suffix, mode in _MODES.items():
        content = members.get(name + suffix)
        if content is not None:
            return tarfile.open(fileobj=io.BytesIO(content), mode=mode)
    raise ValueError(f"no {name} that we can read among {', '.join(members)}")


def _tar_files(archive: tarfile.TarFile) -> Iterator[DebFile]:
    with archive:
        for member in archive:
            if member.isdir():
                continue
            path = _relative(member.name)
            if member.issym():
                yield DebFile(path=path, kind=EntryKind.SYMLINK, mode=0o777, link_target=member.linkname)
                continue
            file = archive.extractfile(member)
            if file is None:
                raise ValueError(f"{path} is neither a file nor a link")
            yield DebFile(path=path, kind=EntryKind.FILE, mode=member.mode & 0o7777, content=file.read())


def _relative(name: str) -> str:
    path = posixpath.normpath(name)
    if path.startswith(("/", "..")):
        raise ValueError(f"{name} is outside of the root")
    return path


def _md5sums(text: str) -> dict[str, str]:
    """Return the digests by path. Source: deb-md5sums(5)."""
    lines = (line.split(maxsplit=1) for line in text.splitlines())
    return {posixpath.normpath(path): digest for digest, path in lines}
