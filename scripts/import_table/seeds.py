"""Reads ``distributions.txt``: which distributions the table is about, and what we say of them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.resolution.mapping.table import canonical, pairs

# Modules of wheels that were packed by mistake, and names that any folder may hold: nobody owns them.
REFUSED = frozenset(pairs("nobody.txt"))


class SeedProblem(ValueError):
    """A line of ``distributions.txt`` that cannot be meant. Carries the line's number and the reason."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")
        self.number = number
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One distribution. ``imports`` are its names by hand; ``roots`` are namespaces whose bare import it answers."""

    name: str
    alternatives: tuple[str, ...]
    imports: tuple[str, ...]
    roots: tuple[str, ...]


def read_seeds(path: Path) -> tuple[Seed, ...]:
    """Return the seeds, sorted by name.

    Raises:
        SeedProblem: a distribution is listed twice, or claims a name that belongs to nobody.
    """
    found: dict[str, Seed] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for seed in _of_line(line.partition("  #")[0].strip()):
            if seed.name in found:
                raise SeedProblem(number, f"{seed.name} is listed twice")
            refused = sorted(name for name in seed.imports if name in REFUSED)
            if refused:
                raise SeedProblem(number, f"{refused[0]} belongs to nobody")
            found[seed.name] = seed
    return tuple(found[name] for name in sorted(found))


def _of_line(line: str) -> list[Seed]:
    if not line or line.startswith(("#", "[")):
        return []
    names, colon, imports = line.partition(":")
    if not colon:
        return [_seed([word], [canonical(word).replace("-", "_")]) for word in line.split()]
    return [_seed(names.split("|"), imports.split())]


def _seed(names: list[str], imports: list[str]) -> Seed:
    name, *alternatives = (canonical(word.strip()) for word in names)
    return Seed(
        name=name,
        alternatives=tuple(alternatives),
        imports=tuple(word for word in imports if not word.startswith("~")),
        roots=tuple(word[1:] for word in imports if word.startswith("~")),
    )
