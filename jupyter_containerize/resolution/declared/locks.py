"""Reads lock files: uv.lock, poetry.lock, Pipfile.lock and pylock.toml.

They name everything that would be installed, so what they declare says which version, not that something is
needed: ``exact`` is set. Source: PEP 751 for pylock.toml; the others by what their tools write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jupyter_containerize.resolution.declared.named_entries import entry, marker, repository
from jupyter_containerize.resolution.declared.source import Cursor, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import NotToml, table, texts, toml_table

UV = "uv.lock"
POETRY = "poetry.lock"
PIPENV = "Pipfile.lock"
PYLOCK = "pylock.toml"

_HEADER = re.compile(r"\[\[?(?P<name>[^\]]*)\]\]?")
_KEPT_KEY = re.compile(
    r"(?:name|version|source|resolution-markers|category|optional|groups|markers?|vcs|directory|archive) ?="
)
_PACKAGES = {"package", "packages"}
_KEPT_TABLES = {"package.source", "packages.vcs", "packages.directory", "packages.archive"}


def uv_lock_of(source: Source) -> Stream:
    """Give the versions that a uv.lock pins; not the project itself."""

    def value_of(package: Mapping[str, Any]) -> Mapping[str, object] | None:
        origin = table(package, "source")
        if origin.keys() & {"virtual", "editable", "directory", "path"}:
            return None
        forks = [f"({text})" for text in texts(package.get("resolution-markers"))]
        value: dict[str, object] = {"version": _pin(package), "markers": marker(" or ".join(forks))}
        if isinstance(origin.get("git"), str):
            # https://host/repository?tag=v1#the-commit
            address, _, commit = origin["git"].partition("#")
            value["url"] = repository("git", address.partition("?")[0], commit)
        elif isinstance(origin.get("url"), str):
            value["url"] = origin["url"]
        return value

    yield from _packages(source, "package", value_of)


def poetry_lock_of(source: Source) -> Stream:
    """Give the versions that a poetry.lock pins for the project itself, without extras and groups."""

    def value_of(package: Mapping[str, Any]) -> Mapping[str, object] | None:
        groups = texts(package.get("groups")) or ["main"]
        if package.get("category", "main") != "main" or "main" not in groups or package.get("optional") is True:
            return None
        marks = package.get("markers")
        marks = marks.get("main", "") if isinstance(marks, Mapping) else marks
        value: dict[str, object] = {"version": _pin(package), "markers": marks if isinstance(marks, str) else ""}
        origin = table(package, "source")
        kind, url = origin.get("type"), origin.get("url")
        if kind in {"directory", "file"}:
            return None
        if kind == "git" and isinstance(url, str):
            commit = origin.get("resolved_reference")
            value["url"] = repository("git", url, commit if isinstance(commit, str) else "")
        elif kind == "url":
            value["url"] = url
        return value

    yield from _packages(source, "package", value_of)


def pylock_of(source: Source) -> Stream:
    """Give the versions that a pylock.toml pins."""

    def value_of(package: Mapping[str, Any]) -> Mapping[str, object] | None:
        if "directory" in package:
            return None
        value: dict[str, object] = {"version": _pin(package), "markers": package.get("marker", "")}
        vcs, archive = table(package, "vcs"), table(package, "archive")
        if isinstance(vcs.get("url"), str) and isinstance(vcs.get("commit-id", ""), str):
            value["url"] = repository(str(vcs.get("type", "git")), vcs["url"], vcs.get("commit-id", ""))
        elif isinstance(archive.get("url"), str):
            value["url"] = archive["url"]
        return value

    yield from _packages(source, "packages", value_of)


def pipfile_lock_of(source: Source) -> Stream:
    """Give the versions that a Pipfile.lock pins; not those for development."""
    try:
        root = json.loads(source.text)
    except json.JSONDecodeError as error:
        yield source.broken("it is not JSON", error.lineno)
        return
    except (ValueError, RecursionError):
        yield source.broken("it is not JSON")
        return
    cursor = Cursor(source.text, after='"default"')
    for name, value in table(root, "default").items():
        line = cursor.line_of(f'"{name}"')
        yield from entry(name, value, source, line, exact=True)


def _packages(source: Source, key: str, value_of: Callable[[Mapping[str, Any]], Mapping[str, object] | None]) -> Stream:
    try:
        root = _skimmed(source.text)
    except NotToml as error:
        yield source.broken(error.reason, error.line)
        return
    cursor = Cursor(source.text)
    packages = root.get(key)
    for package in packages if isinstance(packages, list) else ():
        if not isinstance(package, Mapping) or not isinstance(package.get("name"), str):
            continue
        line = cursor.line_of_key(f'name = "{package["name"]}"')
        value = value_of(package)
        if value is not None:
            yield from entry(package["name"], value, source, line, exact=True)


def _pin(package: Mapping[str, Any]) -> str:
    version = package.get("version")
    return f"=={version}" if isinstance(version, str) else ""


def _skimmed(text: str) -> Mapping[str, Any]:
    """Return the root table with the packages' names, versions and origins.

    Nine tenths of a lock file are hashes, and Python's reader of TOML takes a second for a megabyte. Tools
    write one key a line, so most lines can be dropped first; if that does not hold, all is read.
    """
    try:
        skimmed = toml_table("\n".join(_kept_lines(text)))
    except NotToml:
        skimmed = {}
    # A merge that was left unfinished would be skimmed over.
    return skimmed if skimmed and "\n<<<<<<< " not in text else toml_table(text)


def _kept_lines(text: str) -> Iterator[str]:
    table_is_kept = whole = in_list = False
    for line in text.split("\n"):
        if in_list:
            yield line
            in_list = not line.startswith("]")
        elif header := _HEADER.fullmatch(line):
            whole = header["name"] in _KEPT_TABLES
            table_is_kept = whole or header["name"] in _PACKAGES
            if table_is_kept:
                yield line
        elif table_is_kept and (_KEPT_KEY.match(line) or (whole and "=" in line)):
            yield line
            in_list = line.endswith("[")
