"""Finds the folders from which a project's own code is imported when no distribution provides it."""

from __future__ import annotations

import ast
import configparser
import tomllib
from pathlib import Path

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg")


def nameless_project_folders(root: Path, boundary: Path | None) -> list[Path]:
    """Return the folder of the project that the notebook lies in, and its ``src``, if the project has no name.

    A project with a name is a distribution: what it provides is installed, not found beside the notebook.
    Looks above the notebook's folder only as far as the boundary.
    """
    edge = root.resolve() if boundary is None else boundary.resolve()
    for folder in (root.resolve(), *root.resolve().parents):
        if not folder.is_relative_to(edge):
            break
        marks = [folder / mark for mark in _MARKS if (folder / mark).is_file()]
        if marks:
            return [] if any(map(_is_named, marks)) else [folder, folder / "src"]
    return []


def _is_named(file: Path) -> bool:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        # What cannot be read may name a distribution.
        return True
    if file.name == "setup.py":
        return _names_in_setup(text)
    try:
        if file.name == "setup.cfg":
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(text)
            return parser.has_option("metadata", "name")
        content = tomllib.loads(text)
    except (configparser.Error, tomllib.TOMLDecodeError, RecursionError):
        return True
    tool = content.get("tool")
    sections = [content.get("project"), *(tool.values() if isinstance(tool, dict) else ())]
    return any(isinstance(section, dict) and isinstance(section.get("name"), str) for section in sections) or (
        isinstance(tool, dict) and isinstance(tool.get("flit"), dict)
    )


def _names_in_setup(text: str) -> bool:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    # setup(**metadata) may name one as well.
    return any(
        keyword.arg in {None, "name"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setup")
        for keyword in node.keywords
    )
