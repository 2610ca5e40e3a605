"""Layers: entries in, a compressed tar and its two digests out.

A layer is its members, compressed, and then the tar's end marker, compressed on its own: two layers of the same
compression can be joined without compressing anything again, and the first part of a layer is a layer.

Source: OCI image-spec, "Image Layer Filesystem Changeset".
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Compression, EntryKind, Layer, LayerEntry
from jupyter_containerize.oci import tarstream
from jupyter_containerize.oci.errors import ImageUnreadable, LayerMisplanned
from jupyter_containerize.oci.pieces import Compressor, codec
from jupyter_containerize.oci.plain import open_plain

# The first second that a zip archive can store: a program in the container that zips files of the
# image does not fail on their times, as it would with the epoch.
LAYER_TIME: Final = 315532801

_VERSION: Final = 2


def layer_format(compression: Compression) -> str:
    """Return how layers of that compression are written: part of the cache key of each."""
    return f"{_VERSION} time={LAYER_TIME} {codec(compression).name}"


# What most images have; those of another compression say so in their label.
LAYER_FORMAT: Final = layer_format(Compression.GZIP)

_CHUNK = 1 << 18
_WHITEOUT = ".wh."

_TYPE = {
    EntryKind.FILE: tarstream.REGULAR,
    EntryKind.DIRECTORY: tarstream.DIRECTORY,
    EntryKind.HARDLINK: tarstream.HARDLINK,
    EntryKind.SYMLINK: tarstream.SYMLINK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A layer that others can be joined from.

    ``body_bytes`` of its blob are the members without the end marker. ``files`` says what is at each path: the sha256
    hex of a file's content, or the target of a link; folders are not in it. ``plain_bytes`` is the plain members' size.
    """

    layer: Layer
    body_bytes: int
    plain_bytes: int
    files: dict[str, str]


def write_layer(
    entries: Iterable[LayerEntry],
    blob: BinaryIO,
    compression: Compression = Compression.GZIP,
    *,
    check: Callable[[], None] = lambda: None,
) -> Layer:
    """Write a layer to ``blob`` in one pass and return what it is.

    The same entries give the same bytes. Everything belongs to root and was changed at
    ``LAYER_TIME``. Entries come sorted by path (as text), every folder before what is in it. ``check`` is called at
    least for every megabyte, and may raise.

    Raises:
        LayerMisplanned: the first entry that breaks a promise.
    """
    return write_part(entries, blob, compression, check=check).layer


def write_part(
    entries: Iterable[LayerEntry],
    blob: BinaryIO,
    compression: Compression = Compression.GZIP,
    *,
    check: Callable[[], None] = lambda: None,
) -> Part:
    """Write a layer as ``write_layer`` does, and return what is needed to join it with others.

    Raises:
        LayerMisplanned: the first entry that breaks a promise.
    """
    files: dict[str, str] = {}
    with Compressor(codec(compression), blob) as out:
        for chunk in _tar(entries, files):
            check()
            out.write(chunk)
        out.cut()
        body_bytes, plain_bytes = out.size_bytes, out.plain_bytes
        return Part(layer=_ended(out, compression), body_bytes=body_bytes, plain_bytes=plain_bytes, files=files)


def join_parts(
    parts: Iterable[tuple[Part, BinaryIO]],
    blob: BinaryIO,
    compression: Compression = Compression.GZIP,
    *,
    check: Callable[[], None] = lambda: None,
) -> Layer:
    """Write the layer that has the members of all parts, in their order, and return what it is.

    Nothing is compressed again. Folders may be in several parts; of the same file, whoever plans takes care.

    Raises:
        ImageUnreadable: a part's blob is not what it was.
    """
    with Compressor(codec(compression), blob) as out:
        for part, file in parts:
            body = _Body(part, file, out)
            with open_plain(body, part.layer.media_type, f"layer {part.layer.digest}") as plain:
                while chunk := plain.read(_CHUNK):
                    check()
                    out.count(chunk)
            body.check()
        return _ended(out, compression)


