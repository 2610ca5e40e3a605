"""Names that are mistaken for others: install names that are not the module's, and slips of the finger."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jupyter_containerize.resolution.mapping.table import canonical, load, pairs

_SHORTEST = 5
# No distribution's name is longer, and the names one edit away are as many as it has letters, times forty.
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """``name`` as it was asked for, the distribution that is ``meant``, and the ``reason`` in one clause."""

    name: str
    meant: str
    reason: str


def confusable(name: str) -> Confusion | None:
    """Return what a distribution's or a top-level module's name is probably meant to be; ``None`` if nothing is known.

    Known confusions come first; then names of five letters or more that are one edit (a letter put in, left out,
    changed, or two swapped) away from a listed distribution, unless they are listed or imported themselves.
    """
    asked = canonical(name)
    known = pairs("confusions.txt").get(asked)
    if known:
        return Confusion(name=name, meant=known[0], reason=known[1])
    if not _SHORTEST <= len(asked) <= _LONGEST or asked in _names():
        return None
    meant = next((other for other in _edits(asked) if other in _distributions()), None)
    return Confusion(name=name, meant=meant, reason="differs by one letter") if meant else None


@cache
def _distributions() -> frozenset[str]:
    return frozenset(name for name in load().rows if len(name) >= _SHORTEST)


@cache
def _names() -> frozenset[str]:
    table = load()
    alternatives = {other for row in table.rows.values() for other in row[1]}
    imported = {canonical(name.partition(".")[0]) for name in table.holders}
    return frozenset(
        {*table.rows, *alternatives, *imported, *pairs("lookalikes.txt"), *map(canonical, pairs("nobody.txt"))}
    )


def _edits(name: str) -> list[str]:
    """Return every name one edit away, sorted; cheaper than a distance to each of some thousand names."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-"
    halves = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    found = {left + right[1:] for left, right in halves if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in halves if right for letter in letters}
    found |= {left + letter + right for left, right in halves for letter in letters}
    return sorted(found)
