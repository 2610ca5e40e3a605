"""The process: a listening socket, loading in the background, and an end that loses no request.

listening -> alive -> (loaded) -> ready -> SIGTERM -> not ready, requests in flight finish -> exit 0
                   -> (load failed) -> exit 1
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .app import App
from .calling.standing_in import StandIn
from .errors import LoadFailed
from .http.limits import Held, Limits
from .http.listening import Listening
from .loading import Served, load
from .memory import memory_bytes
from .selftest import finished, proved
from .settings import Settings
from .watching import Watch

logger = logging.getLogger(__name__)

_PARENT_SECONDS = 1.0
# Of the memory, for bodies that are received or wait: read, they take several times their size.
_MEMORY_PART = 4
# Files beside connections that a process may need.
_OTHER_FILES = 256


class Process:
    """One server from start to end."""

    def __init__(
        self,
        settings: Settings,
        *,
        watch: Watch | None = None,
        served: Served | None = None,
        hands_over: bool = False,
    ) -> None:
        """Make a server that loads what it serves, unless it is given.

        ``hands_over``: it ends as soon as it has ``served``, for others to go on, with the signals to end held back.
        """
        self._settings = settings
        self.served = served
        self._hands_over = hands_over
        self._failed = False
        self._is_told = False
        self._tell_ready: Callable[[], None] | None = None
        self._parent = os.getppid()
        self._loader = threading.Thread(target=self._load, name="load", daemon=True)
        self._app = App(settings, watch)
        # What listens beside HTTP.
        self._beside: Any = None
        limits = Limits(
            body_bytes=settings.max_body_bytes,
            receive_seconds=settings.body_timeout_seconds,
            connections=settings.connections,
            held=Held(max(settings.max_body_bytes, memory_bytes() // _MEMORY_PART // settings.workers)),
        )
        self._listening = Listening(self._app, limits, self._app.unread)

    def run(self, listener: socket.socket) -> int:
        """Serve until told to stop, and return the exit code.

        0 after a signal, with every request answered; 1 if loading failed or a call outlived the grace period.
        """
        _allow_connections(self._settings.connections)
        # Loading makes many objects that stay, and looking through them again and again finds nothing.
        gc.set_threshold(20_000, 20, 50)
        asyncio.run(self._serve(listener))
        if self._hands_over and self.served is not None:
            self._loader.join()
            return 0
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

    def work(self, tell_ready: Callable[[], None], others_ready: Callable[[], bool]) -> None:
        """Be one of several: tell when it is ready, and be ready when all are."""
        self._tell_ready = tell_ready
        self._app.others_ready = others_ready

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, number)
        self._listener = listener
        await self._listening.open(listener)
        if self.served is not None:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
            self._ready(self.served, 0.0)
        else:
            self._loader.start()
        await self._ending.wait()
        if self._is_told and self._settings.drain_seconds and self._app.is_loaded:
            # Whoever sends requests here has yet to hear that we are not ready.
            await asyncio.sleep(self._settings.drain_seconds)
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
        if self._is_told:
            # Somebody means it.
            logger.warning("stopped at once", extra={"fields": {"signal": signal.Signals(number).name}})
            self._app.watch.close()
            sys.stdout.flush()
            os._exit(1)
        self._is_told = True
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
        # What is there now stays; forked workers share its memory as long as nothing writes to it.
        gc.freeze()
        if self._hands_over:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
            if not self._is_told:
                self.served = served
            self._ending.set()
            return
        self._app.begin(served)
        if self._settings.inline:
            StandIn(self._listener, self._app.calling_since).start()
        if self._tell_ready is not None:
            self._tell_ready()
            self._look_after_parent()
        if "grpc" in served.description.get("extras", ()):
            self._opening = self._loop.create_task(self._beside_open())
        logger.info("ready", extra={"fields": {"symbol": served.symbol, "load_seconds": seconds}})

    def _look_after_parent(self) -> None:
        """End with the process that forked this one, which alone could tell us to."""
        if os.getppid() != self._parent:
            self._ending.set()
            return
        self._loop.call_later(_PARENT_SECONDS, self._look_after_parent)

    def _fail(self) -> None:
        self._failed = True
        self._ending.set()


def _allow_connections(count: int) -> None:
    """Raise the limit of open files, which many containers are started with a low one of, as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    with contextlib.suppress(OSError, ValueError):
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
