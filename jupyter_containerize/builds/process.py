"""A worker process as the queue sees it: started, listened to, stopped, and its end explained."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from jupyter_containerize.builds.errors import WorkerDied
from jupyter_containerize.builds.log import without_userinfo
from jupyter_containerize.builds.record import EventJson
from jupyter_containerize.builds.wire import event_from_line, request_to_line
from jupyter_containerize.domain.build import BuildRequest

logger = logging.getLogger(__name__)

# -P: a file of the user's beside the notebook must not take a module's place in the worker.
WORKER_COMMAND = (sys.executable, "-P", "-m", "jupyter_containerize.builds.worker")
GRACE_SECONDS = 10.0
_SAID_LINES = 20


class WorkerProcess:
    """One child process that runs one build, the leader of its own process group.

    Its standard input stays open as long as we live: when it closes, the worker ends by itself.
    """

    def __init__(
        self, command: Sequence[str], request: BuildRequest | None, *, grace_seconds: float = GRACE_SECONDS
    ) -> None:
        """Start the process in the notebook's folder and hand it the request; ``None``: it waits for one.

        Raises:
            WorkerDied: it could not be started.
        """
        self._said: deque[str] = deque(maxlen=_SAID_LINES)
        self._ended = threading.Event()
        self._deadline = threading.Timer(grace_seconds, self.kill)
        self._deadline.daemon = True
        self._deadline_lock = threading.Lock()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # A worker that waits goes there itself.
                cwd=None if request is None else _folder(request.notebook),
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise WorkerDied(reason=str(error)) from error
        self._listener = threading.Thread(target=self._listen, name="containerize-worker-stderr", daemon=True)
        self._listener.start()
        threading.Thread(target=self._reap, name="containerize-worker-exit", daemon=True).start()
        if request is not None:
            self.hand_over(request)

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._process.pid

    def events(self) -> Iterator[EventJson]:
        """Yield what the worker reports, until the worker and all of its group have let go of the pipe."""
        if self._process.stdout is None:  # cannot be: it was asked for
            raise AssertionError
        with self._process.stdout as lines:
            yield from map(event_from_line, lines)

    def stop(self) -> None:
        """Ask the worker to stop; what has not gone after the grace is killed with its whole group."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        self.expect_end()

    def expect_end(self) -> None:
        """Give the worker the grace to leave by itself; after that its whole group is killed."""
        with self._deadline_lock:
            if self._deadline.ident is None:  # not started yet
                self._deadline.start()

    def kill(self) -> None:
        """End the whole process group now. Does nothing when the worker has ended."""
        if self._ended.is_set():
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def death(self) -> WorkerDied:
        """Wait for the end and return how the process died, for one that reported no outcome."""
        self._ended.wait()
        self._listener.join(timeout=1.0)  # a grandchild may hold the pipe; what was said so far will do
        code = self._process.returncode
        said = tuple(self._said)
        if code < 0:
            return WorkerDied(signal=_signal_name(-code), said=said)
        return WorkerDied(exit_code=code, said=said)

    def wait(self) -> None:
        """Return when the process has ended; it has the grace to do so."""
        self.expect_end()
        self._ended.wait()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def dismiss(self) -> None:
        """End a process that waits for its request, and forget it."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._ended.wait()

    def hand_over(self, request: BuildRequest) -> None:
        """Give the process its request; once."""
        if self._process.stdin is None:  # cannot be: it was asked for
            raise AssertionError
        # A worker that died at once is noticed by its exit code.
        with suppress(BrokenPipeError):
            self._process.stdin.write(request_to_line(request))
            self._process.stdin.flush()

    def _reap(self) -> None:
        self._process.wait()
        # A worker that was killed leaves its helpers, and they hold its pipe open: they go, too.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._ended.set()
        self._deadline.cancel()

    def _listen(self) -> None:
        if self._process.stderr is None:  # cannot be: it was asked for
            raise AssertionError
        with self._process.stderr as lines:
            for line in lines:
                said = without_userinfo(line.rstrip("\n"))
                self._said.append(said)
                logger.info("worker %d: %s", self.pid, said)


def _folder(notebook: Path) -> Path | None:
    """Return the folder that relative paths in the request start from; None: that of the server."""
    folder = notebook.parent
    return folder if folder.is_dir() else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
