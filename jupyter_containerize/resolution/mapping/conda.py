"""Translates conda's package names into the index's."""

from __future__ import annotations

from jupyter_containerize.resolution.mapping.table import pairs

_ONLY = "-"


def name_of_conda(name: str) -> str | None:
    """Return the distribution that a conda package holds; ``None`` for one that is on no Python index.

    A name that the list does not have is the same on both sides, as most are.
    """
    known = pairs("conda.txt").get(name.lower())
    if known is None:
        return name.lower()
    return None if known[0] == _ONLY else known[0]


def conda_only(name: str) -> bool:
    """Say whether a conda package is known to be on no Python index: an interpreter, a compiler, a C library."""
    return pairs("conda.txt").get(name.lower(), ("", ""))[0] == _ONLY
