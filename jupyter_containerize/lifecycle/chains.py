"""Who asked for a distribution: a cell, or another distribution that a cell asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Distribution, Requirement
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.resolution.evidence import asked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How a distribution came into the image.

    ``names`` begins with what the notebook needs and ends with the distribution; empty where nothing that we know
    asks for it. ``location`` is the first place in the notebook that asked for the first name.
    """

    names: tuple[str, ...] = ()
    location: Location | None = None

    def __str__(self) -> str:
        return " -> ".join(self.names)


class Chains:
    """The distributions of a kernel, for asking how each comes into an image."""

    def __init__(self, requirements: Iterable[Requirement], distributions: Iterable[Distribution]) -> None:
        self._roots: dict[str, Requirement] = {canonicalize_name(item.distribution): item for item in requirements}
        self._requires: dict[str, tuple[str, ...]] = {
            canonicalize_name(item.name): tuple(_names(item.requires, extras=False)) for item in distributions
        }
        self._with_extras: dict[str, tuple[str, ...]] = {
            canonicalize_name(item.name): tuple(_names(item.requires, extras=True)) for item in distributions
        }

    def to(self, name: str) -> Chain:
        """Return the shortest way to a distribution; without optional dependencies, where that is possible."""
        wanted = canonicalize_name(name)
        names = self._way(wanted, self._requires) or self._way(wanted, self._with_extras)
        if not names:
            return Chain()
        places = [item.location for item in self._roots[names[0]].evidence if item.location is not None]
        return Chain(names=names, location=places[0] if places else None)

    def _way(self, wanted: str, requires: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        waiting: deque[tuple[str, ...]] = deque((root,) for root in sorted(self._roots))
        seen = set(self._roots)
        while waiting:
            way = waiting.popleft()
            if way[-1] == wanted:
                return way
            for name in requires.get(way[-1], ()):
                if name not in seen:
                    seen.add(name)
                    waiting.append((*way, name))
        return ()


def _names(lines: Iterable[str], *, extras: bool) -> Iterator[str]:
    for asked in map(asked_name, lines):
        if asked is not None and (extras or not asked[1]):
            yield asked[0]
