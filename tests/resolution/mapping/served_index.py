"""A package index on this machine, with wheels that hold what a test says; it answers ranges as real ones do."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def wheel(name: str, version: str, files: Mapping[str, str], *, padding: int = 0) -> tuple[str, bytes]:
    """Return a wheel's file name and content; ``padding`` bytes of data make it long."""
    stem = f"{name.replace('-', '_')}-{version}"
    listed = {**files, f"{stem}.dist-info/METADATA": f"Name: {name}\nVersion: {version}\n"}
    record = "".join(f"{path},,\n" for path in listed) + f"{stem}.dist-info/RECORD,,\n"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("padding.bin", bytes(padding))
        for path, text in {**listed, f"{stem}.dist-info/RECORD": record}.items():
            archive.writestr(path, text)
    return f"{stem}-py3-none-any.whl", content.getvalue()


def sdist(name: str, version: str, files: Mapping[str, str]) -> tuple[str, bytes]:
    """Return a source archive's file name and content."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return f"{name}-{version}.tar.gz", content.getvalue()


class Served:
    """The index: files by distribution. ``asked`` is each request's path; ``sent_bytes`` what wheels cost."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.asked: list[str] = []
        self.sent_bytes = 0
        self.url = ""

    def add(self, name: str, file: tuple[str, bytes]) -> None:
        """Put a file on the index."""
        self.files.setdefault(name, {})[file[0]] = file[1]


class _Handler(BaseHTTPRequestHandler):
    """Answers for the index of its server."""

    server: _Server

    def do_GET(self) -> None:
        """Send a list of files, or a file."""
        self.server.served.asked.append(self.path)
        kind, name, *file = self.path.strip("/").split("/")
        if name not in self.server.served.files:
            self.send_error(404)
        elif kind == "simple":
            self._list(name)
        else:
            self._file(self.server.served.files[name][file[0]])

    def _list(self, name: str) -> None:
        links = {file: f"/files/{name}/{file}" for file in self.server.served.files[name]}
        if self.server.html:
            text = "".join(f'<a href="../..{url}#sha256=0">{file}</a>' for file, url in links.items())
        else:
            text = json.dumps({"files": [{"filename": file, "url": url} for file, url in links.items()]})
        self.send_response(200)
        self._finish(text.encode())

    def _file(self, content: bytes) -> None:
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        span = self.server.ranges and bool(last)
        start, end = 0, len(content)
        if span:
            start, end = (int(first), int(last) + 1) if first else (max(0, end - int(last)), end)
        self.server.served.sent_bytes += end - start
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self._finish(content[start:end])

    def _finish(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def __init__(self, served: Served, *, html: bool, ranges: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served, self.html, self.ranges = served, html, ranges


@contextmanager
def serving(*, html: bool = False, ranges: bool = True) -> Iterator[Served]:
    """Run an index until the block ends."""
    served = Served()
    server = _Server(served, html=html, ranges=ranges)
    served.url = f"http://127.0.0.1:{server.server_port}/simple"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
