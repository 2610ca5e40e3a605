"""Says which Python the user asks for, before any kernel is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from jupyter_containerize.resolution.declared.environment_files import python_of_environment
from jupyter_containerize.resolution.declared.places import folders, project_folder
from jupyter_containerize.resolution.declared.project_files import (
    python_of_pipfile,
    python_of_pyproject,
    python_of_setup_cfg,
)
from jupyter_containerize.resolution.declared.source import Unreadable, inside, read_text, shown_from
from jupyter_containerize.resolution.declared.toml_files import table

_VERSION = re.compile(r"[23](?:\.\d{1,2}){1,2}")
_NAMED_VERSION = re.compile(r"(?:c?python[-=]?)?([23](?:\.\d{1,2}){1,2})", re.IGNORECASE)
LANGUAGE_INFO = "language_info"
SCRIPT_BLOCK = "pep723"


def python_asked(
    folder: Path | None,
    metadata: Mapping[str, object],
    *,
    script_python: str = "",
    boundary: Path | None = None,
) -> tuple[str, str] | None:
    """Return the Python that the user asks for, and where; ``None`` if nothing says.

    The first is a version (``3.9``, ``3.9.1``), or a PEP 440 specifier (``>=3.8``) that more than one version
    suits. The second is ``pep723``, a file's path relative to ``folder``, or ``language_info``. The nearest
    counts: the notebook's block, then files by folder. Where that is a range and the version
    that the notebook was last run with is in it, it is that version.

    Args:
        folder: The notebook's; ``None`` if it has none.
        metadata: The notebook's ``metadata``.
        script_python: ``requires_python`` of the notebook's PEP 723 block.
        boundary: As for ``files_beside``.
    """
    last_run = _last_run(metadata)
    for specifier, source in _asked(folder, script_python, boundary):
        version = _one_version(specifier)
        if version:
            return version, source
        try:
            suits = SpecifierSet(specifier)
        except InvalidSpecifier:
            continue
        if last_run and suits.contains(last_run, prereleases=True):
            return last_run, LANGUAGE_INFO
        return specifier, source
    return (last_run, LANGUAGE_INFO) if last_run else None


def _asked(folder: Path | None, script_python: str, boundary: Path | None) -> Iterator[tuple[str, str]]:
    if script_python:
        yield script_python, SCRIPT_BLOCK
    if folder is None:
        return
    try:
        folder = folder.resolve()
        highest = project_folder(folder, boundary)
    except (OSError, RuntimeError, ValueError):
        return
    for place in folders(folder, highest):
        for name, reader in _READERS.items():
            path = place / name
            if not path.is_file() or not inside(path, highest):
                continue
            try:
                found = reader(read_text(path))
            except Unreadable:
                continue
            if found:
                yield found, shown_from(path, folder)


def _one_version(specifier: str) -> str:
    """Return ``3.9`` for ``3.9``, ``==3.9`` and ``==3.9.*``; empty for a range."""
    text = specifier.strip().removeprefix("==").strip().removesuffix(".*")
    return text if _VERSION.fullmatch(text) else ""


def _last_run(metadata: Mapping[str, object]) -> str:
    info = table(metadata, "language_info")
    name, version = info.get("name", "python"), info.get("version")
    if not isinstance(name, str) or name.lower() not in {"python", "ipython"} or not isinstance(version, str):
        return ""
    # 3.12.0rc1 and 3.8.5+ count as their release.
    found = _VERSION.match(version)
    return found[0] if found else ""


def _first_version(text: str) -> str:
    """Return the version in a runtime.txt (``python-3.9``) or .python-version (``3.9.1``); empty for other words."""
    for line in text.splitlines():
        found = _NAMED_VERSION.fullmatch(line.partition("#")[0].strip())
        if found:
            return found[1]
    return ""


_READERS: Mapping[str, Callable[[str], str]] = {
    "environment.yml": python_of_environment,
    "environment.yaml": python_of_environment,
    "runtime.txt": _first_version,
    ".python-version": _first_version,
    "Pipfile": python_of_pipfile,
    "pyproject.toml": python_of_pyproject,
    "pixi.toml": python_of_pyproject,
    "setup.cfg": python_of_setup_cfg,
}
