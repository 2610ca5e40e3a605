"""Opens a wheel where it lies, and fetches as little of it as it takes to list it.

Source: APPNOTE.TXT 6.3, "Overall .ZIP file format": the list is at the end.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import requests

from jupyter_containerize.transport import HttpRefused, Transport

_TAIL = 64 << 10
_MOST = 5 << 20
_CHUNK = 1 << 16
Read = TypeVar("Read")
_SPAN = re.compile(r"bytes (?P<start>\d+)-(?P<end>\d+)/(?P<size>\d+)")


def read_wheel(
    transport: Transport, url: str, size_bytes: int | None, read: Callable[[zipfile.ZipFile], Read]
) -> Read | None:
    """Return what ``read`` finds in a wheel; ``None`` if it is no zip, or more of it would be needed than is sensible.

    A server without range requests sends all of it, which is taken up to 5 MB.

    Raises:
        NetworkUnreachable, HttpRefused: the server did not answer, or refused.
    """
    try:
        with _file(transport, url, size_bytes) as file, zipfile.ZipFile(file) as archive:
            return read(archive)
    except (_TooMuch, zipfile.BadZipFile, zlib.error, FileNotFoundError):
        return None


class _TooMuch(Exception):
    """More would have to be fetched than the answer is worth."""


def _file(transport: Transport, url: str, size_bytes: int | None) -> io.BufferedReader:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return open(url2pathname(parts.path), "rb")  # noqa: PTH123  # the caller closes it
    # Reads in blocks, so that a small member is one request.
    return io.BufferedReader(_RemoteFile(transport, url, size_bytes), _TAIL)


class _RemoteFile(io.RawIOBase):
    """A file on a server, of which the end is here, and what was read last."""

    def __init__(self, transport: Transport, url: str, size_bytes: int | None) -> None:
        super().__init__()
        self._transport = transport
        self._url = url
        self._position = 0
        self._fetched_bytes = 0
        wanted = f"-{_TAIL}" if size_bytes is None else f"{max(0, size_bytes - _TAIL)}-{size_bytes - 1}"
        self._tail, self._size, self._end = self._fetch(wanted)
        self._start, self._data = self._tail, self._end
        if self._tail + len(self._end) != self._size:
            raise _TooMuch

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            # As a file on the disk does, which is what zipfile expects of one that is too short.
            raise OSError
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        """Return the place."""
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than Buffer
        """Fill the buffer, from the server if need be."""
        start, data = (self._tail, self._end) if self._position >= self._tail else self._before(len(buffer))
        found = data[self._position - start :][: len(buffer)]
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def _before(self, length: int) -> tuple[int, bytes]:
        if not self._start <= self._position < self._start + len(self._data):
            last = min(self._position + length, self._tail) - 1
            start, size, data = self._fetch(f"{self._position}-{last}")
            if (start, size, start + len(data) - 1) != (self._position, self._size, last):
                raise _TooMuch
            self._start, self._data = start, data
        return self._start, self._data

    def _fetch(self, span: str) -> tuple[int, int, bytes]:
        # identity: places in the file are not those in what a server makes of it on the way.
        if self._fetched_bytes > _MOST:
            raise _TooMuch
        headers = {"Range": f"bytes={span}", "Accept-Encoding": "identity"}
        with self._transport.open("GET", self._url, headers=headers) as response:
            if response.status_code == HTTPStatus.PARTIAL_CONTENT:
                found = _SPAN.fullmatch(response.headers.get("Content-Range", ""))
                if found is None:
                    raise _TooMuch
                data = _body(response)
                self._fetched_bytes += len(data)
                return int(found["start"]), int(found["size"]), data
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _TooMuch
            if response.status_code != HTTPStatus.OK:
                raise HttpRefused(self._url, response.status_code, response.reason or "")
            if int(response.headers.get("Content-Length") or 0) > _MOST:
                raise _TooMuch
            data = _body(response)
            return 0, len(data), data


def _body(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > _MOST:
            raise _TooMuch
    return bytes(body)
