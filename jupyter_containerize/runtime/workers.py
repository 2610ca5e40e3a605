"""Several processes that serve the same: loaded once, then forked, so that what was loaded is in memory once.

The first process answers health while it loads, forks the workers, and then only looks after them: it passes signals
on, starts anew what has died, and ends when all have ended. Each worker has a socket of its own on the same port,
which the first process keeps open: clients of one that died wait for the next.
"""

from __future__ import annotations

import logging
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

from .http.listening import bound
from .loading import Served
from .server import Process
from .settings import Settings
from .watching import Watch

logger = logging.getLogger(__name__)

_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
# Who has lived as long did not die of starting.
_LONG_SECONDS = 10.0
_MOST_DEATHS = 5
_FIRST_WAIT_SECONDS = 0.1
_MOST_WAIT_SECONDS = 5.0


class Readiness:
    """Which workers are ready, in memory that all of them share."""

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, count)
        self._count = count

    def say(self, number: int, *, is_ready: bool) -> None:
        """Note it of one."""
        self._memory[number] = is_ready

    def all_ready(self) -> bool:
        """Return whether every worker is."""
        return self._memory[: self._count] == b"\1" * self._count


def run(settings: Settings, listener: socket.socket) -> int:
    """Serve by ``settings.workers`` processes until told to stop, and return the exit code.

    0 after a signal, if all workers ended well; 1 if loading failed, a worker did not end well or died again and again.
    """
    watch = Watch(settings)
    # Before they can come: between two handlers a signal would be lost.
    first = Process(settings, watch=watch, hands_over=True)
    code = first.run(listener.dup())
    if first.served is None:
        listener.close()
        return code
    supervisor = _Supervisor(settings, listener, watch, first.served)
    try:
        return supervisor.run()
    finally:
        supervisor.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


class _Supervisor:
    def __init__(self, settings: Settings, listener: socket.socket, watch: Watch, served: Served) -> None:
        self._settings = settings
        self._watch = watch
        self._served = served
        self._readiness = Readiness(settings.workers)
        self._listeners = [listener, *(_another(listener) for _ in range(settings.workers - 1))]
        # By process id: the worker's number, and when it began.
        self._workers: dict[int, tuple[int, float]] = {}
        # When which worker is to begin again.
        self._due: dict[int, float] = {}
        self._deaths = 0
        self._code = 0
        self._is_ending = False

    def run(self) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        # Else a system call might end the wait for it.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in range(self._settings.workers):
            self._start(number)
        while self._workers or (self._due and not self._is_ending):
            found = signal.sigtimedwait(_SIGNALS, self._patience())
            if found is not None and found.si_signo != signal.SIGCHLD:
                self._end(found.si_signo)
            self._reap()
            for number in [number for number, due in self._due.items() if due <= time.monotonic()]:
                del self._due[number]
                if not self._is_ending:
                    self._start(number)
        return self._code

    def close(self) -> None:
        """Close the sockets; the workers have theirs, or none is left."""
        for listener in self._listeners:
            listener.close()

    def _patience(self) -> float:
        soonest = min(self._due.values(), default=time.monotonic() + 1)
        return min(1.0, max(0.01, soonest - time.monotonic()))

    def _start(self, number: int) -> None:
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            self._workers[pid] = (number, time.monotonic())
            return
        # Nothing of the first process's may go on in this one, whatever happens.
        code = 1
        try:
            code = self._work(number)
        except BaseException:
            logger.exception("worker failed", extra={"fields": {"worker": number}})
        finally:
            sys.stdout.flush()
            os._exit(code)

    def _work(self, number: int) -> int:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._watch.work_as(number)
        process = Process(self._settings, watch=self._watch, served=self._served)
        tell: Callable[[], None] = lambda: self._readiness.say(number, is_ready=True)  # noqa: E731
        process.work(tell, self._readiness.all_ready)
        return process.run(self._listeners[number])

    def _end(self, number: int) -> None:
        self._is_ending = True
        for pid in self._workers:
            os.kill(pid, number)

    def _reap(self) -> None:
        while self._workers:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid in self._workers:
                self._ended(pid, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, code: int) -> None:
        number, began = self._workers.pop(pid)
        self._readiness.say(number, is_ready=False)
        if self._is_ending:
            self._code = max(self._code, 1 if code else 0)
            return
        fields = {"worker": number, "process": pid, "exit_code": code}
        logger.error("worker ended", extra={"fields": fields})
        self._deaths = 1 if time.monotonic() - began > _LONG_SECONDS else self._deaths + 1
        if self._deaths >= _MOST_DEATHS:
            logger.critical("workers end again and again", extra={"fields": {"times": self._deaths}})
            self._code = 1
            self._end(signal.SIGTERM)
            return
        wait = min(_FIRST_WAIT_SECONDS * 2 ** (self._deaths - 1), _MOST_WAIT_SECONDS)
        self._due[number] = time.monotonic() + wait


def _another(listener: socket.socket) -> socket.socket:
    """Return another socket on the same address; the same one where the system does not share ports."""
    try:
        host, port = listener.getsockname()[:2]
        return bound(host, port, shared=True)
    except OSError:
        return listener.dup()
