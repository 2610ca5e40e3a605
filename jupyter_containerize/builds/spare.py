"""A worker that has imported everything and waits for its request: half a second less for the next build."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress

from jupyter_containerize.builds.errors import WorkerDied
from jupyter_containerize.builds.process import WorkerProcess
from jupyter_containerize.domain.build import BuildRequest


class Spare:
    """At most one worker in waiting; safe to use from several threads.

    It is begun when a build has ended, since whoever builds once builds again, and ends when none has wanted it for
    ``idle_seconds``; 0: there is never one.
    """

    def __init__(self, command: Sequence[str], *, grace_seconds: float, idle_seconds: float) -> None:
        self._command = command
        self._grace_seconds = grace_seconds
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._environ: dict[str, str] = {}
        self._timer: threading.Timer | None = None
        self._closed = False

    def begin(self) -> None:
        """Start a worker if none waits. One that cannot be started is no error: the next build says why."""
        with self._lock:
            if self._closed or self._idle_seconds <= 0 or self._worker is not None:
                return
            self._environ = dict(os.environ)
            with suppress(WorkerDied):
                self._worker = WorkerProcess(self._command, None, grace_seconds=self._grace_seconds)
                self._timer = threading.Timer(self._idle_seconds, self._end, [self._worker])
                self._timer.daemon = True
                self._timer.start()

    def take(self, request: BuildRequest) -> WorkerProcess | None:
        """Hand the request to the worker in waiting and return it; ``None`` if there is none that is as a new one."""
        with self._lock:
            worker = self._out()
        if worker is None:
            return None
        if worker.ended or self._environ != dict(os.environ):
            worker.dismiss()
            return None
        worker.hand_over(request)
        return worker

    def close(self) -> None:
        """End the worker in waiting; there will be no other."""
        with self._lock:
            self._closed = True
            worker = self._out()
        if worker is not None:
            worker.dismiss()

    def _end(self, worker: WorkerProcess) -> None:
        with self._lock:
            if self._worker is not worker:
                return
            self._out()
        worker.dismiss()

    def _out(self) -> WorkerProcess | None:
        worker, self._worker = self._worker, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return worker
