"""Reads the shipped files, each once, when it is first asked for."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One distribution, as its row in the file.

    ``imports`` are its own names, dotted where it shares a namespace. ``roots`` are namespaces shared with others
    whose bare import it answers. ``evidence`` and ``file``: see ``Match``; what was never read ends after its names.
    """

    name: str
    alternatives: Sequence[str]
    imports: Sequence[str]
    roots: Sequence[str]
    evidence: str = "listed"
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole table, by what it is asked for.

    ``rows``: distribution -> its row, made an ``Entry`` only when asked for: there are two thousand of them.
    ``holders``: own name -> distributions, sorted. ``namespaces``: top-level names in which several distributions
    have a part. ``releases``: distribution -> what came and went, as it is written.
    """

    date: str
    rows: Mapping[str, list[Any]]
    holders: Mapping[str, list[str]]
    namespaces: frozenset[str]
    releases: Mapping[str, Any]

    def owners(self, name: str) -> tuple[Entry, ...]:
        """Return the distributions that list the name as their own, sorted; empty if none does."""
        return tuple(Entry(*self.rows[holder]) for holder in self.holders.get(name, ()))


@cache
def load() -> Table:
    """Return the table."""
    read = json.loads(_text("table.json"))
    holders: defaultdict[str, list[str]] = defaultdict(list)
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for distribution, _, imports, roots, *_ in read["distributions"]:
        for name in imports + roots:
            holders[name].append(distribution)
            if "." in name:
                parts[name.partition(".")[0]].add(distribution)
    return Table(
        date=read["date"],
        rows={row[0]: row for row in read["distributions"]},
        holders=dict(holders),
        namespaces=frozenset(name for name, filled in parts.items() if len(filled) > 1),
        releases=read["releases"],
    )


@cache
def pairs(file: str) -> MappingProxyType[str, tuple[str, str]]:
    """Return the lines ``NAME VALUE  # REASON`` of a shipped list, by name; the value may be empty or hold blanks."""
    found = {}
    for line in _text(file).splitlines():
        said, _, reason = line.partition("  #")
        name, _, value = said.strip().partition(" ")
        if name and not name.startswith("#"):
            found[name] = (value.strip(), reason.strip())
    return MappingProxyType(found)


def canonical(name: str) -> str:
    """Return the normalised name of a distribution (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _text(file: str) -> str:
    return files(__package__).joinpath(file).read_text(encoding="utf-8")
