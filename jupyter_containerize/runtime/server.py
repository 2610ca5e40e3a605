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
from typing import Any

from .app import App
from .errors import LoadFailed
from .http.connection import Limits
from .http.listening import Listening
from .loading import Served, load
from .selftest import finished, proved
from .settings import Settings

logger = logging.getLogger(__name__)


class Process:
    """One server from start to end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed = False
        self._loader = threading.Thread(target=self._load, name="load", daemon=True)
        self._app = App(settings)
        # What listens beside HTTP.
        self._beside: Any = None
        limits = Limits(body_bytes=settings.max_body_bytes, receive_seconds=settings.body_timeout_seconds)
        self._listening = Listening(self._app, limits)

    def run(self, listener: socket.socket) -> int:
        """Serve until told to stop, and return the exit code.

        0 after a signal, with every request answered; 1 if loading failed or a call outlived the grace period.
        """
        asyncio.run(self._serve(listener))
        self._app.watch.close()
        calling = self._app.is_calling
        if calling:
            logger.error("stopped in the middle of a call", extra={"fields": {"grace": self._settings.grace_seconds}})
        code = 1 if self._failed or calling else 0
        if calling or self._loader.is_alive():
            # Python waits for threads before it ends, and the kill that follows would lose the exit code.
            sys.stdout.flush()
            os._exit(code)
        return code

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, number)
        await self._listening.open(listener)
        self._loader.start()
        await self._ending.wait()
        # While nothing is loaded there is nothing to wait for.
        grace = self._settings.grace_seconds if not self._loader.is_alive() and not self._failed else 0
        await asyncio.gather(self._listening.close(grace, lambda: self._app.is_idle), self._beside_close(grace))
        self._app.give_up()
        # One turn of the loop writes what was just answered.
        await asyncio.sleep(0)
        self._listening.drop()

    async def _beside_close(self, grace: float) -> None:
        if self._beside is not None:
            await self._beside.close(grace)

    async def _beside_open(self) -> None:
        """Open the port for gRPC, for which the image has grpcio."""
        from .protocols.grpc_server import GrpcServer  # noqa: PLC0415  # most images have no such port

        self._beside = GrpcServer(self._app, self._settings)
        try:
            await self._beside.open()
        except (ImportError, OSError) as error:
            fields = {"port": self._settings.grpc_port, "reason": str(error)}
            logger.critical("cannot listen for gRPC", extra={"fields": fields})
            self._fail()

    def _stop(self, number: int) -> None:
        logger.info("stopping", extra={"fields": {"signal": signal.Signals(number).name}})
        self._app.stop()
        self._ending.set()

    def _load(self) -> None:
        """Load, in a thread of its own, and tell the event loop."""
        began = time.monotonic()
        try:
            served = proved(load(self._settings.app), self._settings.selftest, self._wait)
        except BaseException as error:
            # Also what is no LoadFailed: a thread that dies in silence would leave a server that is never ready.
            part, reason = (error.part, error.reason) if isinstance(error, LoadFailed) else ("", repr(error))
            fields = {"part": part, "reason": reason}
            logger.critical("load failed", exc_info=error.__cause__ or error, extra={"fields": fields})
            self._tell(self._fail)
        else:
            seconds = round(time.monotonic() - began, 3)
            self._tell(lambda: self._ready(served, seconds))

    def _wait(self, unfinished: Any) -> Any:
        """Return what an ``async def`` gave, finished where it will run later, too: it may keep to its event loop."""
        return asyncio.run_coroutine_threadsafe(finished(unfinished), self._loop).result()

    def _tell(self, step: Callable[[], None]) -> None:
        # The loop is closed if we were told to stop while loading; nobody is interested any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(step)

    def _ready(self, served: Served, seconds: float) -> None:
        self._app.begin(served)
        if "grpc" in served.description.get("extras", ()):
            self._opening = self._loop.create_task(self._beside_open())
        logger.info("ready", extra={"fields": {"symbol": served.symbol, "load_seconds": seconds}})

    def _fail(self) -> None:
        self._failed = True
        self._ending.set()
