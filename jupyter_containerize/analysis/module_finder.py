"""Finds the file that provides a module, among the folders that an import is searched in.

Files that the notebook itself writes count as if they were there.
"""

from __future__ import annotations

import os
import os.path
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.analysis.written import WrittenFile

# Stands for the folder of a notebook that has none; nothing is looked up in it.
_NOWHERE = "/notebook"
# A module is code, not data.
_LARGEST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a module comes from. ``path`` is relative to the notebook's folder (POSIX, may begin with ``..``).

    ``written`` are the cells that write it; ``on_disk`` says whether a file is there as well. ``folder`` says
    that it is a folder without ``__init__.py``, then ``on_disk`` is of the folder.
    """

    path: str
    package: bool
    on_disk: bool
    folder: bool = False
    written: tuple[WrittenFile, ...] = ()


class ModuleFinder:
    """Looks up modules by name.

    Args:
        root: The notebook's folder; ``None`` when it has none, and then only written files are found.
        folders: The folders that imports are searched in, absolute, in order.
        boundary: The folder that is never left, ``None`` for each search folder to be its own.
        written: What the notebook writes.
    """

    def __init__(
        self, root: Path | None, folders: Iterable[str], boundary: Path | None, written: Iterable[WrittenFile]
    ) -> None:
        self._disk = root is not None
        self.root = str(root.resolve()) if root is not None else _NOWHERE
        self._edge = None if boundary is None else str(boundary.resolve())
        self._written: dict[str, list[WrittenFile]] = {}
        self._names: dict[str, set[str]] = {}
        self.folders: list[str] = []
        for folder in folders if self._disk else (self.root,):
            self.add(folder)
        for file in written:
            self._write(file)

    def add(self, folder: str) -> None:
        """Search one more folder, after the others, unless it lies outside of the boundary."""
        real = os.path.realpath(folder) if self._disk else folder
        if real not in self.folders and (self._edge is None or _is_below(real, self._edge)):
            self.folders.append(real)

    def base_of(self, modules: Sequence[str]) -> str | None:
        """Return the folder that provides modules of one package, the package itself first.

        A folder without ``__init__.py`` counts only if one of the modules is a file in it: any installed
        distribution of that name would win over the bare folder.
        """
        top = modules[0].partition(".")[0]
        for base in self.folders:
            source = self.source(base, top)
            if source is not None and not source.folder:
                return base
        for base in self.folders:
            found = (self.source(base, module) for module in modules)
            if any(source is not None and not source.folder for source in found):
                return base
        return None

    def source(self, base: str, module: str) -> Source | None:
        """Return where a module of a search folder comes from; the folder of a package without ``__init__.py``."""
        folder = os.path.join(base, *module.split("."))  # noqa: PTH118  # many look-ups: text is faster than Path
        parent, name = os.path.split(folder)
        names = self._listing(parent)
        if name in names:
            init = os.path.join(folder, "__init__.py")  # noqa: PTH118
            if "__init__.py" in self._listing(folder) and (source := self._file(init, base)):
                return source
        if f"{name}.py" in names and (source := self._file(f"{folder}.py", base)):
            return source
        on_disk = self._disk and name in names and os.path.isdir(folder)  # noqa: PTH112
        if on_disk or (name in names and self._names.get(folder)):
            return Source(path=self.relative(folder), package=True, on_disk=on_disk, folder=True)
        return None

    def file(self, path: str, here: str) -> Source | None:
        """Return a file by its path, for ``%run``."""
        target = os.path.normpath(os.path.join(here, path))  # noqa: PTH118
        base = self.root if _is_below(target, self.root) else os.path.dirname(target)  # noqa: PTH120
        return self._file(target, base)

    def read(self, source: Source) -> bytes:
        """Return the bytes of a file on the disk.

        Raises:
            OSError: the system refused, or it is too large to be code.
        """
        path = os.path.join(self.root, source.path)  # noqa: PTH118
        if os.path.getsize(path) > _LARGEST_BYTES:  # noqa: PTH202
            raise OSError("it is too large to be a module")
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()

    def relative(self, path: str) -> str:
        """Return a path relative to the notebook's folder, in POSIX form."""
        return os.path.relpath(path, self.root).replace(os.sep, "/")

    def _file(self, path: str, base: str) -> Source | None:
        written = tuple(self._written.get(path, ()))
        on_disk = self._disk and os.path.isfile(path) and self._is_allowed(path, base)  # noqa: PTH113
        if not written and not on_disk:
            return None
        package = path.endswith(f"{os.sep}__init__.py")
        return Source(path=self.relative(path), package=package, on_disk=on_disk, written=written)

    def _is_allowed(self, path: str, base: str) -> bool:
        return _is_below(os.path.realpath(path), base if self._edge is None else self._edge)

    def _listing(self, folder: str) -> set[str]:
        names = self._names.get(folder)
        if names is None:
            try:
                names = set(os.listdir(folder)) if self._disk else set()  # noqa: PTH208  # names alone
            except (OSError, ValueError):
                names = set()
            self._names[folder] = names
        return names

    def _write(self, file: WrittenFile) -> None:
        path = os.path.normpath(os.path.join(self.root, file.path))  # noqa: PTH118
        if "\0" in path or not path.endswith((".py", ".ipynb")) or not _is_below(path, self.root):
            return
        self._written.setdefault(path, []).append(file)
        while path != self.root:
            path, name = os.path.split(path)
            self._listing(path).add(name)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
