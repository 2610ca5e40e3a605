"""What names the files of a distribution can be imported by.

Loaded by ``probe.py``: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

_SUFFIXES = tuple(
    sorted(
        [*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.SOURCE_SUFFIXES, ".pyc"],
        key=len,
        reverse=True,
    )
)
# The two ways in which a regular package says that other distributions add to it.
_NAMESPACE_MARKS = ("extend_path", "declare_namespace")
_SMALL = 8192


def import_names(name: str, paths: Iterable[str], root: str, top_level: Iterable[str]) -> set[str]:
    """Return the shallowest dotted names that are a distribution's own.

    Args:
        name: of the distribution, normalised.
        paths: of its files, with '/', relative to ``root``; empty if nothing recorded them.
        root: the folder that it lies in.
        top_level: the names that its metadata lists.
    """
    names = names_of_paths(paths, root)
    names.update(names_of_path_files(paths, root))
    if not names:
        names.update(top_level)
    guess = name.replace("-", "_")
    if not names and importable(root, guess):
        names.add(guess)
    return names


def importable(folder: str, name: str) -> bool:
    """Say whether a package or module of that name lies in the folder."""
    return any(os.path.exists(os.path.join(folder, name + end)) for end in ("/__init__.py", ".py"))


def names_of_paths(paths: Iterable[str], root: str) -> set[str]:
    """Return the names that a list of installed files provides."""
    tree: dict[str, Any] = {}
    for path in paths:
        parts = path.split("/")
        folders, name = parts[:-1], module_name(parts[-1])
        if name is None or not all(folder.isidentifier() and folder != "__pycache__" for folder in folders):
            continue
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node.setdefault("", set()).add(name)
    names: set[str] = set()
    collect(tree, (), root, names)
    return names


def collect(node: dict[str, Any], prefix: tuple[str, ...], root: str, names: set[str]) -> None:
    """Add the names at or below one folder: its own if it is a regular package, else those of its parts."""
    modules = node.get("", set())
    if prefix and "__init__" in modules and not is_namespace(prefix, root):
        names.add(".".join(prefix))
        return
    names.update(".".join((*prefix, module)) for module in modules if not module.startswith("__"))
    for folder, child in node.items():
        if folder:
            collect(child, (*prefix, folder), root, names)


def is_namespace(prefix: tuple[str, ...], root: str) -> bool:
    """Say whether a package with an ``__init__`` still shares its name with other distributions."""
    path = os.path.join(root, *prefix, "__init__.py")
    try:
        if os.path.getsize(path) > _SMALL:
            return False
        with open(path, encoding="utf-8", errors="replace") as source:
            text = source.read()
    except OSError:
        return False
    return any(mark in text for mark in _NAMESPACE_MARKS)


def names_of_path_files(paths: Iterable[str], root: str) -> set[str]:
    """Return the names that an editable install adds through its ``.pth`` file or its finder."""
    names: set[str] = set()
    for path in paths:
        full = os.path.join(root, path)
        if "/" not in path and path.endswith(".pth"):
            for line in lines_of(full):
                names.update(filter(None, (module_name(name) or package_name(line, name) for name in entries(line))))
        elif is_finder(path):
            names.update(mapping_of(full))
    return {name for name in names if not name.startswith("__") and name not in {"setup", "conftest", "tests"}}


def is_finder(path: str) -> bool:
    """Say whether a file is the finder of an editable install."""
    return path.startswith("__editable__") and path.endswith("_finder.py")


def editable_folders(paths: Iterable[str], root: str) -> Iterator[str]:
    """Give the folders that an editable install's own files lead to."""
    for path in paths:
        if path.startswith("__editable__") and path.endswith(".pth"):
            yield from filter(os.path.isdir, lines_of(os.path.join(root, path)))
        elif is_finder(path):
            yield from map(os.path.dirname, mapping_of(os.path.join(root, path)).values())


def mapping_of(path: str) -> dict[str, str]:
    """Return ``MAPPING`` in setuptools' finder of an editable install: folders by name."""
    for line in lines_of(path):
        match = re.match(r"MAPPING(?::[^=]*)? = (\{.*\})", line)
        if match:
            try:
                return dict(ast.literal_eval(match.group(1)))
            except ValueError:
                return {}
    return {}


def lines_of(path: str) -> list[str]:
    """Return a text file's lines, none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read().splitlines()
    except OSError:
        return []


def module_name(filename: str) -> str | None:
    """Return the name that a file can be imported by: ``x`` for ``x.py`` and ``x.cpython-311-x86_64-linux-gnu.so``."""
    for suffix in _SUFFIXES:
        if filename.endswith(suffix):
            name = filename[: -len(suffix)]
            return name if name.isidentifier() else None
    return None


def package_name(root: str, entry: str) -> str | None:
    """Return the name if the folder is a regular package."""
    return entry if os.path.isfile(os.path.join(root, entry, "__init__.py")) else None


def entries(folder: str) -> list[str]:
    """Return the names in a folder, none if there is no such folder."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
