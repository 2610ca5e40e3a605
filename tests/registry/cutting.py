"""A line to a real server that breaks where a test says so."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.registry.serving import in_thread


@dataclass
class Line:
    """``cuts`` are after how many bytes, of all that clients sent since the last cut, the connection ends.

    ``patches`` are the numbers of the PATCH requests, from 1, of which nothing gets through at all.
    """

    upstream: str
    cuts: list[int] = field(default_factory=list)
    patches: list[int] = field(default_factory=list)
    host: str = ""
    done: int = 0
    """How many cuts there were."""
    _sent: int = 0
    _patches: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def passes(self, data: bytes) -> int:
        """Return how many of the next bytes get through; fewer than these: it breaks then."""
        size_bytes = len(data)
        with self._lock:
            # Heads come by themselves, before their bodies.
            self._patches += data.startswith(b"PATCH /")
            if data.startswith(b"PATCH /") and self._patches in self.patches:
                self.done += 1
                return 0
            left = self.cuts[0] - self._sent if self.cuts else size_bytes
            if left >= size_bytes:
                self._sent += size_bytes
                return size_bytes
            self.cuts.pop(0)
            self._sent, self.done = 0, self.done + 1
            return left


class _Handler(socketserver.BaseRequestHandler):
    line: Line

    def handle(self) -> None:
        name, _, port = self.line.upstream.partition(":")
        with socket.create_connection((name, int(port))) as server:
            back = threading.Thread(target=self._back, args=(server,))
            back.start()
            with suppress(OSError):
                while data := self.request.recv(4096):
                    through = self.line.passes(data)
                    server.sendall(data[:through])
                    if through < len(data):
                        break
            for end in (server, self.request):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                self.request.sendall(data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def cutting_line(upstream: str, *, cuts: tuple[int, ...] = (), patches: tuple[int, ...] = ()) -> Iterator[Line]:
    """Give a line whose ``host`` leads to ``upstream`` as long as the block."""
    line = Line(upstream, list(cuts), list(patches))
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": line}))
    line.host = f"127.0.0.1:{server.server_address[1]}"
    with in_thread(server):
        yield line