def _ended(out: Compressor, compression: Compression) -> Layer:
    out.write(tarstream.END)
    out.cut()
    return Layer(
        digest=out.digest, diff_id=out.diff_id, size_bytes=out.size_bytes, media_type=codec(compression).media_type
    )


class _Body:
    """A part's members: what is read of them is passed on, and hashed."""

    def __init__(self, part: Part, file: BinaryIO, out: Compressor) -> None:
        self._part = part
        self._file = file
        self._out = out
        self._left = part.body_bytes
        self._hash = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """Return what comes next, until the members end."""
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


def _tar(entries: Iterable[LayerEntry], files: dict[str, str]) -> Iterator[bytes]:
    """Yield the members, without the end marker, and note in ``files`` what they are."""
    for entry in _checked(entries):
        folder = entry.kind is EntryKind.DIRECTORY
        file = entry.kind is EntryKind.FILE
        yield tarstream.header(
            f"{entry.path}/" if folder else entry.path,
            _TYPE[entry.kind],
            mode=_mode(entry),
            mtime=LAYER_TIME,
            size_bytes=entry.size_bytes if file else 0,
            link=entry.link_target,
        )
        if file:
            content = hashlib.sha256()
            for chunk in _content(entry):
                content.update(chunk)
                yield chunk
            files[entry.path] = content.hexdigest()
            yield tarstream.padding(entry.size_bytes)
        elif not folder:
            files[entry.path] = f"{entry.kind} {entry.link_target}"


def _mode(entry: LayerEntry) -> int:
    """Neither setuid nor setgid, and nothing for all to write except folders like /tmp, with their sticky bit."""
    if entry.kind is EntryKind.SYMLINK:
        return 0o777
    if entry.kind is EntryKind.DIRECTORY and entry.mode & stat.S_ISVTX:
        return entry.mode & 0o1777
    return entry.mode & 0o755


def _content(entry: LayerEntry) -> Iterator[bytes]:
    if entry.open is None:
        raise LayerMisplanned(entry.path, "a file has content")
    left = entry.size_bytes
    with entry.open() as file:
        while chunk := file.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
    if left:
        raise LayerMisplanned(entry.path, f"the content has size_bytes, {entry.size_bytes}")


def _checked(entries: Iterable[LayerEntry]) -> Iterator[LayerEntry]:
    """Pass the entries on, or stop at the first that breaks a promise."""
    folders, files, before = {""}, set[str](), ""
    for entry in entries:
        rule = _broken_rule(entry, before, folders, files)
        if rule:
            raise LayerMisplanned(entry.path, rule)
        if entry.kind is EntryKind.DIRECTORY:
            folders.add(entry.path)
        elif entry.kind is EntryKind.FILE:
            files.add(entry.path)
        before = entry.path
        yield entry


def _broken_rule(entry: LayerEntry, before: str, folders: set[str], files: set[str]) -> str:
    """Return the first promise that the entry breaks, or nothing."""
    parts = entry.path.split("/")
    link, kind = entry.link_target, entry.kind
    rules = (
        (any(part in {"", ".", ".."} for part in parts), "a path is relative and has no empty, '.' or '..' part"),
        ("\0" in entry.path + link, "a path has no NUL"),
        (parts[-1].startswith(_WHITEOUT), "a layer of ours deletes nothing"),
        (entry.path == before, "a path comes once"),
        (entry.path < before, f"paths are sorted, and this follows {before!r}"),
        ("/".join(parts[:-1]) not in folders, "a folder comes before what is in it"),
        (kind is EntryKind.HARDLINK and link not in files, f"a hard link names an earlier file, and {link!r} is none"),
        (kind is EntryKind.SYMLINK and not link, "a symlink has a target"),
    )
    return next((rule for broken, rule in rules if broken), "")
