"""Commands that stop the benchmark when they fail, and the tools that must be there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

SERVER_CORE, GENERATOR_CORE = 0, 1
_PATIENCE_SECONDS = 900


def run(*command: str, env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed; say both if it failed."""
    done = subprocess.run(
        command,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def tool(name: str) -> str:
    """Return the path of a program; README.md says where each is from."""
    found = shutil.which(name)
    if found is None:
        sys.exit(f"{name} is not on PATH: see benchmarks/serving/README.md")
    return found


def pinned(core: int, *command: str) -> tuple[str, ...]:
    """Return the command kept on one core, its children too. On a machine with one core as it is."""
    available = os.sched_getaffinity(0)
    return (tool("taskset"), "-c", str(core), *command) if core in available and len(available) > 1 else command
