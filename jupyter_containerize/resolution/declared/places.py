"""Says which files beside a notebook may declare what it needs, nearest first."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_MOST_LEVELS = 8
_MOST_NAMES = 10_000
_REQUIREMENTS = re.compile(r"requirements(?:[-_.].+)?\.txt", re.IGNORECASE)
_PYLOCK = re.compile(r"pylock\.[^.]+\.toml")
# What the project needs on other days than when it runs.
_ASIDE = re.compile(
    r"(?:^|[-_.])(?:dev|devel|develop|development|tests?|testing|docs?|documentation|lint|linting|linters?|format"
    r"|style|quality|build|ci|release|publish|typing|types|mypy|bench|benchmarks?|coverage|pre-?commit|min|minimum"
    r"|minimal|oldest|lowest|nightly|tools)(?=[-_.]|$)",
    re.IGNORECASE,
)
# The order in which they are read: what asks first, then what only pins.
FILES = (
    "environment.yml",
    "environment.yaml",
    "pyproject.toml",
    "Pipfile",
    "pixi.toml",
    "setup.cfg",
    "apt.txt",
    "pylock.toml",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
)
# Where repo2docker looks. Source: its documentation, "Configuration Files".
_BINDER = ("binder", ".binder")


def project_folder(folder: Path, boundary: Path | None) -> Path:
    """Return the highest folder that files may be in: without links, and the notebook's own or above it.

    Args:
        folder: The notebook's, without links.
        boundary: What the caller allows. Without one, the folder of the repository that the notebook is in.
    """
    if boundary is not None:
        highest = boundary.resolve()
        return highest if folder.is_relative_to(highest) else folder
    for above in (folder, *folder.parents[:_MOST_LEVELS]):
        if (above / ".git").exists():
            return above
    return folder


def folders(folder: Path, highest: Path) -> Iterator[Path]:
    """Give the notebook's folder, then those above it up to ``highest``, each followed by its Binder folders."""
    for above in (folder, *folder.parents):
        yield above
        yield from (above / name for name in _BINDER)
        if above == highest:
            return


def files_in(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that may declare what a notebook needs, in the order to read them in."""
    names = _names(folder)
    yield from (folder / name for name in sorted(names, key=_plain_first) if _REQUIREMENTS.fullmatch(name))
    inside = _names(folder / "requirements") if "requirements" in names else []
    yield from (
        folder / "requirements" / name
        for name in sorted(inside, key=_plain_first)
        if name.lower().endswith(".txt") and not _ASIDE.search(name[:-4]) and not name.lower().startswith("constraint")
    )
    yield from (folder / name for name in FILES if name in names)
    yield from (folder / name for name in sorted(names) if _PYLOCK.fullmatch(name))


def _names(folder: Path) -> list[str]:
    """Return the names that matter; at most so many are looked at, since folders of data can be long."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_NAMES)]
    except (OSError, ValueError):
        return []
    return [name for name in names if not (_REQUIREMENTS.fullmatch(name) and _ASIDE.search(name[:-4]))]


def _plain_first(name: str) -> tuple[bool, str]:
    return name.lower() != "requirements.txt", name
