"""Looks at files inside one folder and at nothing outside of it, also where symlinks lead out."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

_MOST_LINKS = 40


@dataclass(slots=True)
class Inside:
    """The files under ``boundary``; look-ups are kept.

    Paths are relative to ``root`` (the notebook's folder), which lies in the boundary.
    """

    root: Path
    boundary: Path
    _known: dict[str, tuple[str, os.stat_result | None] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, boundary: Path | None) -> Inside:
        """Return the view of a notebook's folder; without a boundary it ends at that folder."""
        base = root.resolve()
        edge = base if boundary is None else boundary.resolve()
        return cls(root=base, boundary=edge if base.is_relative_to(edge) else base)

    def stat(self, path: str) -> os.stat_result | None:
        """Return what is at the path when symlinks are followed.

        Raises:
            LookupError: it lies outside of the boundary, or cannot be told.
        """
        found = self._found(path)
        if found is None:
            raise LookupError(path)
        return found[1]

    def file(self, path: str) -> Path | None:
        """Return the real path of a regular file inside of the boundary, or ``None``."""
        found = self._found(path)
        if found is None or found[1] is None or not stat.S_ISREG(found[1].st_mode):
            return None
        return Path(found[0])

    def _found(self, path: str) -> tuple[str, os.stat_result | None] | None:
        if path not in self._known:
            try:
                self._known[path] = self._follow(path)
            except (OSError, ValueError):
                # A NUL, a name that is too long, a folder that may not be looked into.
                self._known[path] = None
        return self._known[path]

    def _follow(self, path: str) -> tuple[str, os.stat_result | None] | None:
        """Walk down from the boundary one name at a time, so that nothing outside is touched."""
        edge = str(self.boundary)
        left = _names_below(os.path.normpath(self.root / path), edge)
        current, status, links = edge, os.lstat(edge), 0
        while left is not None:
            if not left:
                return current, status
            name = left.pop(0)
            if not stat.S_ISDIR(status.st_mode):
                return current, None
            target = os.path.join(current, name)  # noqa: PTH118  # text, as normpath needs it
            try:
                status = os.lstat(target)
            except FileNotFoundError:
                return target, None
            if stat.S_ISLNK(status.st_mode):
                links += 1
                if links > _MOST_LINKS:
                    return target, None
                linked = os.path.normpath(os.path.join(current, os.readlink(target)))  # noqa: PTH115, PTH118
                below = _names_below(linked, edge)
                left = None if below is None else [*below, *left]
                current, status = edge, os.lstat(edge)
            else:
                current = target
        return None


def _names_below(path: str, edge: str) -> list[str] | None:
    """Return the names that lead from the edge to an absolute path, or ``None`` if it leads elsewhere."""
    if path == edge:
        return []
    prefix = edge.rstrip(os.sep) + os.sep
    return list(Path(path[len(prefix) :]).parts) if path.startswith(prefix) else None
