"""The process: a listening socket, loading in the background, and an end that loses no request.

listening -> alive -> (loaded) -> ready -> SIGTERM -> not ready, requests in flight finish -> exit 0
                   -> (load failed) -> exit 1
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import uvicorn

from .app import App
from .errors import LoadFailed
from .loading import Served, load
from .settings import Settings

logger = logging.getLogger(__name__)

# Above the minute after which load balancers drop an idle connection: who closes first must not be us.
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 1024


def listen(settings: Settings) -> socket.socket:
    """Return a socket that connections can queue on already.

    Raises:
        OSError: the address is taken, or not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol said out loud, as socket.create_server does not: asyncio switches Nagle's delay off only
    # then, and an answer whose body follows its head in a second packet would wait 40 ms for it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # "::" is every address, those of IPv4 too.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class Process:
    """One server from start to end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed = False
        self._loader = threading.Thread(target=self._load, name="load", daemon=True)
        self._app = App(settings, self._begin)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                # The same everywhere, whatever else the model's environment has installed.
                http="h11",
                loop="asyncio",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=settings.grace_seconds,
            )
        )

    def run(self, listener: socket.socket) -> int:
        """Serve until told to stop, and return the exit code.

        0 after a signal, with every request answered; 1 if loading failed or a call outlived the grace period.
        """
        self._server.run(sockets=[listener])
        calling = self._app.is_calling
        if calling:
            logger.error("stopped in the middle of a call", extra={"fields": {"grace": self._settings.grace_seconds}})
        code = 1 if self._failed or calling else 0
        if calling or self._loader.is_alive():
            # Python waits for threads before it ends, and the kill that follows would lose the exit code.
            sys.stdout.flush()
            os._exit(code)
        return code

    def _begin(self) -> None:
        """Take over the signals, and load."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # In place of uvicorn's own handlers, which raise the signal again at the end: exit code 143, not 0.
            self._loop.add_signal_handler(number, self._stop, number)
        self._loader.start()

    def _stop(self, number: int) -> None:
        logger.info("stopping", extra={"fields": {"signal": signal.Signals(number).name}})
        self._app.stop()
        self._server.should_exit = True

    def _load(self) -> None:
        """Load, in a thread of its own, and tell the event loop."""
        began = time.monotonic()
        try:
            served = load(self._settings.app)
        except BaseException as error:
            # Also what is no LoadFailed: a thread that dies in silence would leave a server that is never ready.
            part, reason = (error.part, error.reason) if isinstance(error, LoadFailed) else ("", repr(error))
            fields = {"part": part, "reason": reason}
            logger.critical("load failed", exc_info=error.__cause__ or error, extra={"fields": fields})
            self._tell(self._fail)
        else:
            seconds = round(time.monotonic() - began, 3)
            self._tell(lambda: self._ready(served, seconds))

    def _tell(self, step: Callable[[], None]) -> None:
        # The loop is closed if we were told to stop while loading; nobody is interested any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(step)

    def _ready(self, served: Served, seconds: float) -> None:
        self._app.begin(served)
        logger.info("ready", extra={"fields": {"symbol": served.symbol, "load_seconds": seconds}})

    def _fail(self) -> None:
        self._failed = True
        self._server.should_exit = True
