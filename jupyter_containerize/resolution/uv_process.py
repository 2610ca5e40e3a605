"""Runs uv in a process of its own that ends when a build is cancelled."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import uv

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.errors import ResolverMissing

_POLL_SECONDS = 0.1


def run_uv(
    arguments: Iterable[str], *, folder: Path, environ: Mapping[str, str], cancel: CancelToken, given: str = ""
) -> tuple[int, str, str]:
    """Return uv's exit code and what it wrote to stdout and stderr; ``given`` is its input.

    Raises:
        Cancelled: the build was asked to stop; uv, and all that it started, is ended.
        ResolverMissing: uv cannot be started.
    """
    try:
        process = subprocess.Popen(
            [uv.find_uv_bin(), *arguments],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            # A group of its own: a build backend is uv's child, not ours.
            start_new_session=True,
        )
    except OSError as error:
        # Also what find_uv_bin raises when there is none.
        raise ResolverMissing(str(error)) from error
    with process:
        waiting: str | None = given
        while True:
            try:
                wrote, said = process.communicate(waiting, timeout=_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                waiting = None
                try:
                    cancel.check()
                except BaseException:
                    _end(process)
                    raise
            except BaseException:
                _end(process)
                raise
            else:
                return process.returncode, wrote, said


def _end(process: subprocess.Popen[str]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
