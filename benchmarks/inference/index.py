"""A package index on loopback for the peers that ask one whether a name exists and which version is newest.

Two peers do (pipreqs asks JSON, pigar the simple API). They get an answer for every name, so that a run needs no
network, looks no names up on anybody's index, and says the same every time. A name that exists but belongs to
somebody else (``utils``, ``train``) exists there as here; one that does not exist at all is the difference. ``known``
narrows the answers to names that surely exist, which bounds that difference from the other side.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from truth import normalised

_VERSION = "1.0"


class _Server(ThreadingHTTPServer):
    # A peer asks for some hundred names at once; what does not fit into the default queue of 5 is refused.
    request_queue_size = 1024
    daemon_threads = True


@contextmanager
def loopback_index(known: frozenset[str] | None = None) -> Iterator[str]:
    """Serve the index on a free port; give its URL, which ends with a slash.

    Args:
        known: The only names that exist, normalised; ``None`` when all do.
    """

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/pypi/"):
                name = self.path.removeprefix("/pypi/").removesuffix("/json")
                self._answer(name, "application/json", _as_json(name))
            else:
                name = self.path.removeprefix("/simple/").rstrip("/")
                self._answer(name, "text/html", _as_links(name))

        def _answer(self, name: str, kind: str, page: str) -> None:
            if known is not None and normalised(name) not in known:
                self.send_error(404)
                return
            body = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: one line for each name would hide the table."""

    server = _Server(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _as_json(name: str) -> str:
    info = {"name": name, "version": _VERSION, "package_url": ""}
    return json.dumps({"info": info, "releases": {_VERSION: []}})


def _as_links(name: str) -> str:
    file = f"{name}-{_VERSION}.tar.gz"
    return f'<!DOCTYPE html><html><body><a href="{file}">{file}</a></body></html>'
