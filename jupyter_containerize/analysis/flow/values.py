"""What the abstract run of a notebook knows of its values: which memory they may share, not what they are.

A *region* stands for one object that can change. A value has the regions that it may be; a region may hold
others (a list its items, an object its attributes). Two names whose values share a region may be one object, so a
change through one is a change of the other. Points-to analysis in its simplest form: Andersen, "Program Analysis
and Specialization for the C Programming Language", 1994, with one region per evaluated expression.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

NONE: frozenset[int] = frozenset()
NOTHING: frozenset[str] = frozenset()

FunctionLike = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression may give.

    ``regions`` are the objects that it may be, none for what cannot change (numbers, texts). ``type`` is its dotted
    type, empty if unknown. ``dotted`` names an imported module, class or function. ``held`` are the global random
    generators that its methods may draw from.
    """

    regions: frozenset[int] = NONE
    type: str = ""
    dotted: str = ""
    held: frozenset[str] = NOTHING

    def joined(self, other: Value) -> Value:
        """Return what is either of the two."""
        if self == other:
            return self
        return Value(
            regions=self.regions | other.regions,
            type=self.type if self.type == other.type else "",
            dotted=self.dotted if self.dotted == other.dotted else "",
            held=self.held | other.held,
        )


PLAIN = Value()


def plain(kind: str) -> Value:
    """Return an immutable value of a builtin type, named without its module."""
    return Value(type=kind)


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one function while it is followed, or of the notebook (``parent`` is ``None``).

    ``local`` are the names that the function binds. ``conditional`` counts the branches and loops around the
    statement at hand: what is bound there may not be bound. ``returned`` joins all that was returned or yielded.
    """

    parent: Scope | None = None
    local: frozenset[str] = NOTHING
    declared_global: frozenset[str] = NOTHING
    values: dict[str, Value] = field(default_factory=dict)
    conditional: int = 0
    returned: Value | None = None
    is_class: bool = False
    is_comprehension: bool = False
    region: int = 0
    """Stands for the variables of a function while functions inside it may keep and change them."""

    def give_back(self, value: Value) -> None:
        """Add to what the function returns."""
        self.returned = value if self.returned is None else self.returned.joined(value)


@dataclass(eq=False, slots=True)
class Function:
    """A function of the notebook, where it was defined, and what its default arguments hold."""

    node: FunctionLike
    scope: Scope
    defaults: Value
    kind: str = ""
    """``property``, ``staticmethod``, ``classmethod``, or empty."""

    @property
    def name(self) -> str:
        """Its name; empty for a lambda."""
        return "" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(eq=False, slots=True)
class Class:
    """A class of the notebook: its methods by name, those of its bases in the notebook included.

    ``bases`` are the dotted names of bases from libraries.
    """

    name: str
    methods: dict[str, list[Function]] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    metas: tuple[int, ...] = ()
    """The regions of its metaclasses, if those are classes of the notebook."""


@dataclass(slots=True)
class Heap:
    """All regions, what they hold, and which of them are code."""

    functions: dict[int, Function] = field(default_factory=dict)
    classes: dict[int, Class] = field(default_factory=dict)
    instances: dict[int, set[int]] = field(default_factory=dict)
    """The class regions that the object in a region may be an instance of."""
    attributes: dict[tuple[int, str], Value] = field(default_factory=dict)
    """What was stored under an attribute, for its type: what else it may be, the region's contents say."""
    methods: dict[int, tuple[Value, str]] = field(default_factory=dict)
    """Regions that are a method bound to a value: what ``items.append`` gives when it is not called."""
    iterators: set[int] = field(default_factory=set)
    """Regions that reading may use up."""
    parts: dict[int, list[Value]] = field(default_factory=dict)
    """What the items of a zip or enumerate consist of, by position."""
    separate: set[int] = field(default_factory=set)
    """Containers that a library made, whose items are new and have nothing to do with each other."""
    _items: dict[tuple[int, int], int] = field(default_factory=dict)
    _held: dict[int, set[int]] = field(default_factory=dict)
    _reached: dict[frozenset[int], frozenset[int]] = field(default_factory=dict)
    _count: int = 0

    def new(self) -> int:
        """Return a region for an object that nothing else can be."""
        self._count += 1
        return self._count

    def item(self, container: int, position: int) -> int:
        """Return the region of one item of a container whose items are separate."""
        if (container, position) not in self._items:
            self._items[container, position] = region = self.new()
            self.hold((container,), frozenset({region}))
        return self._items[container, position]

    def hold(self, regions: Iterable[int], content: frozenset[int]) -> None:
        """Note that each of the regions may hold the content from now on."""
        for region in regions:
            held = self._held.setdefault(region, set())
            more = content - held - {region}
            if more:
                held |= more
                self._reached.clear()

    def content(self, regions: frozenset[int]) -> frozenset[int]:
        """Return what the regions hold directly."""
        return frozenset().union(*(self._held.get(region, ()) for region in regions))

    def reach(self, regions: frozenset[int]) -> frozenset[int]:
        """Return the regions and all that they hold, at any depth."""
        if not any(region in self._held for region in regions):
            return regions
        found = self._reached.get(regions)
        if found is None:
            seen = set(regions)
            queue = list(regions)
            while queue:
                for region in self._held.get(queue.pop(), ()):
                    if region not in seen:
                        seen.add(region)
                        queue.append(region)
            found = self._reached[regions] = frozenset(seen)
        return found
