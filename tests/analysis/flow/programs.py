"""Random notebooks that run to their end by construction, over the statements that real ones use.

A program is made of choices, each a kind of statement and a few bytes. What the bytes mean depends on which names
are bound, and to what kind of value; so a list of choices that loses one element is still a program, and
counterexamples shrink to few statements. Nothing here draws at random by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
Maker = Callable[["Scope", "Picks"], "list[str]"]

PURE: list[tuple[int, Maker]] = []
DATA: list[tuple[int, Maker]] = []

_POOLS = {"function": "fghkl", "class": "BCD", "value": "abcdemnpqstuvw"}


class Picks:
    """Bytes read one after the other; zeros when they are used up. Zero is the simplest pick."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def number(self, below: int) -> int:
        """Return the next pick, from 0."""
        return next(self._data, 0) % below

    def one(self, options: Sequence[T]) -> T:
        """Return one of the options; the first is the simplest."""
        return options[self.number(len(options))]

    def chance(self, odds: int) -> bool:
        """Be true once in ``odds`` picks."""
        return self.number(odds) == odds - 1


@dataclass
class Scope:
    """What is bound at this place of the program, as the kind of each value.

    ``needs`` are the global names that a function, a class or a lazy value reads when it is used, with their kinds:
    once such a name gets a value of another kind, the function is not to be called any more. ``frozen`` is inside
    of blocks, which may run twice or never: no name changes its kind there.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    needs: dict[str, dict[str, str]] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    frozen: bool = False
    avoid: str = ""

    def all(self, *kinds: str) -> list[str]:
        """Return the names of these kinds, the newest first."""
        return [
            name
            for name, kind in reversed(self.kinds.items())
            if kind in kinds and name != self.avoid and self.avoid not in self.needs.get(name, {})
        ]

    def some(self, picks: Picks, *kinds: str) -> str | None:
        """Return a name of one of these kinds and note that it is read."""
        names = self.all(*kinds)
        return self.use(picks.one(names)) if names else None

    def use(self, name: str) -> str:
        """Note that the name is read here, and all that it needs."""
        self.read[name] = self.kinds[name]
        self.read.update(self.needs.get(name, {}))
        return name

    def target(self, picks: Picks, kind: str, pool: str = "value") -> str:
        """Return the name for a new value: a new one, or one that loses its value."""
        old = [name for name in self.kinds if name in _POOLS[pool] and self._may(name, kind)]
        new = [name for name in _POOLS[pool] if name not in self.kinds and self._may(name, kind)]
        if new and (not old or not picks.chance(4)):
            return new[0]
        return picks.one(old) if old else "z"

    def _may(self, name: str, kind: str) -> bool:
        same = self.kinds.get(name, kind) == kind
        return self.locked.get(name, kind) == kind and (same or not self.frozen) and name != self.avoid

    def bind(self, name: str, kind: str, needs: dict[str, str] | None = None) -> str:
        """Bind the name; what needed another kind of it, or would now need itself, can no longer be used."""
        self.kinds.pop(name, None)
        if name not in (needs or {}):
            self.kinds[name] = kind
            self.needs[name] = dict(needs or {})
        self._forget()
        return name

    def unbind(self, name: str) -> None:
        """Remove the name and what needs it."""
        self.kinds.pop(name, None)
        self._forget()

    def _forget(self) -> None:
        while broken := [
            name
            for name in self.kinds
            if any(self.kinds.get(need) != kind for need, kind in self.needs.get(name, {}).items())
        ]:
            for name in broken:
                del self.kinds[name]

    def lock(self, needs: dict[str, str]) -> None:
        """Let these names keep their kinds to the end."""
        self.locked.update(needs)


@dataclass(frozen=True)
class Choice:
    """One statement of a program: which maker, its picks, and whether a new cell begins with it."""

    maker: int
    data: bytes
    new_cell: bool = True


def statement(weight: int, *profiles: list[tuple[int, Maker]]) -> Callable[[Maker], Maker]:
    """Put a maker of statements into the profiles, with its weight among them."""

    def register(maker: Maker) -> Maker:
        for profile in profiles or (PURE,):
            profile.append((weight, maker))
        return maker

    return register


def total(profile: list[tuple[int, Maker]]) -> int:
    """Return the sum of the weights: how many values ``Choice.maker`` has."""
    return sum(weight for weight, _ in profile)


def made(profile: list[tuple[int, Maker]], scope: Scope, number: int, picks: Picks) -> list[str]:
    """Return the statements that the numbered maker gives here; none if there is nothing to make them of."""
    for weight, maker in profile:
        number -= weight
        if number < 0:
            return maker(scope, picks)
    raise IndexError(number)


def program(
    profile: list[tuple[int, Maker]],
    choices: Sequence[Choice],
    serving: Choice,
    predict: Maker,
    *,
    beginning: Sequence[str] = (),
    scope: Scope | None = None,
    after: int = 0,
) -> list[str]:
    """Return the cells of the program; ``after`` statements stand below ``predict`` and its call."""
    scope = scope or Scope()
    cells: list[list[str]] = [list(beginning)]
    for position, choice in enumerate(choices):
        if position == len(choices) - after:
            cells.append(predict(scope, Picks(serving.data)))
        if choice.new_cell:
            cells.append([])
        statements = made(profile, scope, choice.maker, Picks(choice.data))
        if choice.new_cell and statements and choice.data[-1:] > b"\xfa" and not statements[0].startswith("%"):
            statements = ["%%time", *statements]
        cells[-1].extend(statements)
    if not after or after > len(choices):
        cells.append(predict(scope, Picks(serving.data)))
    return ["\n".join(cell) for cell in cells if cell]
