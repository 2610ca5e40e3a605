"""Reads requirements files as pip does, and those that they name.

Source: pip, "Requirements File Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from jupyter_containerize.domain.notebook import Declared, Finding, Location, Severity
from jupyter_containerize.domain.requirement_line import declared_of
from jupyter_containerize.resolution.declared.codes import NOT_FOLLOWED
from jupyter_containerize.resolution.declared.named_entries import marker
from jupyter_containerize.resolution.declared.source import (
    LONGEST_ENTRY,
    Source,
    Stream,
    Unreadable,
    inside,
    read_text,
    shown_from,
    unreadable,
)

RULE = "requirements.txt"
# What a constraints file pins is no need: it counts only for what something else asks for.
CONSTRAINTS = "constraints.txt"

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTION = re.compile(r"(?P<name>--?[A-Za-z][A-Za-z-]*)(?P<sign>[\s=]+)?(?P<value>.*)", re.DOTALL)
# --hash=..., --config-settings=...: about how to install the line's requirement.
_LINE_OPTIONS = re.compile(r"\s(?:--[a-z]|-C\s).*$", re.DOTALL)
_RULES = {"-r": RULE, "--requirement": RULE, "-c": CONSTRAINTS, "--constraint": CONSTRAINTS}
_EDITABLE = {"-e", "--editable"}
# `pip freeze` in a conda environment writes the folder of the machine that built the package.
_CONDA_BUILD = re.compile(r"file://\S*(?:/work(?:/|$|\s|#)|conda-bld|feedstock_root|/croot/|/tmp/build/)")
_WHEEL_VERSION = re.compile(r"/[A-Za-z0-9_.]+-(?P<version>[0-9][A-Za-z0-9_.!+]*)-[^/]*\.whl(?:#.*)?$")
# .[test], third_party/mine/: folders, which pip knows by looking.
_FOLDER = re.compile(r"(?P<path>\.{1,2}|[\w.-]+/[\w./-]*)(?:\[[\w,. -]*\])?")
_MOST_FILES = 32

_Seen: TypeAlias = set[tuple[Path, str]]


def requirements_of(source: Source, *, folder: Path | None = None, seen: _Seen | None = None) -> Stream:
    """Give what a requirements file declares, and what the files declare that it names.

    Args:
        source: The file. Files outside of its boundary are not opened.
        folder: What other files' paths are shown relative to: the notebook's folder. The file's own without.
        seen: The files that have been read, so that a circle ends.
    """
    seen = set() if seen is None else seen
    if source.path is not None:
        seen.add((source.path, source.rule))
    for line, text in _logical_lines(source.text):
        option = _OPTION.fullmatch(text)
        if option is None:
            yield from requirement_of(text, source, line)
            continue
        name, value = _split(option)
        if name in _RULES:
            yield from _named(value, replace(source, rule=_RULES[name]), line, folder, seen)
        elif name in _EDITABLE:
            yield from requirement_of(value, source, line)
        # The others are about where to look (--index-url) and how to install.


def requirement_of(text: str, source: Source, line: int | None) -> Stream:
    """Give what one requirement declares; it may have options of its own, as in a requirements file."""
    text = _LINE_OPTIONS.sub("", text)
    text = text if len(text) <= LONGEST_ENTRY else ""
    # The address of a direct reference may have a semicolon of its own.
    text, _, condition = text.partition(" ;" if "@" in text or "://" in text else ";")
    if folder := _FOLDER.fullmatch(text.strip()):
        text = folder["path"] if folder["path"].startswith(".") else f"./{folder['path']}"
    found = declared_of(text, location=source.at(line), rule=source.rule)
    if found is None or (condition and not marker(condition)):
        yield source.ignored(line)
    elif _CONDA_BUILD.match(found.url):
        version = _WHEEL_VERSION.search(found.url)
        specifier = f"=={version['version']}" if version else ""
        yield replace(found, url="", specifier=specifier, marker=marker(condition))
    else:
        yield replace(found, marker=marker(condition))


def follow(name: str, source: Source, line: int | None, folder: Path | None = None) -> Stream:
    """Give what a requirements file declares that another file names, if it may be opened."""
    yield from _named(name, replace(source, rule=RULE), line, folder, set())


def not_followed(location: Location, name: str, reason: str) -> Finding:
    """Return the finding for a named file that is not opened."""
    return Finding(
        code=NOT_FOLLOWED,
        message=f"{location.path} names {name or 'a file'}, which {reason}",
        severity=Severity.INFO,
        location=location,
        hint="What that file declares is not known.",
    )


def _named(value: str, source: Source, line: int | None, folder: Path | None, seen: _Seen) -> Stream:
    location = source.at(line)
    if "://" in value:
        yield not_followed(location, "an address", "is not fetched")
        return
    if not value or source.path is None or source.boundary is None:
        yield not_followed(location, value, "cannot be found from here")
        return
    path = source.path.parent / value
    if not inside(path, source.boundary):
        yield not_followed(location, value, "lies outside of the project's folder")
        return
    path = path.resolve()
    if (path, source.rule) in seen:
        return
    if len(seen) >= _MOST_FILES:
        yield not_followed(location, value, "is one of too many")
        return
    shown = shown_from(path, folder or source.path.parent)
    try:
        text = read_text(path)
    except Unreadable as error:
        missing = not path.exists()
        yield (
            not_followed(location, value, "is not there") if missing else unreadable(Location(path=shown), error.reason)
        )
        return
    yield from requirements_of(
        replace(source, text=text, shown=shown, path=path, first_line=1), folder=folder, seen=seen
    )


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines with something in them: joined where they end in a backslash, without comments."""
    start, parts = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        start = start or number
        # A comment line ends a joined line, as it does for pip.
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            parts.append(line[:-1])
            continue
        joined = _COMMENT.sub("", "".join([*parts, line])).strip()
        if joined:
            yield start, joined
        start, parts = 0, []


def _split(option: re.Match[str]) -> tuple[str, str]:
    name, value = option["name"], option["value"]
    if not name.startswith("--") and not option["sign"]:
        # -rother.txt
        name, value = name[:2], name[2:] + value
    return name, value.strip().strip("'\"")


def split_stream(stream: Stream) -> tuple[tuple[Declared, ...], tuple[Finding, ...]]:
    """Return what was declared, and what was found, each in its order and without repetitions."""
    declared: dict[Declared, None] = {}
    findings: dict[Finding, None] = {}
    for item in stream:
        if isinstance(item, Declared):
            declared[item] = None
        else:
            findings[item] = None
    return tuple(declared), tuple(findings)
