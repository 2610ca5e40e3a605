"""Parts: layers that others are joined from, without compressing anything again.

A part is a layer in three rows of pieces: its folders, its files, and the end marker. A layer of one part is that
part. A layer of several has the folders of all, each once, and then their files as they are: Docker refuses a layer
that has a path twice, even a folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Compression, EntryKind, Layer, LayerEntry
from jupyter_containerize.oci.errors import ImageUnreadable
from jupyter_containerize.oci.layer import checked, ended, write_members
from jupyter_containerize.oci.pieces import Compressor, codec
from jupyter_containerize.oci.plain import open_plain

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is needed to join a part with others.

    ``head_bytes`` of its blob are the folders, ``body_bytes`` after them the files, without the end marker.
    ``plain_bytes`` is the size of both in the tar. ``folders`` are modes by path; ``files`` says what is at each other
    path: the sha256 hex of a file's content, or the target of a link.
    """

    layer: Layer
    head_bytes: int
    body_bytes: int
    plain_bytes: int
    folders: Mapping[str, int]
    files: Mapping[str, str]


def write_part(
    entries: Iterable[LayerEntry],
    blob: BinaryIO,
    compression: Compression = Compression.GZIP,
    *,
    check: Callable[[], None] = lambda: None,
) -> Part:
    """Write a part; the entries are as for ``write_layer``.

    Raises:
        LayerMisplanned: the first entry that breaks a promise; while files are read, too.
    """
    listed = list(checked(entries))
    folders = {entry.path: entry.mode for entry in listed if entry.kind is EntryKind.DIRECTORY}
    files: dict[str, str] = {}
    with Compressor(codec(compression), blob) as out:
        _write_folders(folders, out)
        head_bytes = out.size_bytes
        write_members((entry for entry in listed if entry.kind is not EntryKind.DIRECTORY), out, files, check)
        out.cut()
        written, plain_bytes = out.size_bytes, out.plain_bytes
        return Part(
            layer=ended(out, compression),
            head_bytes=head_bytes,
            body_bytes=written - head_bytes,
            plain_bytes=plain_bytes,
            folders=folders,
            files=files,
        )


def overlapping(parts: Sequence[Part]) -> bool:
    """Tell whether two of the parts have a file at the same path, so that they cannot be joined."""
    return len({path for part in parts for path in part.files}) < sum(len(part.files) for part in parts)


def join_parts(
    parts: Sequence[tuple[Part, BinaryIO]],
    blob: BinaryIO,
    compression: Compression = Compression.GZIP,
    *,
    check: Callable[[], None] = lambda: None,
) -> Layer:
    """Write the layer of these parts, and return what it is. No two have a file at the same path.

    Raises:
        ImageUnreadable: a part's blob is not what it was.
    """
    folders: dict[str, int] = {}
    for part, _ in parts:
        folders |= part.folders
    with Compressor(codec(compression), blob) as out:
        _write_folders(folders, out)
        for part, file in parts:
            body = _Body(part, file, out)
            with open_plain(body, part.layer.media_type, f"layer {part.layer.digest}") as plain:
                while chunk := plain.read(_CHUNK):
                    check()
                    out.count(chunk)
            body.check()
        return ended(out, compression)


def _write_folders(folders: Mapping[str, int], out: Compressor) -> None:
    entries = (LayerEntry(path=path, kind=EntryKind.DIRECTORY, mode=folders[path]) for path in sorted(folders))
    write_members(entries, out, {}, lambda: None)
    out.cut()


class _Body:
    """A part's files: what is read of them is passed on, and hashed."""

    def __init__(self, part: Part, file: BinaryIO, out: Compressor) -> None:
        self._part = part
        self._file = file
        self._out = out
        self._left = part.body_bytes
        self._hash = hashlib.sha256(file.read(part.head_bytes))

    def read(self, size: int, /) -> bytes:
        """Return what comes next, until the files end."""
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        self._hash.update(data)
        self._out.pass_on(data)
        return data

    def check(self) -> None:
        """Read the end marker as well, and compare."""
        self._hash.update(self._file.read(_CHUNK))
        if self._left or f"sha256:{self._hash.hexdigest()}" != self._part.layer.digest:
            raise ImageUnreadable(f"layer {self._part.layer.digest}", "it is not what was written")
