"""Commands that are timed, and that stop the benchmark when they fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


def run(*command: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> float:
    """Run a command to its end and return the seconds it took; say what it printed if it failed."""
    start = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, cwd=cwd, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
