"""How much memory a container may use."""

from __future__ import annotations

import os
from pathlib import Path

# Below the group's own folder: control groups of version 2, and of version 1.
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")


def memory_bytes(root: Path = Path("/")) -> int:
    """Return the memory limit of the container, or what the machine has if that is less or there is no limit.

    Sources: Linux, "Control Group v2" (memory.max) and "Memory Resource Controller" (memory.limit_in_bytes).
    """
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in _LIMITS:
        try:
            text = (root / "sys/fs/cgroup" / name).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            found.append(int(text))
    return min(found)
