"""No configuration of this machine reaches a test."""

from __future__ import annotations

import os
import sys

import pytest


@pytest.fixture(autouse=True)
def _no_configuration(request, tmp_path, monkeypatch):
    """Hide pip's and uv's files and variables, except from tests that ask the real index."""
    if request.node.get_closest_marker("network"):
        return
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(home / "xdg"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setattr(sys, "prefix", str(home / "prefix"))
