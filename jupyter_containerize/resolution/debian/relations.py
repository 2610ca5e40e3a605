"""Relations between packages. Source: Debian Policy, 7.1 "Syntax of relationship fields"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RELATION = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]+)(?::\w+)?\s*"
    r"(?:\(\s*(?P<comparison><<|<=|=|>=|>>)\s*(?P<version>\S+?)\s*\))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A package name and, unless ``comparison`` is empty, a condition on its version."""

    name: str
    comparison: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.comparison} {self.version})" if self.comparison else self.name


def parse_relations(field: str) -> tuple[tuple[Relation, ...], ...]:
    """Return the alternatives of each relation of a field like ``Depends``, in order; empty for an empty field.

    Architecture qualifiers (``python3:any``) are dropped: an image has one architecture.

    Raises:
        ValueError: a relation breaks the grammar.
    """
    groups = (group.strip() for group in field.split(","))
    return tuple(tuple(_relation(text.strip()) for text in group.split("|")) for group in groups if group)


def _relation(text: str) -> Relation:
    match = _RELATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return Relation(name=match["name"], comparison=match["comparison"] or "", version=match["version"] or "")
