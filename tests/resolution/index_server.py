"""A package index on loopback, with the abilities and moods that a test gives it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class IndexServer(ThreadingHTTPServer):
    """Lists the wheels of a folder as a simple index does, and sends them.

    ``ranges``: whether it sends parts. ``metadata``: whether METADATA lies beside each wheel. ``html``: the old form.
    ``sizes``, ``hashes``: whether it tells them. ``sent``: what it sent, by path, in bytes.
    ``status``: answer this to everything.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.ranges = self.metadata = self.sizes = True
        self.html = self.hashes = False
        self.status = 0
        self.password = ""
        self.wrong_hash = False
        self.sent: dict[str, int] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet when a client has had enough."""

    @property
    def host(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.server_port}"


@contextmanager
def index_server(folder: Path) -> Iterator[IndexServer]:
    """Run a server for the wheels of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with IndexServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: IndexServer

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """Answer with a page, a wheel or its metadata."""
        server = self.server
        if server.status:
            self._answer(server.status, b"")
        elif server.password and self.path.startswith("/simple/") and server.password not in str(self.headers):
            self._answer(401, b"")
        elif page := re.fullmatch(r"/simple/([a-z0-9-]+)/", self.path):
            wheels = sorted(server.folder.glob(f"{page[1].replace('-', '_')}-*.whl"))
            self._page(wheels) if wheels else self._answer(404, b"")
        elif self.path.endswith(".metadata"):
            self._answer(200, _metadata(server.folder / unquote(Path(self.path).name).removesuffix(".metadata")))
        else:
            self._file((server.folder / unquote(Path(self.path).name)).read_bytes())

    def _page(self, wheels: list[Path]) -> None:
        beside = {path: hashlib.sha256(_metadata(path)).hexdigest() for path in wheels if self.server.metadata}
        if self.server.wrong_hash:
            beside = dict.fromkeys(beside, "0" * 64)
        if self.server.html:
            links = "".join(
                f'<a href="../../files/{path.name}#sha256={"a" * 64}"'
                + (f' data-dist-info-metadata="sha256={beside[path]}"' if path in beside else "")
                + f">{path.name}</a><br>\n"
                for path in wheels
            )
            self._answer(200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")
            return
        files = [
            {
                "filename": path.name,
                "url": f"/files/{path.name}",
                "hashes": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if self.server.hashes else {},
                **({"size": path.stat().st_size} if self.server.sizes else {}),
                "core-metadata": {"sha256": beside[path]} if path in beside else False,
            }
            for path in wheels
        ]
        files.append({"filename": "x-1.0.tar.gz", "url": "/files/x-1.0.tar.gz", "hashes": {}})
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": "x", "files": files}).encode()
        self._answer(200, body, "application/vnd.pypi.simple.v1+json")

    def _file(self, content: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if asked is None or not self.server.ranges:
            self._answer(200, content)
            return
        start = int(asked[1]) if asked[1] else max(0, len(content) - int(asked[2]))
        part = content[start : int(asked[2]) + 1 if asked[1] and asked[2] else None]
        if not part:
            self._answer(416, b"")
            return
        self._answer(206, part, span=f"bytes {start}-{start + len(part) - 1}/{len(content)}")

    def _answer(self, status: int, body: bytes, kind: str = "application/octet-stream", span: str = "") -> None:
        self.server.sent[self.path] = self.server.sent.get(self.path, 0) + len(body)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(body)


def _metadata(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA")))
