"""The socket that clients reach, all their connections, and the end of both."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

from .connection import Connection, Handler, Unread
from .limits import Limits

_BACKLOG = 2048
_MOST_SWEEP_SECONDS = 0.5


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that connections can queue on already; ``shared``: other processes may listen there, too.

    Raises:
        OSError: the address is taken, or not ours.
    """
    listener = bound(host, port, shared=shared)
    listener.listen(_BACKLOG)
    return listener


def bound(host: str, port: int, *, shared: bool) -> socket.socket:
    """Return a socket that has its address, and on which nothing queues yet.

    Raises:
        OSError: the address is taken, or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol said out loud, as socket.create_server does not: asyncio switches Nagle's delay off only
    # then, and an answer whose body follows its head in a second packet would wait 40 ms for it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            # "::" is every address, those of IPv4 too.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class Listening:
    """A server on one socket, from ``open`` to ``close``."""

    def __init__(self, handler: Handler, limits: Limits, unread: Unread = lambda *_: None) -> None:
        self._handler = handler
        self._unread = unread
        self._limits = limits
        self._connections: set[Connection] = set()
        self._server: asyncio.AbstractServer | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._sweep_seconds = min(_MOST_SWEEP_SECONDS, limits.receive_seconds / 4)

    async def open(self, listener: socket.socket) -> None:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, sock=listener, backlog=_BACKLOG)
        self._sweep()

    async def close(self, grace_seconds: float, is_done: Callable[[], bool] = lambda: True) -> None:
        """Take no more connections, wait until those that are open have been answered, and drop what has not.

        ``is_done`` says whether something else is waited for as long.
        """
        if self._server is not None:
            self._server.close()
        until = time.monotonic() + grace_seconds
        while time.monotonic() < until:
            for connection in list(self._connections):
                connection.leave()
            if not self._connections and is_done():
                break
            await asyncio.sleep(0.01)

    def drop(self) -> None:
        """Close what is still open, answered or not."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connection in list(self._connections):
            connection.drop()

    def _connect(self) -> Connection:
        return Connection(self._handler, self._limits, self._connections, self._unread)

    def _sweep(self) -> None:
        # One timer for all, where one for each request would cost more than parsing it.
        now = time.monotonic()
        for connection in [item for item in self._connections if item.deadline <= now]:
            connection.expire()
        self._sweeping = asyncio.get_running_loop().call_later(self._sweep_seconds, self._sweep)
