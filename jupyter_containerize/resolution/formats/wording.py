"""Says one row of a preview as a requirement, and who asked for it."""

from __future__ import annotations

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.serving import Dependency

# Printable ASCII, as addresses are; nothing else has to be written in every format.
_ADDRESS = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh|git)://[!-~]+")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
# What a version that PEP 440 does not know may have, so that it cannot end its line.
_WORD = re.compile(r"[A-Za-z0-9.!+_-]+")


def requirement_of(row: Dependency) -> str | None:
    """Return the row as PEP 508; ``None`` for a folder or a file of this machine, which means nothing elsewhere."""
    name = row.distribution + (f"[{','.join(row.extras)}]" if row.extras else "")
    if row.url:
        if not _ADDRESS.fullmatch(row.url):
            return None
        return f"{name} @ {row.url}" if row.distribution else row.url
    return name + versions_of(row)


def versions_of(row: Dependency) -> str:
    """Return the row's versions as PEP 440: its own if it has one, else what is asked for; empty for any.

    A build label (``+cpu``) is left out: no public index has such builds, and ``==2.1.0`` suits
    them where they are.
    """
    if row.version is None:
        return row.specifier
    try:
        return f"=={Version(row.version).public}"
    except InvalidVersion:
        return f"==={row.version}" if _WORD.fullmatch(row.version) else ""


def reason_of(row: Dependency) -> str:
    """Return who asked for the row first, in one line: ``cell 3: import sklearn``. Empty if nobody is known."""
    if not row.evidence:
        return ""
    first = row.evidence[0]
    others = len(row.evidence) - 1
    return _where(first) + (f", and {others} more" if others else "")


def python_specifier(python: str) -> str:
    """Return a version of Python (``3.11``, ``3.11.7``) as ``==3.11.*``; a specifier as it is; empty for anything else.

    Wheels and pickles are bound to the minor version, and its bug fixes are welcome.
    """
    minor = python_minor(python)
    if minor:
        return f"=={minor}.*"
    try:
        return str(SpecifierSet(python))
    except InvalidSpecifier:
        return ""


def python_minor(python: str) -> str:
    """Return ``3.11`` for ``3.11`` and ``3.11.7``; empty for a specifier."""
    return ".".join(python.split(".")[:2]) if _VERSION.fullmatch(python) else ""


def one_line(text: str) -> str:
    """Return a text that cannot end a comment."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _where(evidence: Evidence) -> str:
    location = evidence.location
    place = ""
    if location is not None:
        line = "" if location.line is None else f", line {location.line}"
        place = f"cell {location.cell}: " if location.cell else f"{location.path}{line}: "
    verb = {"import_module": "import", "load_ext": "%load_ext"}.get(evidence.rule, evidence.rule)
    # A declaration's rule is the file's name, which has been said.
    said = evidence.detail if place.startswith(evidence.rule) else f"{verb} {evidence.detail}"
    return one_line(f"{place}{said}").removesuffix(":")
