"""The memory that a container may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_containerize.runtime.memory import memory_bytes

ALL = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
GROUPS = {
    "version 2": ({"memory.max": "1000\n"}, 1000),
    "version 1": ({"memory/memory.limit_in_bytes": "2000\n"}, 2000),
    "no limit, version 2": ({"memory.max": "max\n"}, ALL),
    "no limit, version 1": ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, ALL),
    "nothing is known": ({}, ALL),
}


@pytest.mark.parametrize(("files", "expected"), GROUPS.values(), ids=GROUPS.keys())
def test_memory_bytes__control_group__is_its_limit(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    """Whichever version of control groups there is."""
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert memory_bytes(tmp_path) == expected
