"""Reads single files out of a zip archive on a server, by HTTP ranges; or out of one on the disk."""

from __future__ import annotations

import io
import zipfile
from http import HTTPStatus
from pathlib import Path
from typing import cast

from import_table.evidence import Evidence, evidence_of, record_paths
from jupyter_containerize.transport import HttpRefused, Transport

_TAIL_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 16
_WHOLE_BYTES = 20 << 20


class RemoteFile(io.RawIOBase):
    """A file on a server, read in blocks that are kept. ``bytes_read`` says how much came over the line.

    A server that ignores ranges sends the whole file, which is taken if it is below 20 MB.
    """

    def __init__(self, transport: Transport, url: str) -> None:
        super().__init__()
        self._transport, self._url = transport, url
        self._at = 0
        self._blocks: dict[int, bytes] = {}
        self.bytes_read = 0
        self._size = self._first()

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return that many bytes, or all that are left."""
        end = self._size if size is None or size < 0 else min(self._at + size, self._size)
        text = bytearray()
        while self._at < end:
            number, offset = divmod(self._at, _BLOCK_BYTES)
            piece = self._block(number)[offset : offset + end - self._at]
            text += piece
            self._at += len(piece)
        return bytes(text)

    def _first(self) -> int:
        # The last bytes hold the list of the archive's files, and the answer says how long the file is.
        answer = self._ask(f"bytes=-{_TAIL_BYTES}")
        if answer.status == HTTPStatus.OK:
            for start in range(0, len(answer.body), _BLOCK_BYTES):
                self._blocks[start // _BLOCK_BYTES] = answer.body[start : start + _BLOCK_BYTES]
            return len(answer.body)
        return int(answer.headers["Content-Range"].rpartition("/")[2])

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            start = number * _BLOCK_BYTES
            self._blocks[number] = self._ask(f"bytes={start}-{min(start + _BLOCK_BYTES, self._size) - 1}").body
        return self._blocks[number]

    def _ask(self, span: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  # an Answer
        answer = self._transport.request("GET", self._url, headers={"Range": span}, max_bytes=_WHOLE_BYTES)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            raise HttpRefused(self._url, answer.status, answer.reason)
        self.bytes_read += len(answer.body)
        return answer


def read_wheel(file: io.RawIOBase | Path, filename: str) -> Evidence:
    """Return what a wheel's RECORD says; the namespaces' small ``__init__`` files are read as well."""
    name, version = filename.split("-")[:2]
    source = file if isinstance(file, Path) else cast("io.BufferedIOBase", file)
    with zipfile.ZipFile(source) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        record = next((path for path in sizes if path.endswith(".dist-info/RECORD") and path.count("/") == 1), None)
        paths = record_paths(archive.read(record).decode()) if record else tuple(sizes)

        def read(path: str) -> str:
            small = sizes.get(path, 1 << 30) <= 8192  # noqa: PLR2004  # as for installed files
            return archive.read(path).decode(errors="replace") if small else ""

        return evidence_of(name=name, version=version, kind="wheel", file=filename, paths=paths, read=read)
