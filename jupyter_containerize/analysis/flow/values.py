"""What the abstract run of a notebook knows of its values: which memory they may share, not what they are.

A *region* stands for one object that can change. A value has the regions that it may be; a region may hold
others (a list its items, an object its attributes). Two names whose values share a region may be one object, so a
change through one is a change of the other. Points-to analysis in its simplest form: Andersen, "Program Analysis
and Specialization for the C Programming Language", 1994, with one region per evaluated expression.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field

# Above it, sets of regions are joined by way of a region in between.
_FEW = 4
# What looking at regions may cost for one notebook; the largest of a thousand real ones that end take a third of it.
_MOST_WORK = 2_000_000

NONE: frozenset[int] = frozenset()
NOTHING: frozenset[str] = frozenset()

FunctionLike = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class TooEntangled(Exception):
    """The notebook's objects may hold each other in too many ways to be told apart. It never leaves this folder."""


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
    in_class: bool = False
    """It is called with an instance, and followed where there is one."""

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
    work: int = 0
    """How many regions and edges were looked at."""
    _hubs: dict[frozenset[int], int] = field(default_factory=dict)
    _is_hub: set[int] = field(default_factory=set)
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

    def hold(self, regions: Collection[int], content: frozenset[int]) -> None:
        """Note that each of the regions may hold the content from now on."""
        if len(regions) > _FEW < len(content):
            # By way of one region that stands for all of the content: as many edges as regions.
            content = frozenset({self._hub(content)})
        for region in regions:
            held = self._held.setdefault(region, set())
            more = content - held - {region}
            if more:
                held |= more
                self._reached.clear()
                self._work(len(more))

    def _hub(self, content: frozenset[int]) -> int:
        if content not in self._hubs:
            self._hubs[content] = hub = self.new()
            self._is_hub.add(hub)
            self._held[hub] = set(content)
            self._work(len(content))
        return self._hubs[content]

    def _work(self, amount: int) -> None:
        self.work += amount
        if self.work > _MOST_WORK:
            raise TooEntangled

    def content(self, regions: frozenset[int]) -> frozenset[int]:
        """Return what the regions hold directly."""
        found: set[int] = set()
        edges = 0
        for region in regions:
            held = self._held.get(region, ())
            found.update(held)
            edges += len(held)
            for hub in self._is_hub.intersection(held):
                found |= self._held[hub]
                edges += len(self._held[hub])
        self._work(edges)
        return frozenset(found)

    def reach(self, regions: frozenset[int]) -> frozenset[int]:
        """Return the regions and all that they hold, at any depth."""
        if not any(region in self._held for region in regions):
            return regions
        found = self._reached.get(regions)
        if found is None:
            seen = set(regions)
            queue = list(regions)
            edges = 0
            while queue:
                held = self._held.get(queue.pop())
                if held:
                    more = held - seen
                    seen |= more
                    queue += more
                    edges += len(held)
            found = self._reached[regions] = frozenset(seen)
            self._work(edges)
        return found
