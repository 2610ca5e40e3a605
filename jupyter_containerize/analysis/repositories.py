"""Tells whether a notebook clones the very repository that it lies in, as those do that run elsewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

_CLONE_NAME = re.compile(r"(?:.*[/:])?([^/:]+?)(?:\.git)?/*")
_MOST_ABOVE = 20


class OwnRepository:
    """The folders above a notebook that a clone of a repository can stand for.

    Args:
        root: The notebook's folder, or ``None``.
        boundary: The folder that is never left; without one, only a folder with ``.git`` is looked at.
    """

    def __init__(self, root: Path | None, boundary: Path | None) -> None:
        self._root = root
        self._boundary = boundary

    def cloned_from(self, url: str) -> str | None:
        """Return the folder above the notebook that is the repository at ``url``, or ``None``."""
        matched = _CLONE_NAME.fullmatch(url)
        if matched is None:
            return None
        name = matched[1].casefold()
        for folder in self._above():
            if folder.name.casefold() == name or name in _names(folder) or _is_remote(folder, url):
                return str(folder)
        return None

    def _above(self) -> Iterator[Path]:
        if self._root is None:
            return
        base = self._root.resolve()
        edge = None if self._boundary is None else self._boundary.resolve()
        for folder in (base, *base.parents)[:_MOST_ABOVE]:
            if edge is not None and not folder.is_relative_to(edge):
                return
            if edge is not None or (folder / ".git").exists():
                yield folder


def _names(folder: Path) -> set[str]:
    """Return the name that a project gives itself."""
    try:
        content = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    project = content.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return {name.casefold()} if isinstance(name, str) else set()


def _is_remote(folder: Path, url: str) -> bool:
    try:
        config = (folder / ".git" / "config").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    repository = "/".join(re.split(r"[/:]", url.removesuffix("/").removesuffix(".git"))[-2:])
    return re.search(rf"url\s*=.*[/:]{re.escape(repository)}(?:\.git)?/?\s*$", config, re.MULTILINE) is not None
