"""Kernelspecs of one test alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kernel_notebooks import LAUNCH


@pytest.fixture
def install_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that installs a kernelspec for this test alone."""
    root = tmp_path / "jupyter"
    monkeypatch.setenv("JUPYTER_PATH", str(root))

    def install(name: str, *argv: str, **more: Any) -> Path:
        folder = root / "kernels" / name
        folder.mkdir(parents=True)
        spec = {
            "argv": list(argv or (sys.executable, *LAUNCH)),
            "display_name": name,
            "language": "python",
            **more,
        }
        (folder / "kernel.json").write_text(json.dumps(spec))
        return folder

    return install
