"""Ends a connection from outside: when a build is cancelled, or an answer takes too long in all.

A thread that waits for a server is deaf, and a timeout counts from the last byte only: a server that sends one now and
then holds it for ever. One thread of ours looks at all who wait, ten times a second, and shuts their sockets, which
wakes them with an error. Shorter socket timeouts would do the same, but a TLS connection does not survive one.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3.connection

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled

_TICK_SECONDS = 0.1
# Requests come in rows.
_IDLE_TICKS = 10


@dataclass(eq=False)
class Patience:
    """One thread's connections, and how long their user waits."""

    connections: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)
    cancel: CancelToken | None = None
    deadline: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, connection: object) -> None:
        """Remember a connection, whose socket may come later, or a socket, which may outlive its connection."""
        with self.lock:
            self.connections.add(connection)

    def over(self) -> bool:
        """Tell whether its user waits no longer."""
        return is_cancelled(self.cancel) or self.late()

    def late(self) -> bool:
        """Tell whether the time for the answer is up."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def shut(self) -> None:
        """Wake whoever waits on one of the sockets."""
        with self.lock:
            open_ones = list(self.connections)
        for connection in open_ones:
            raw = getattr(connection, "sock", connection)
            if isinstance(raw, socket.socket):
                with suppress(OSError):
                    # Not its own shutdown(): that of a TLS socket takes the TLS away under a thread that uses it.
                    socket.socket.shutdown(raw, socket.SHUT_RDWR)


class _Local(threading.local):
    def __init__(self) -> None:
        self.patience = Patience()


class _Watcher:
    """The one thread that looks; it ends when there is nobody to look at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: set[Patience] = set()
        self._running = False

    def watch(self, patience: Patience) -> None:
        with self._lock:
            self._watched.add(patience)
            if not self._running:
                self._running = True
                threading.Thread(target=self._look, name="interruption", daemon=True).start()

    def leave(self, patience: Patience) -> None:
        with self._lock:
            self._watched.discard(patience)

    def _look(self) -> None:
        idle = 0
        while True:
            time.sleep(_TICK_SECONDS)
            with self._lock:
                watched = tuple(self._watched)
                idle = 0 if watched else idle + 1
                if idle > _IDLE_TICKS:
                    self._running = False
                    return
            for patience in watched:
                if patience.over():
                    patience.shut()


_local = _Local()
_watcher = _Watcher()


def _start_anew() -> None:
    # A fork has no watching thread, and perhaps the lock in a state that nobody will leave.
    global _watcher, _local
    _watcher, _local = _Watcher(), _Local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def is_cancelled(cancel: CancelToken | None) -> bool:
    """Tell whether the token or a parent was cancelled."""
    while cancel is not None:
        if cancel.event.is_set():
            return True
        cancel = cancel.parent
    return False


def patience() -> Patience:
    """Return the calling thread's."""
    return _local.patience


class Overdue(TimeoutError):
    """The time for an answer was up before all of it had come."""


@contextmanager
def waiting(*, cancel: CancelToken | None = None, seconds: float | None = None) -> Iterator[Patience]:
    """Bound what this thread does with connections in the block; blocks nest, and the outer one's bounds stay.

    Raises:
        Cancelled: the token was cancelled, whatever error the wakened connection gave.
        Overdue: the seconds were over.
    """
    mine = patience()
    before = mine.cancel, mine.deadline
    if cancel is not None:
        mine.cancel = cancel
    if seconds is not None:
        until = time.monotonic() + seconds
        mine.deadline = until if mine.deadline is None else min(mine.deadline, until)
    _watcher.watch(mine)
    try:
        yield mine
    except Exception as error:
        if is_cancelled(mine.cancel) and not isinstance(error, Cancelled):
            raise Cancelled from error
        if mine.late() and not isinstance(error, Overdue):
            raise Overdue from error
        raise
    else:
        if mine.late():
            # The end of an answer without a length looks like a socket that was shut.
            raise Overdue
    finally:
        mine.cancel, mine.deadline = before
        if mine.cancel is None and mine.deadline is None:
            _watcher.leave(mine)


def pause(seconds: float) -> None:
    """Sleep, unless the block's token is cancelled or its time is up.

    Raises:
        Cancelled
    """
    mine = patience()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not mine.late():
        if mine.cancel is not None:
            mine.cancel.check()
        time.sleep(min(left, _TICK_SECONDS))


class HTTPConnection(urllib3.connection.HTTPConnection):
    """A connection that is known before it has a socket."""

    def connect(self) -> None:
        """Connect."""
        patience().add(self)
        super().connect()
        patience().add(self.sock)


class HTTPSConnection(urllib3.connection.HTTPSConnection):
    """A connection that is known before it has a socket."""

    def connect(self) -> None:
        """Connect."""
        patience().add(self)
        super().connect()
        patience().add(self.sock)


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = HTTPSConnection


POOLS = {"http": _HTTPPool, "https": _HTTPSPool}
