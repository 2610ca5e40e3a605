"""One run of the image's Python that compiles any number of bundles, as ``compile_script.py --serve`` does."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from jupyter_containerize.buildpacks.errors import CompileFailed
from jupyter_containerize.domain.build import CancelToken

_SCRIPT = Path(__file__).with_name("compile_script.py")
_WORKERS = 2
_POLL_SECONDS = 0.1
_DETAIL_CHARACTERS = 2000
# As a shell says it.
_NOT_STARTED = 126


class Compiler:
    """A Python that waits for bundles; started with the first, for one caller at a time."""

    def __init__(self, command: tuple[str, ...], env: Mapping[str, str]) -> None:
        """Take what ``interpreter.target_command`` gives."""
        self._arguments = (*command, "-W", "ignore", str(_SCRIPT), "--serve", str(_WORKERS))
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        # A file, not a pipe: a pipe that nobody reads fills up, and the program waits for ever.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed with us

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, with all that it started."""
        self._end()
        self._stderr.close()

    def compile(self, bundle: Path, *, installed_as: str, cancel: CancelToken) -> None:
        """Compile the modules of a bundle, as ``interpreter.compile_bundle`` does.

        Raises:
            CompileFailed: Python did not start, ended, or could not write.
            Cancelled: asked for while it ran; it is ended, and what is written stays.
        """
        cancel.check()
        try:
            self._ask(os.fsencode(f"{bundle}\n{installed_as}\n"))
            answer = self._answer(cancel)
        except OSError as error:
            # It could not be started, from a folder that is mounted noexec, for one; or it is gone.
            raise CompileFailed(installed_as, self._end() or _NOT_STARTED, self._said() or str(error)) from error
        except BaseException:
            self._end()
            raise
        if answer != b"0\n":
            ended = self._end() if not answer else 0
            raise CompileFailed(installed_as, ended or 1, self._said())

    def _ask(self, lines: bytes) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                self._arguments,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
                start_new_session=True,
            )
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(lines)

    def _answer(self, cancel: CancelToken) -> bytes:
        """Return the line that comes, or nothing when it ended without."""
        assert self._process is not None  # noqa: S101  # it was asked
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(_POLL_SECONDS):
                cancel.check()
        return self._process.stdout.read(2) or b""

    def _end(self) -> int:
        """End the program and what it started; return its exit code, 0 when we had to."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_POLL_SECONDS)
        # Its children are in its process group, and would go on without it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return 0

    def _said(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")[-_DETAIL_CHARACTERS:]
