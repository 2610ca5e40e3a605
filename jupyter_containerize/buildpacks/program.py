"""Programs started so that a cancelled build ends them, with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_containerize.domain.build import CancelToken

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended and what it said. ``exit_code`` is negative for a signal."""

    exit_code: int
    stdout: str
    stderr: str


def run(arguments: Sequence[str], *, env: Mapping[str, str], cancel: CancelToken) -> Finished:
    """Run a program with that whole environment and no input, and wait for it.

    Raises:
        OSError: it could not be started.
        Cancelled: asked for before or while it ran; it is killed.
    """
    cancel.check()
    # Files, not pipes: a pipe that nobody reads fills up, and the program waits for ever.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            arguments, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
        )
        try:
            exit_code = _wait(process, cancel)
        finally:
            # Its children are in its process group, and would go on without it.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
        return Finished(exit_code=exit_code, stdout=texts[0], stderr=texts[1])


def _wait(process: subprocess.Popen[bytes], cancel: CancelToken) -> int:
    while True:
        try:
            return process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            cancel.check()
