"""The files of a wheel's archive: their content, and the same as members of a gzip file.

A wheel has each file as a deflate stream, and so has a gzip file: what is compressed already need not be again.

Source: PKWARE .ZIP File Format Specification, 4.3.7 (local file header); RFC 1952, 2.3 (gzip's members).
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

import deflate
from installer.exceptions import InstallerError

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.domain.image import Gzipped

BROKEN: Final = (InstallerError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, NotImplementedError)
"""What a broken archive or a wrong RECORD make of the standard library and of installer."""

# What is unpacked in one go, three times as fast as in steps, and the size of these steps.
_AT_ONCE: Final = 32 << 20
_STEP: Final = 1 << 20
_ENCRYPTED: Final = 1
_SIGNATURE: Final = b"PK\3\4"
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
# A gzip member: deflate, no name, no time, no system; and at its end the checksum and the size.
_MEMBER_HEADER: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_MEMBER_TRAILER: Final = struct.Struct("<II")
_GZIP: Final = 16 + zlib.MAX_WBITS


def open_wheel(path: Path) -> zipfile.ZipFile:
    """Return the archive, which is open as long as somebody may read a file of it."""
    return zipfile.ZipFile(_HeldFile(path))


def opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo, filename: str) -> Callable[[], BinaryIO]:
    """Return what opens a file of the archive of that wheel.

    Raises, when it is opened or read:
        WheelBroken: it is damaged.
    """

    def open_() -> BinaryIO:
        return cast("BinaryIO", _Member(archive, info, filename))

    return open_


def gzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, filename: str) -> Gzipped | None:
    """Return what gives a file as ``LayerEntry.gzipped`` does, if the archive keeps it as a deflate stream.

    Raises, while it is read:
        WheelBroken: it is damaged.
    """
    if info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & _ENCRYPTED:
        return None

    def member() -> Iterator[tuple[bytes, bytes | memoryview]]:
        with _told(filename):
            yield from (_at_once if info.file_size <= _AT_ONCE else _in_steps)(archive, info)

    return member


def _at_once(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes | memoryview]]:
    member = b"".join(_member(archive, info))
    # It compares the checksum, which it looks for where the stream ends.
    plain = memoryview(deflate.gzip_decompress(member))
    yield member, plain[:_STEP]
    for begin in range(_STEP, len(plain), _STEP):
        yield b"", plain[begin : begin + _STEP]


def _in_steps(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes | memoryview]]:
    reader = zlib.decompressobj(_GZIP)
    for compressed in _member(archive, info):
        yield compressed, reader.decompress(compressed, _STEP)
        while reader.unconsumed_tail:
            yield b"", reader.decompress(reader.unconsumed_tail, _STEP)
    yield b"", reader.flush()
    if not reader.eof or reader.unused_data:
        raise EOFError("its compressed content does not end where it should")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the gzip member that has the file's deflate stream."""
    file = cast("_HeldFile", archive.fp).fileno()
    header = _read(file, _LOCAL_HEADER.size, info.header_offset)
    signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    if signature != _SIGNATURE:
        raise zipfile.BadZipFile("Bad magic number for file header")
    yield _MEMBER_HEADER
    at, left = info.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes, info.compress_size
    while left:
        chunk = _read(file, min(_STEP, left), at)
        yield chunk
        at, left = at + len(chunk), left - len(chunk)
    yield _MEMBER_TRAILER.pack(info.CRC, info.file_size % (1 << 32))


def _read(file: int, size: int, at: int) -> bytes:
    data = os.pread(file, size, at)
    if len(data) < size:
        raise EOFError("it ends in the middle")
    return data


class _HeldFile(io.FileIO):
    """A file that is closed with the last who may read of it, without ado."""

    def __del__(self) -> None:
        self.close()


class _Member:
    """A file in the archive, whose damage is told as that of the wheel."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, filename: str) -> None:
        self._filename = filename
        with _told(filename):
            self._file = archive.open(info)

    def __enter__(self) -> Self:
        """Let it be read."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, not the archive."""
        self._file.close()

    def read(self, size: int = -1) -> bytes:
        """Return what comes next."""
        with _told(self._filename):
            return self._file.read(size)


@contextmanager
def _told(filename: str) -> Iterator[None]:
    try:
        yield
    # RuntimeError: it is encrypted.
    except (*BROKEN, deflate.DeflateError, RuntimeError) as error:
        raise WheelBroken(filename, str(error)) from error
