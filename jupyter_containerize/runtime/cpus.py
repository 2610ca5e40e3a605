"""How many processors a container may use, and telling the numeric libraries before they are imported."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

# Each library reads its own; those of users go before ours.
_LIBRARIES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def processors(root: Path = Path("/")) -> int:
    """Return how many processors this process may keep busy, at least 1.

    The fewest of those that it may run on and of the quotas of its control groups, half a processor being one.
    Sources: Linux, "Control Group v2" (cpu.max) and "CFS Bandwidth Control" (cpu.cfs_quota_us).
    """
    try:
        allowed = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        allowed = os.cpu_count() or 1
    quotas = [math.ceil(quota) for quota in _quotas(root)]
    return max(1, min([allowed, *quotas]))


def limit_libraries(environment: MutableMapping[str, str], most: int) -> None:
    """Let numeric libraries that are imported later start at most so many threads, unless somebody has said."""
    for name in _LIBRARIES:
        environment.setdefault(name, str(max(1, most)))


def _quotas(root: Path) -> Iterator[float]:
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = []
    groups = root / "sys/fs/cgroup"
    yield from _quotas_of(groups, "")
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _quotas_of(groups, path)
        elif "cpu" in controllers.split(","):
            yield from _quotas_of(groups / "cpu", path)
            yield from _quotas_of(groups / "cpu,cpuacct", path)


def _quotas_of(groups: Path, path: str) -> Iterator[float]:
    """Give the quotas, in processors, of a group and of those above it. A container sees its own as the root."""
    parts = [part for part in path.split("/") if part not in {"", ".."}]
    for end in range(len(parts) + 1):
        folder = groups.joinpath(*parts[:end])
        try:
            words = (folder / "cpu.max").read_text().split()
        except OSError:
            words = [_text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")]
        if len(words) == 2 and words[0].isdecimal() and words[1].isdecimal() and int(words[1]):  # noqa: PLR2004
            yield int(words[0]) / int(words[1])


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
