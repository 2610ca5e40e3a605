"""Reads what the files beside a notebook declare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_containerize.domain.notebook import Declared, Finding, Location, Manager
from jupyter_containerize.resolution.declared import locks, project_files
from jupyter_containerize.resolution.declared.environment_files import RULE as ENVIRONMENT
from jupyter_containerize.resolution.declared.environment_files import environment_of
from jupyter_containerize.resolution.declared.places import files_in, folders, project_folder
from jupyter_containerize.resolution.declared.requirement_files import (
    RULE as REQUIREMENTS,
)
from jupyter_containerize.resolution.declared.requirement_files import (
    not_followed,
    requirements_of,
    split_stream,
)
from jupyter_containerize.resolution.declared.source import (
    Source,
    Stream,
    Unreadable,
    inside,
    read_text,
    shown_from,
    unreadable,
)

APT = "apt.txt"

_READERS: dict[str, tuple[str, Callable[[Source], Stream]]] = {
    "pyproject.toml": (project_files.PYPROJECT, project_files.pyproject_of),
    "Pipfile": (project_files.PIPFILE, project_files.pipfile_of),
    "pixi.toml": (project_files.PIXI, project_files.pixi_of),
    "setup.cfg": (project_files.SETUP_CFG, project_files.setup_cfg_of),
    "uv.lock": (locks.UV, locks.uv_lock_of),
    "poetry.lock": (locks.POETRY, locks.poetry_lock_of),
    "Pipfile.lock": (locks.PIPENV, locks.pipfile_lock_of),
}


def files_beside(folder: Path, *, boundary: Path | None = None) -> tuple[tuple[Declared, ...], tuple[Finding, ...]]:
    """Return what the files around a notebook declare, those of the nearest folder first.

    Looks in the notebook's folder and in those above it, up to ``boundary``; without one up to the folder of the
    repository, at most eight levels. Locations have paths relative to ``folder``. Files that cannot
    be read, or not wholly, leave findings; nothing is raised for them.

    Args:
        folder: The notebook's.
        boundary: The highest folder to look in. No file outside of it is opened, whatever a file says.
    """
    try:
        folder = folder.resolve()
        highest = project_folder(folder, boundary)
    except (OSError, RuntimeError, ValueError):
        return (), ()
    return split_stream(_all(folder, highest))


def read_requirement_file(
    path: Path, *, location: Location, boundary: Path | None = None, folder: Path | None = None
) -> tuple[tuple[Declared, ...], tuple[Finding, ...]]:
    """Return what a requirements file declares that a cell names (``!pip install -r requirements.txt``).

    Args:
        path: The file.
        location: The command, for what is said about a file that cannot be read.
        boundary: The highest folder that files may be opened in; without one that of the repository.
        folder: The notebook's, which shown paths are relative to; the file's own without.
    """
    try:
        folder = (folder or path.parent).resolve()
        highest = project_folder(folder, boundary)
        shown = shown_from(path, folder)
    except (OSError, RuntimeError, ValueError):
        return (), (unreadable(location, "a requirements file's path is none"),)
    if not inside(path, highest):
        return (), (not_followed(location, path.name, "lies outside of the project's folder"),)
    try:
        text = read_text(path)
    except Unreadable as error:
        if not path.exists():
            return (), (not_followed(location, path.name, "is not there"),)
        return (), (unreadable(Location(path=shown), error.reason),)
    source = Source(text=text, shown=shown, rule=REQUIREMENTS, path=path.resolve(), boundary=highest)
    return split_stream(source.limited(requirements_of(source, folder=folder)))


def _all(folder: Path, highest: Path) -> Stream:
    # A requirements file that another one names is read once.
    seen: set[tuple[Path, str]] = set()
    for place in folders(folder, highest):
        for path in files_in(place):
            if (path, REQUIREMENTS) not in seen:
                yield from _file(path, folder, highest, seen)


def _file(path: Path, folder: Path, highest: Path, seen: set[tuple[Path, str]]) -> Stream:
    shown = shown_from(path, folder)
    if not inside(path, highest):
        yield not_followed(Location(path=shown), "", "is a link to outside of the project's folder")
        return
    try:
        text = read_text(path)
    except Unreadable as error:
        yield unreadable(Location(path=shown), error.reason)
        return
    source = Source(text=text, shown=shown, rule="", path=path.resolve(), boundary=highest)
    yield from source.limited(_read(source, folder, seen))


def _read(source: Source, folder: Path, seen: set[tuple[Path, str]]) -> Stream:
    path = Path(source.shown)
    if path.name in _READERS:
        rule, reader = _READERS[path.name]
        yield from reader(source.as_rule(rule))
    elif path.suffix in {".yml", ".yaml"}:
        yield from environment_of(source.as_rule(ENVIRONMENT), folder=folder)
    elif path.name == APT:
        yield from _apt(source.as_rule(APT))
    elif path.suffix == ".toml":
        yield from locks.pylock_of(source.as_rule(locks.PYLOCK))
    else:
        yield from requirements_of(source.as_rule(REQUIREMENTS), folder=folder, seen=seen)


def _apt(source: Source) -> Stream:
    """Give the Debian packages that repo2docker would install, one or more a line."""
    for number, line in enumerate(source.text.split("\n"), start=1):
        for name in line.partition("#")[0].split():
            yield Declared(manager=Manager.APT, name=name, location=source.at(number), rule=source.rule)
