"""Layers: entries in, a compressed tar and its two digests out.

Source: OCI image-spec, "Image Layer Filesystem Changeset".
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final

from jupyter_containerize.domain.image import Compression, Digest, EntryKind, Layer, LayerEntry
from jupyter_containerize.oci import tarstream
from jupyter_containerize.oci.errors import LayerMisplanned
from jupyter_containerize.oci.pieces import Compressor, codec

# The first second that a zip archive can store: a program in the container that zips files of the
# image does not fail on their times, as it would with the epoch.
LAYER_TIME: Final = 315532801

_VERSION: Final = 4


def layer_format(compression: Compression) -> str:
    """Return how layers of that compression are written: part of the cache key of each."""
    return f"{_VERSION} time={LAYER_TIME} {codec(compression).name}"


EMPTY_DIFF_ID: Final = Digest(f"sha256:{hashlib.sha256(tarstream.END).hexdigest()}")
"""Of a layer without any entry."""
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
    with Compressor(codec(compression), blob) as out:
        write_members(checked(entries), out, {}, check)
        out.cut()
        return ended(out, compression)


def ended(out: Compressor, compression: Compression) -> Layer:
    """Write the end marker, compressed by itself, and return what was written."""
    out.write(tarstream.END)
    out.cut()
    return Layer(
        digest=out.digest, diff_id=out.diff_id, size_bytes=out.size_bytes, media_type=codec(compression).media_type
    )


def write_members(
    entries: Iterable[LayerEntry], out: Compressor, contents: dict[str, str], check: Callable[[], None]
) -> None:
    """Write the tar of the entries, without the end marker.

    What is at each path is noted in ``contents``: the sha256 hex of a file, the target of a link; of a folder nothing.
    """
    for entry in entries:
        check()
        folder = entry.kind is EntryKind.DIRECTORY
        file = entry.kind is EntryKind.FILE
        header = tarstream.header(
            f"{entry.path}/" if folder else entry.path,
            _TYPE[entry.kind],
            mode=_mode(entry),
            mtime=LAYER_TIME,
            size_bytes=entry.size_bytes if file else 0,
            link=entry.link_target,
        )
        out.write(header)
        if file:
            contents[entry.path] = _write_content(entry, out, check)
            out.write(tarstream.padding(entry.size_bytes))
        elif not folder:
            contents[entry.path] = f"{entry.kind} {entry.link_target}"


def _write_content(entry: LayerEntry, out: Compressor, check: Callable[[], None]) -> str:
    """Write a file's content and return its sha256 hex."""
    content, left = hashlib.sha256(), entry.size_bytes
    for chunk in _taken_over(entry, out) if out.takes_over(entry) else _written(entry, out):
        check()
        content.update(chunk)
        left -= len(chunk)
        if left < 0:
            break
    if left:
        raise LayerMisplanned(entry.path, f"the content has size_bytes, {entry.size_bytes}")
    return content.hexdigest()


def _taken_over(entry: LayerEntry, out: Compressor) -> Iterator[bytes | memoryview]:
    if entry.gzipped is not None:
        for compressed, plain in entry.gzipped():
            out.pass_on(compressed)
            out.count(plain)
            yield plain


def _written(entry: LayerEntry, out: Compressor) -> Iterator[bytes]:
    if entry.open is None:
        raise LayerMisplanned(entry.path, "a file has content")
    with entry.open() as file:
        while chunk := file.read(_CHUNK):
            out.write(chunk)
            yield chunk


def _mode(entry: LayerEntry) -> int:
    """Neither setuid nor setgid, and nothing for all to write except folders like /tmp, with their sticky bit."""
    if entry.kind is EntryKind.SYMLINK:
        return 0o777
    if entry.kind is EntryKind.DIRECTORY and entry.mode & stat.S_ISVTX:
        return entry.mode & 0o1777
    return entry.mode & 0o755


def checked(entries: Iterable[LayerEntry]) -> Iterator[LayerEntry]:
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
