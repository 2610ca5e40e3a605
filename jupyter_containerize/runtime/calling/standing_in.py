"""Answers new connections while the event loop is in a call that was always quick and now is not.

Else one such call would make the server look dead. Health is told, anything else is to come again; who was connected
before waits for the call. Source: RFC 9112.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable

_LOOK_SECONDS = 0.25
# The event loop is missed after so long.
_PATIENCE_SECONDS = 0.5
# After so long it will not come back, and who restarts servers that are not alive should.
_HOPE_SECONDS = 60.0
_RECEIVE_SECONDS = 1.0
_HEAD_BYTES = 8192
_ALIVE = (b"200 OK", b'{"status":"alive"}')
_UNWELL = b'{"title":"Service Unavailable","status":503,"detail":"in a call that takes long"}'
_BUSY = (b"503 Service Unavailable", _UNWELL)


class StandIn:
    """A thread that looks now and then whether the event loop is in a call.

    ``since`` returns the ``time.monotonic()`` since when it is, 0 if it is not.
    """

    def __init__(self, listener: socket.socket, since: Callable[[], float]) -> None:
        self._listener = listener
        self._since = since

    def start(self) -> None:
        """Begin to look. The thread does not keep the process from ending."""
        threading.Thread(target=self._look, name="standing-in", daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            since = self._since()
            if since and time.monotonic() - since > _PATIENCE_SECONDS:
                # The listener is closed when the server ends.
                with contextlib.suppress(OSError, ValueError):
                    self._stand_in(since)

    def _stand_in(self, since: float) -> None:
        while self._since() == since:
            readable, _, _ = select.select([self._listener], [], [], _LOOK_SECONDS)
            # Another worker, or the event loop that is back, may have been quicker.
            with contextlib.suppress(BlockingIOError):
                if readable and self._since() == since:
                    client, _ = self._listener.accept()
                    with client, contextlib.suppress(OSError):
                        _answer(client, is_hopeful=time.monotonic() - since < _HOPE_SECONDS)


def _answer(client: socket.socket, *, is_hopeful: bool) -> None:
    client.settimeout(_RECEIVE_SECONDS)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
        piece = client.recv(_HEAD_BYTES)
        if not piece:
            return
        head += piece
    target = head.split(b" ", 2)[1:2]
    is_alive = is_hopeful and target in ([b"/health/live"], [b"/v2/health/live"])
    status, body = _ALIVE if is_alive else _BUSY
    kind = b"application/json" if is_alive else b"application/problem+json"
    client.sendall(
        b"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %d\r\nretry-after: 1\r\nconnection: close\r\n\r\n%s"
        % (status, kind, len(body), body)
    )
    client.shutdown(socket.SHUT_WR)
    # Closing on what is unread would take the answer back.
    with contextlib.suppress(OSError):
        while client.recv(_HEAD_BYTES):
            pass
