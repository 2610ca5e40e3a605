"""The programs of Buildpacks themselves, built once from their public sources."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "cnb-tools"
_MISSING = 3


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line("markers", "cnb: needs pack and lifecycle, which scripts/cnb-tools builds with Go")


@pytest.fixture(scope="session")
def cnb_tools(pytestconfig: pytest.Config) -> Path:
    """Give a folder with pack, lifecycle, creator and launcher: ``$CNB_TOOLS``, or one that is filled once.

    Where Go or its modules cannot be had, tests that ask for it are left out, in CI as well: it is no fault of ours.
    """
    named = os.environ.get("CNB_TOOLS", "")
    folder = Path(named) if named else Path(pytestconfig.cache.mkdir("cnb-tools"))
    built = subprocess.run([_SCRIPT, folder], capture_output=True, text=True, check=False)
    if built.returncode == _MISSING:
        # In CI a skipped test fails; an expected failure is told as well, and does not.
        leave_out = pytest.xfail if os.environ.get("CI") else pytest.skip
        leave_out(built.stderr.strip())
    assert built.returncode == 0, built.stderr
    return folder
