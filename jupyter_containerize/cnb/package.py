"""A buildpack that the lifecycle runs, written to a folder."""

from __future__ import annotations

from pathlib import Path


def write_buildpack(folder: Path, *, version: str) -> None:
    """Write a buildpack."""
    raise NotImplementedError(folder, version)
