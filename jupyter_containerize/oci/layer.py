"""Layers: entries in, a compressed tar and its two digests out.

Source: OCI image-spec, "Image Layer Filesystem Changeset".
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Compression, EntryKind, Layer, LayerEntry
from jupyter_containerize.oci import media, tarstream
from jupyter_containerize.oci.errors import LayerMisplanned
from jupyter_containerize.oci.gzipped import LEVEL, PIECE_BYTES, write_gzip

# The first second that a zip archive can store: a program in the container that zips files of the
# image does not fail on their times, as it would with the epoch.
LAYER_TIME: Final = 315532801

# Part of every layer's cache key. Two machines whose zlib differs may write different compressed
# bytes for the same tar; the diff_id is the same everywhere.
LAYER_FORMAT: Final = f"1 time={LAYER_TIME} gzip={LEVEL}/{PIECE_BYTES} zlib={zlib.ZLIB_RUNTIME_VERSION}"


def layer_format(compression: Compression) -> str:
    """Return how layers of that compression are written: part of the cache key of each."""
    return LAYER_FORMAT if compression is Compression.GZIP else f"{LAYER_FORMAT} {compression}"


_CHUNK = 1 << 18
_WHITEOUT = ".wh."

_TYPE = {
    EntryKind.FILE: tarstream.REGULAR,
    EntryKind.DIRECTORY: tarstream.DIRECTORY,
    EntryKind.HARDLINK: tarstream.HARDLINK,
    EntryKind.SYMLINK: tarstream.SYMLINK,
}


def write_layer(entries: Iterable[LayerEntry], blob: BinaryIO) -> Layer:
    """Write a layer to ``blob`` in one pass and return what it is.

    The same entries give the same bytes. Everything belongs to root and was changed at
    ``LAYER_TIME``. Entries come sorted by path (as text), every folder before what is in it.

    Raises:
        LayerMisplanned: the first entry that breaks a promise.
    """
    written = write_gzip(_tar(entries), blob)
    return Layer(
        digest=written.compressed,
        diff_id=written.plain,
        size_bytes=written.size_bytes,
        media_type=media.LAYER_GZIP,
    )


def _tar(entries: Iterable[LayerEntry]) -> Iterator[bytes]:
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
            yield from _content(entry)
            yield tarstream.padding(entry.size_bytes)
    yield tarstream.END


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
