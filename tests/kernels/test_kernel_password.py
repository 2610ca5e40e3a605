"""Code of the user never sees the password of a signing key."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_containerize.kernels.spec import find_interpreter, interpreter_at


def test_interpreter__password_of_a_key_set__is_not_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a kernel nor an interpreter that is asked what it has gets it; everything else stays."""
    monkeypatch.setenv("COSIGN_PASSWORD", "hunter2")
    monkeypatch.setenv("OTHER", "kept")
    for interpreter in (find_interpreter(""), interpreter_at(Path(sys.executable))):
        assert "COSIGN_PASSWORD" not in interpreter.environ
        assert interpreter.environ["OTHER"] == "kept"
