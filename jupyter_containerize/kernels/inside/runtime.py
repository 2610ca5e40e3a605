"""The runtime's modules, as ``program.py`` loaded them: under names that no user's module has."""

from __future__ import annotations

import importlib
from typing import Any


def runtime_module(name: str) -> Any:
    """Return a module of the runtime."""
    return importlib.import_module(f"_jupyter_containerize_runtime.{name}")
