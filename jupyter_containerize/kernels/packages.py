"""Where the builder's own packages lie, for programs that run in another environment."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_folder(name: str) -> Path:
    """Return the folder of a package that is one of our own dependencies."""
    spec = find_spec(name)
    assert spec is not None  # noqa: S101  # it is a dependency
    assert spec.origin is not None  # noqa: S101  # and no namespace package
    return Path(spec.origin).parent
