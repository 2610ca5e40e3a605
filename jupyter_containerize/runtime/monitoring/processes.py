"""Memory, processor time and open files of processes, as Linux tells them; nothing elsewhere."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable

_TICKS = 100.0


@dataclasses.dataclass(frozen=True)
class Usage:
    """What several processes use together. Memory that they share counts for each of them."""

    resident_bytes: float
    virtual_bytes: float
    cpu_seconds: float
    open_files: int
    start_seconds: float
    """When the first of them started, in seconds since 1970."""


def usage(pids: Iterable[int]) -> Usage | None:
    """Return what those of the processes use that still run; ``None`` where nobody knows."""
    booted = _booted_seconds()
    found = [one for one in (_one(pid, booted) for pid in pids) if one is not None] if booted is not None else []
    if not found:
        return None
    return Usage(
        sum(one.resident_bytes for one in found),
        sum(one.virtual_bytes for one in found),
        sum(one.cpu_seconds for one in found),
        sum(one.open_files for one in found),
        min(one.start_seconds for one in found),
    )


def _booted_seconds() -> float | None:
    """Return when the machine started, in seconds since 1970."""
    try:
        with open("/proc/stat", encoding="utf-8") as file:  # noqa: PTH123
            return next(float(line.split()[1]) for line in file if line.startswith("btime"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _one(pid: int, booted_seconds: float) -> Usage | None:
    try:
        # Behind the name, which may hold anything; fields are counted from the state, the third.
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK") or _TICKS
        return Usage(
            float(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
            float(fields[20]),
            (float(fields[11]) + float(fields[12])) / ticks,
            len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208
            booted_seconds + float(fields[19]) / ticks,
        )
    except (OSError, ValueError, IndexError):
        return None
