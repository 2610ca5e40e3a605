"""Runs one program to its end and says what it cost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Longer than any tool that works takes for one notebook, or ours for all.
_LIMIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A program that ended. ``cpu_seconds`` is user and system time, with that of its own children."""

    status: int
    output: str
    errors: str
    cpu_seconds: float
    peak_bytes: int

    @property
    def failed(self) -> bool:
        """Whether it ended with another status than 0."""
        return self.status != 0


def run(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str] | None = None) -> Run:
    """Run a program; one that takes more than ten minutes is ended and has failed."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        timer = threading.Timer(_LIMIT_SECONDS, process.kill)
        timer.start()
        # Not process.wait(): only wait4 says what this one child took.
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Run(
            status=process.returncode,
            output=output.read().decode(errors="replace"),
            errors=errors.read().decode(errors="replace"),
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            # Linux gives kibibytes.
            peak_bytes=usage.ru_maxrss * 1024,
        )
