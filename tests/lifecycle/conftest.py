"""Notebooks in a folder of their own, and a machine without configuration."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.notebooks.made import content_of

PYTHON3 = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's store, home and configuration of pip and uv away from a test."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("JUPYTER_CONTAINERIZE_STORE", str(tmp_path / "store"))


@pytest.fixture
def write_notebook(alone: None, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a notebook of code cells and gives its path."""
    del alone

    def write(*sources: str, name: str = "n.ipynb", metadata: object = PYTHON3) -> Path:
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Of a version whose cells have no ids.
        path.write_text(json.dumps(content_of(*sources, metadata=metadata, minor=4)), encoding="utf-8")
        return path

    return write
