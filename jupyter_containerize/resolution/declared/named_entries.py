"""Reads requirements that are written as a table of names, as Poetry, Pipenv and pixi have them.

Source: Poetry, "Dependency specification"; Pipenv, "Pipfile & Pipfile.lock".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.notebook import Declared, Manager
from jupyter_containerize.domain.requirement_line import declared_of
from jupyter_containerize.resolution.declared.source import LONGEST_ENTRY, LONGEST_VERSIONS, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import texts

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_CLAUSE = re.compile(r"(?P<sign>\^|~=|~|===|==|!=|<=|>=|<|>|=)?\s*(?P<version>[^\s,<>=!~^|]+)\s*,?\s*")
_PYTHON_CLAUSE = re.compile(r"([<>=!~]+)([0-9.]+)")
_KINDS_OF_REPOSITORY = ("git", "hg", "svn", "bzr")
_REVISIONS = ("rev", "ref", "tag", "branch")


def versions(text: str) -> str | None:
    """Return a version constraint with ``^`` and ``~`` in PEP 440; ``None`` when that cannot be said.

    Empty for any version; a bare ``1.2`` is exactly that one.
    """
    text = text.strip()
    if text in {"", "*"}:
        return ""
    if len(text) > LONGEST_VERSIONS:
        return None
    clauses = []
    position = 0
    while position < len(text):
        found = _CLAUSE.match(text, position)
        if found is None:
            # Among them "^1 || ^2": PEP 440 has no "or".
            return None
        clauses.append(_clause(found["sign"] or "==", found["version"]))
        position = found.end()
    try:
        return str(SpecifierSet(",".join(filter(None, clauses))))
    except InvalidSpecifier:
        return None


def entry(name: str, value: object, source: Source, line: int | None, *, exact: bool = False) -> Stream:
    """Give what one ``name = value`` declares; nothing for what only an extra would bring.

    ``value`` is a version constraint, a table (``version``, ``extras``, ``markers``, ``git``, ...), or a
    list of either for different Pythons.
    """
    if isinstance(value, list):
        for one in value:
            yield from entry(name, one, source, line, exact=exact)
        return
    if isinstance(value, Mapping) and value.get("optional") is True:
        return
    found = _declared(name, value, source, line)
    yield source.ignored(line) if found is None else replace(found, exact=exact and not found.url)


def marker(text: str) -> str:
    """Return an environment marker in its usual form; empty if it is none."""
    if not text or len(text) > LONGEST_ENTRY:
        return ""
    try:
        return str(Marker(text))
    except (InvalidMarker, RecursionError):
        return ""


def repository(kind: str, url: str, revision: str = "") -> str:
    """Return pip's way to write a repository's address: ``git+https://…@v1``."""
    address = f"{kind}+{url}" if "://" in url and not url.startswith(f"{kind}+") else url
    return f"{address}@{revision}" if revision else address


def _declared(name: str, value: object, source: Source, line: int | None) -> Declared | None:
    if not _NAME.fullmatch(name):
        return None
    given = {"version": value} if isinstance(value, str) else value
    if not isinstance(given, Mapping):
        return None
    words = {key: item for key, item in given.items() if isinstance(item, str) and len(item) <= LONGEST_ENTRY}
    if address := _address(words):
        found = declared_of(f"{name} @ {address}", location=source.at(line), rule=source.rule)
        return found if found is None else replace(found, marker=_marker(words))
    specifier = versions(words.get("version", ""))
    return Declared(
        manager=Manager.PIP,
        name=canonicalize_name(name),
        location=source.at(line),
        rule=source.rule,
        specifier=specifier or "",
        extras=tuple(sorted(extra for extra in texts(given.get("extras")) if _NAME.fullmatch(extra))),
        marker=_marker(words),
    )


def _address(words: Mapping[str, str]) -> str:
    for kind in _KINDS_OF_REPOSITORY:
        if kind in words:
            return repository(kind, words[kind], next((words[key] for key in _REVISIONS if key in words), ""))
    path = next((words[key] for key in ("url", "file", "path") if key in words), "")
    return path if "://" in path or not path or path.startswith((".", "/")) else f"./{path}"


def _marker(words: Mapping[str, str]) -> str:
    clauses = map(_PYTHON_CLAUSE.fullmatch, (versions(words.get("python", "")) or "").split(","))
    parts = [
        marker(words.get("markers", "")),
        *(f'python_version {clause[1]} "{clause[2]}"' for clause in clauses if clause),
        marker(f'sys_platform == "{words["platform"]}"' if "platform" in words else ""),
    ]
    given = [part for part in parts if part]
    # `or` binds less than `and`.
    return given[0] if len(given) == 1 else marker(" and ".join(f"({part})" for part in given))


def _clause(sign: str, text: str) -> str:
    stars = text.endswith(".*") or text == "*"
    try:
        version = Version(text.removesuffix("*").rstrip(".") or "0")
    except InvalidVersion:
        return f"{sign}{text}" if sign == "===" else "=?"
    if text == "*":
        return ""
    if sign == "^":
        return f">={version},<{_next(version, _caret_place(version))}"
    if sign == "~":
        return f">={version},<{_next(version, 0 if len(version.release) == 1 else 1)}"
    if sign == "=":
        sign = "=="
    return f"{sign}{version}{'.*' if stars and sign in {'==', '!='} else ''}"


def _caret_place(version: Version) -> int:
    # The first number that is not zero may not change; of zeros, the last one that is given.
    first = (place for place, number in enumerate(version.release) if number)
    return next(first, len(version.release) - 1)


def _next(version: Version, place: int) -> str:
    release = version.release[: place + 1]
    return ".".join(map(str, (*release[:-1], release[-1] + 1)))
