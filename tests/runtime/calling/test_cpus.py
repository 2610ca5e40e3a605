"""How many processors a container may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.runtime.cpus import limit_libraries, processors

QUOTAS = {
    "none": ({}, "", None),
    "unlimited": ({"cpu.max": "max 100000\n"}, "0::/\n", None),
    "half": ({"cpu.max": "50000 100000\n"}, "0::/\n", 1),
    "of the group above": ({"cpu.max": "100000 100000", "a/b/cpu.max": "max 100000"}, "0::/a/b\n", 1),
    "outside of the namespace": ({"cpu.max": "100000 100000"}, "0::/../../pod\n", 1),
    "version 1": ({"cpu/cpu.cfs_quota_us": "80000", "cpu/cpu.cfs_period_us": "100000"}, "3:cpu,cpuacct:/\n", 1),
    "version 1, none": ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "3:cpu:/\n", None),
    "far more than there are": ({"cpu.max": "100000000 100000"}, "0::/\n", None),
}


@pytest.mark.parametrize(("files", "groups", "expected"), QUOTAS.values(), ids=QUOTAS)
def test_processors__quota__is_kept(tmp_path: Path, files: dict[str, str], groups: str, expected: int | None) -> None:
    """The smaller of quota and affinity counts, and half a processor is one."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        file = tmp_path / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert processors(tmp_path) == (expected or processors(tmp_path / "nothing"))


def test_limit_libraries__user_has_said__stays() -> None:
    """Who sets a limit knows better."""
    environment = {"OMP_NUM_THREADS": "8"}
    limit_libraries(environment, 0)
    assert environment["OMP_NUM_THREADS"] == "8"
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
