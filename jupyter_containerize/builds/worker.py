"""The process that runs one build or another task: a request on stdin, events on stdout, a JSON line each.

Run as ``python -m jupyter_containerize.builds.worker``. SIGTERM asks the build to stop, and so
does the end of stdin: the server that started it is gone. It may be started before there is a
request. Whatever the build or its children print goes to stderr; stdout is for events alone.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from jupyter_containerize.builds.throttle import Throttle
from jupyter_containerize.builds.wire import request_from_line
from jupyter_containerize.domain.build import (
    BuildDone,
    BuildEvent,
    BuildFailed,
    BuildRequest,
    CancelToken,
    Emit,
    PlanDone,
    Problem,
    event_to_json,
)

ORPHAN_GRACE_SECONDS = 10.0
"""How long a build may go on after its server has gone, to clean up."""


def main() -> int:
    """Do what stdin asks for; return 0 if it was done, 1 if not."""
    events = _claim_stdout()
    cancel = CancelToken()
    # First, so that a worker can be had in advance: they bring every room, which takes a while.
    perform, explain = _rooms()
    line = sys.stdin.readline()
    if not line:
        # The server has gone, or does not need us.
        return 0
    request = request_from_line(line)
    if request.notebook.parent.is_dir():
        os.chdir(request.notebook.parent)
    threading.Thread(target=_watch_stdin, args=(cancel,), name="server-watch", daemon=True).start()
    # Only now: until here there is nothing to clean up, and SIGTERM may end the process as it does by default.
    signal.signal(signal.SIGTERM, lambda _number, _frame: cancel.cancel())
    emit = Throttle(_writer(events))
    try:
        done = perform(request, emit, cancel)
    except Exception as error:  # noqa: BLE001  # the door of this process: explain has words for every error
        emit(BuildFailed(problem=explain(error)))
        return 1
    emit(done)
    return 0


def _rooms() -> tuple[
    Callable[[BuildRequest, Emit, CancelToken], BuildDone | PlanDone], Callable[[BaseException], Problem]
]:
    # What is imported stays: looking for garbage in it is a fifth of that.
    gc.disable()
    from jupyter_containerize.builds.performing import perform  # noqa: PLC0415
    from jupyter_containerize.explain import explain  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return perform, explain


def _claim_stdout() -> TextIO:
    """Return the pipe to the server, and point fd 1 to stderr for everyone else."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(2, 1)
    return events


def _writer(stream: TextIO) -> Emit:
    def write(event: BuildEvent) -> None:
        try:
            stream.write(json.dumps(event_to_json(event)) + "\n")
            stream.flush()
        except BrokenPipeError:
            # The server is gone; the watch over stdin has noticed or is about to.
            pass

    return write


def _watch_stdin(cancel: CancelToken) -> None:
    # The descriptor, not sys.stdin: a thread that waits in its buffer would stop Python from exiting.
    while os.read(0, 1024):
        pass
    cancel.cancel()
    threading.Event().wait(ORPHAN_GRACE_SECONDS)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
