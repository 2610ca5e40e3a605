"""Finds the files beside the notebook that its code names, and those that go into the image."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from jupyter_containerize.analysis.literals import PathLiteral, path_literals
from jupyter_containerize.analysis.local_modules import reached_modules
from jupyter_containerize.domain.notebook import Analysis, ImportSite, Location, Slice


def named_files(literals: Iterable[PathLiteral], root: Path) -> tuple[str, ...]:
    """Return the existing files and folders that literals name, relative to ``root``, sorted.

    Nothing outside of ``root`` counts, also not through a symlink or ``..``, nor ``root`` itself.
    """
    base = root.resolve()
    try:
        first_parts = set(os.listdir(base))  # noqa: PTH208  # names only, to spare a look-up per literal
    except OSError:
        return ()
    found: set[str] = set()
    for literal in set(literals):
        path = _normalised(literal.text, base)
        if path is None or path.partition("/")[0] not in first_parts:
            continue
        target = base / path
        if _is_inside(target, base) and (target.is_file() or (literal.sure and target.is_dir())):
            found.add(path)
    return tuple(sorted(found))


def local_files(
    analysis: Analysis, serving: Slice, *, root: Path, modules: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the files beside the notebook that serving needs: (path in the application, path from ``root``), sorted.

    The local modules that the serving code's imports reach (the whole of a package), the files that it names, and
    those that these modules name. Folders are given as the files in them. A module from outside of ``root``
    (``sys.path``) lies in the application where its dotted name says.

    Args:
        analysis: of the notebook.
        serving: its slice.
        root: the notebook's folder.
        modules: further modules that are needed: loading the captured objects imports them.
    """
    base = root.resolve()
    known = dict(analysis.local_modules)
    asked = [ImportSite(module=module, location=Location(path="")) for module in modules]
    reached = reached_modules((*serving.imports, *asked), analysis.imports, known)
    inside = {known[module] for module in reached if not known[module].startswith("../")}
    sources = {path for path in inside if (base / path).is_file()}
    named = {*serving.files, *named_files((found for path in sources for found in _literals_of(base / path)), base)}
    files: set[tuple[str, str]] = set()
    for path in (*(_whole_package(source, base) for source in sources), *named):
        files.update((file, file) for file in _files_in(path, base))
    for module in reached:
        if known[module].startswith("../"):
            files.update(_outside(module, known[module], base))
    return tuple(sorted(files))


def _outside(module: str, source: str, base: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of the top-level package, or the one module, that lies outside of the notebook's folder."""
    file = Path(os.path.normpath(base / source))
    parts = module.split(".")
    # The folder on sys.path: up by one for each part of the name, and one more for a package's own file.
    depth = len(parts) - (0 if file.name == "__init__.py" else 1)
    place = file.parents[depth]
    top = place / parts[0]
    if not (top / "__init__.py").is_file():
        yield file.relative_to(place).as_posix(), source
        return
    for path in _files_in(".", top):
        yield f"{parts[0]}/{Path(path).as_posix()}", os.path.relpath(top / path, base)


def _normalised(text: str, base: Path) -> str | None:
    path = Path(text)
    if path.is_absolute():
        if not path.is_relative_to(base):
            return None
        path = path.relative_to(base)
    normal = os.path.normpath(path).replace(os.sep, "/")
    return None if normal in {".", ".."} or normal.startswith("../") else normal


def _whole_package(source: str, base: Path) -> str:
    """Return the outermost folder with an ``__init__.py`` that holds a module, or the module's file."""
    whole = source
    folder = Path(source).parent
    while folder.name and (base / folder / "__init__.py").is_file():
        whole = folder.as_posix()
        folder = folder.parent
    return whole


def _files_in(path: str, base: Path) -> Iterator[str]:
    target = base / path
    if target.is_file():
        if _is_inside(target, base):
            yield path
        return
    for folder, folders, names in os.walk(target):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if file.suffix != ".pyc" and not name.startswith(".") and file.is_file() and _is_inside(file, base):
                yield file.relative_to(base).as_posix()


def _is_inside(target: Path, base: Path) -> bool:
    return target.resolve().is_relative_to(base)


def _literals_of(file: Path) -> Iterator[PathLiteral]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        # The finding was made when the module was found.
        return
    yield from path_literals(tree)
