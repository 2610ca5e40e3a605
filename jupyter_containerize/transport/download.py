"""Downloads that are checked while they stream, continue where they stopped, and appear whole."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlsplit

import requests
from filelock import FileLock, Timeout

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.transport.disk import writing
from jupyter_containerize.transport.errors import HashMismatch, HttpRefused, NetworkUnreachable, TooLarge
from jupyter_containerize.transport.interruption import pause, waiting
from jupyter_containerize.transport.sealing import is_whole, seal

if TYPE_CHECKING:
    from hashlib import _Hash

_CHUNK = 1 << 18
_POLL_SECONDS = 0.1
# A connection that brings this much was worth opening; after one that breaks before, the next waits a little.
_WORTH_BYTES = 1 << 16
_PAUSE_SECONDS = 0.3
_NO_HASH = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to download, where to, and how to know it. ``size_bytes`` ``None``: not known."""

    url: str
    into: Path
    sha256: str
    size_bytes: int | None
    headers: Mapping[str, str]


class Opener(Protocol):
    """The part of ``Transport`` that a download needs."""

    retries: int

    def open(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AbstractContextManager[requests.Response]:
        """Give the unread response."""


class _Meter:
    """Turns positions into increments, whatever starting over does to them."""

    def __init__(self, on_bytes: Callable[[int], None]) -> None:
        self._on_bytes = on_bytes
        self._reported = 0

    def at(self, position: int) -> None:
        if position != self._reported:
            self._on_bytes(position - self._reported)
            self._reported = position


def download(opener: Opener, wanted: Wanted, *, on_bytes: Callable[[int], None], cancel: CancelToken) -> None:
    """Put the wanted content in place; see ``Transport.download``."""
    part = wanted.into.with_name(wanted.into.name + ".part")
    meter = _Meter(on_bytes)
    with writing(wanted.into):
        wanted.into.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(part, cancel):
            if is_whole(wanted.into, wanted.sha256, check=cancel.check):
                meter.at(wanted.into.stat().st_size)
                return
            # A thread that waits for a server hears nothing: a cancel has to wake it.
            with waiting(cancel=cancel):
                _fill(opener, wanted, part, meter, cancel)
            seal(part)
            part.replace(wanted.into)


def _fill(opener: Opener, wanted: Wanted, part: Path, meter: _Meter, cancel: CancelToken) -> None:
    """Make ``part`` complete and right, in as many connections as it takes."""
    breaks, starts = 0, 0
    anew = _size(part) == 0
    while True:
        cancel.check()
        before = _size(part)
        try:
            actual = _stream(opener, wanted, part, meter, cancel)
        except NetworkUnreachable:
            # The transport has retried opening already. What breaks here is a stream, and it goes
            # on where it stopped, as often as it takes, while connections bring something.
            breaks = 0 if _size(part) - before >= _WORTH_BYTES else breaks + 1
            if breaks > opener.retries or _size(part) <= before:
                raise
            pause(_PAUSE_SECONDS * breaks)
            continue
        if actual == wanted.sha256:
            return
        part.unlink()
        starts += 1
        if starts > opener.retries or (anew and actual != _NO_HASH):
            raise HashMismatch(wanted.url, wanted.sha256, actual)
        # What was left over may have been the start of something else: once more, from nothing.
        anew = True


def _stream(opener: Opener, wanted: Wanted, part: Path, meter: _Meter, cancel: CancelToken) -> str:
    """Append what the server has beyond ``part``; return the sha256 in hex of all of it."""
    with part.open("ab+") as file:
        hasher, have = _hashed(file)
        if have and have == wanted.size_bytes:
            meter.at(have)
            return hasher.hexdigest()
        # identity: the hash is of the file, not of what a server makes of it on the way.
        headers = {**wanted.headers, "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with opener.open("GET", wanted.url, headers=headers) as response:
            if have and response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                # All of it is here, or more than all: the hash says which.
                return hasher.hexdigest()
            if have and response.status_code == HTTPStatus.PARTIAL_CONTENT and not _continues(response, have):
                # Another range than the one that was asked for: of no use, and the start is asked for instead.
                return _NO_HASH
            if not _continues(response, have):
                _refuse_unless_whole(wanted.url, response)
                file.truncate(0)
                hasher, have = hashlib.sha256(), 0
            meter.at(have)
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                cancel.check()
                have += len(chunk)
                if wanted.size_bytes is not None and have > wanted.size_bytes:
                    raise TooLarge(wanted.url, wanted.size_bytes)
                hasher.update(chunk)
                file.write(chunk)
                meter.at(have)
        if wanted.size_bytes is not None and have < wanted.size_bytes and "Content-Length" not in response.headers:
            # Without a length of its own, an answer that broke looks like one that ended.
            raise NetworkUnreachable(urlsplit(wanted.url).netloc.rpartition("@")[2], "connection broken")
        return hasher.hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _hashed(file: BinaryIO) -> tuple[_Hash, int]:
    file.seek(0)
    hasher, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    return hasher, size


def _continues(response: requests.Response, have: int) -> bool:
    return (
        have > 0
        and response.status_code == HTTPStatus.PARTIAL_CONTENT
        and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    )


def _refuse_unless_whole(url: str, response: requests.Response) -> None:
    if response.status_code != HTTPStatus.OK:
        raise HttpRefused(url, response.status_code, response.reason or "")


@contextmanager
def _only_one(part: Path, cancel: CancelToken) -> Iterator[None]:
    """Hold the right to write ``part``, among threads and processes."""
    lock = FileLock(part.with_name(part.name + ".lock"))
    while True:
        cancel.check()
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        # Whoever waits for a lock whose file went asks again: a lock for every file ever fetched need not stay.
        # Windows keeps a file that is open.
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
