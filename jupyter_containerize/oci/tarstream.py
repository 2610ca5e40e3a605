"""Deterministic tar bytes, in one pass.

The standard library's ``tarfile`` is not used for writing: when it resorts to an extended header
and what it puts there has changed between Python versions, and each such change would change
every digest. Source: POSIX.1-2008, pax, "ustar Interchange Format" and "pax Header Block".
"""

from __future__ import annotations

from typing import Final

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)

REGULAR: Final = b"0"
HARDLINK: Final = b"1"
SYMLINK: Final = b"2"
DIRECTORY: Final = b"5"
_EXTENDED: Final = b"x"

_NAME_SIZE = 100
# Eleven octal digits.
_SIZE_LIMIT = 1 << 33


def header(path: str, kind: bytes, *, mode: int, mtime: int, size_bytes: int = 0, link: str = "") -> bytes:
    """Return the header blocks of one member, owned by root with no owner names.

    An extended header comes first when path, link or size do not fit the plain one.
    """
    name, target = path.encode(), link.encode()
    records = {
        key: value
        for key, value, fits in (
            ("linkpath", target, _fits(target)),
            ("path", name, _fits(name)),
            ("size", str(size_bytes).encode(), size_bytes < _SIZE_LIMIT),
        )
        if not fits
    }
    plain = _plain(
        _shortened(name),
        kind,
        mode=mode,
        mtime=mtime,
        size_bytes=0 if "size" in records else size_bytes,
        target=_shortened(target),
    )
    return _extended(records, mtime) + plain if records else plain


def padding(size_bytes: int) -> bytes:
    """Return the zeros that follow content of that size."""
    return bytes(-size_bytes % BLOCK)


def _fits(name: bytes) -> bool:
    return len(name) <= _NAME_SIZE and name.isascii()


def _shortened(name: bytes) -> bytes:
    return name if _fits(name) else name.decode("ascii", "ignore").encode()[:_NAME_SIZE]


def _extended(records: dict[str, bytes], mtime: int) -> bytes:
    body = b"".join(_record(key, value) for key, value in sorted(records.items()))
    return _plain(b"pax", _EXTENDED, mode=0o644, mtime=mtime, size_bytes=len(body)) + body + padding(len(body))


def _record(key: str, value: bytes) -> bytes:
    # > "%d %s=%s\n", <length>, <keyword>, <value>: the length counts its own digits as well.
    rest = b" " + key.encode() + b"=" + value + b"\n"
    length = len(rest)
    while length != len(str(length)) + len(rest):
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def _plain(name: bytes, kind: bytes, *, mode: int, mtime: int, size_bytes: int, target: bytes = b"") -> bytes:
    before = b"".join(
        (
            name.ljust(_NAME_SIZE, b"\0"),
            b"%07o\0" % mode,
            b"%07o\0" % 0,
            b"%07o\0" % 0,
            b"%011o\0" % size_bytes,
            b"%011o\0" % mtime,
        )
    )
    after = b"".join(
        (
            kind,
            target.ljust(_NAME_SIZE, b"\0"),
            b"ustar\00000",
            bytes(32),
            bytes(32),
            b"%07o\0" % 0,
            b"%07o\0" % 0,
            bytes(155 + 12),
        )
    )
    # > the checksum field is taken as if it were spaces
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + b"%06o\0 " % checksum + after
