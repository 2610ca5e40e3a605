"""The state of an abstract run: the heap, the names, and what the statement at hand does."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from jupyter_containerize.analysis.flow.names import Names
from jupyter_containerize.analysis.flow.values import NOTHING, PLAIN, Class, Function, FunctionLike, Heap, Scope, Value
from jupyter_containerize.analysis.knowledge import Knowledge

ITERATORS = frozenset({
    "zip", "enumerate", "map", "filter", "reversed", "iterator", "generator", "file", "io.TextIOWrapper", "open",
    "io.BufferedReader", "io.StringIO", "csv.reader", "csv.DictReader",
})  # fmt: skip
# Settings that any library may work under.
PROCESS = ("setting:process", "setting:warnings", "setting:locale")
GENERATORS = frozenset({"python", "numpy", "torch", "tensorflow"})
# Work for one statement, in evaluated expressions. Beyond it calls are taken as unknown, which keeps more.
_BUDGET = 3_000
_DEEPEST = 12

_FROM_IPYTHON = {"display": "IPython.display.display", "get_ipython": "IPython.get_ipython"}
BUILTINS = frozenset(dir(builtins))


@dataclass(slots=True)
class Trace:
    """What one statement does, as far as the statements around it can tell.

    ``reads`` has the regions behind each name that it reads. ``needs`` and ``effects`` are things outside of any
    name: ``random:numpy``, ``setting:pandas``, ``state:nltk``, ``file:a.csv``, ``figure``; an effect is true if it
    sets the thing anew, whatever it was. ``opaque`` says why nothing can be said about it.
    """

    reads: dict[str, set[int]] = field(default_factory=dict)
    binds: set[str] = field(default_factory=set)
    changes: set[int] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    effects: dict[str, bool] = field(default_factory=dict)
    seeded: set[str] = field(default_factory=set)
    """Generators that it sets anew, maybe only in a branch."""
    drawn: set[str] = field(default_factory=set)
    """Generators that a known call draws from."""
    unknown: list[str] = field(default_factory=list)
    """Calls of which nothing is known, as far as they have a name."""
    opaque: str = ""
    shows: bool = False
    """It prints, displays or draws."""

    def affect(self, thing: str, *, anew: bool = False) -> None:
        """Note an effect; one that only adds to the thing is the weaker claim."""
        self.effects[thing] = anew and self.effects.get(thing, True)


@dataclass(slots=True)
class Machine:
    """Follows statements one after the other; ``trace`` is that of the current one."""

    knowledge: Knowledge
    local_modules: frozenset[str] = NOTHING
    """Top-level names of modules beside the notebook."""
    heap: Heap = field(default_factory=Heap)
    module: Scope = field(default_factory=Scope)
    stars: list[str] = field(default_factory=list)
    """The modules of ``from x import *`` so far."""
    trace: Trace = field(default_factory=Trace)
    branches: int = 0
    """How many branches and loops are around what is followed now, through all functions."""
    running: list[Function] = field(default_factory=list)
    spent: int = 0
    patched: dict[str, Value] = field(default_factory=dict)
    """What the notebook put in place of a library's own function, by dotted name."""
    walked: set[tuple[object, ...]] = field(default_factory=set)
    """What was followed for this statement already."""
    names: dict[FunctionLike, Names] = field(default_factory=dict)
    """What each function says of its names."""
    times: dict[int, int] = field(default_factory=dict)
    """How often each function was followed for this statement."""
    run_body: Callable[[Machine, Function, Scope], None] = field(default=lambda _machine, _function, _scope: None)

    def begin(self) -> Trace:
        """Start the next statement."""
        self.trace = Trace()
        self.spent = 0
        self.walked = set()
        self.times = {}
        return self.trace

    @property
    def exhausted(self) -> bool:
        """Whether the statement is too much to follow in detail."""
        return self.spent > _BUDGET or len(self.running) > _DEEPEST

    # Names

    def read(self, name: str, scope: Scope) -> Value:
        """Return the value of a name, and note the read if it is one of the notebook's."""
        inner: Scope | None = scope
        while inner is not None and inner.parent is not None:
            if name in inner.declared_global:
                break
            if name in inner.values:
                return inner.values[name]
            if name in inner.local and not inner.is_class:
                return PLAIN
            inner = inner.parent
        return self.read_global(name)

    def read_global(self, name: str) -> Value:
        """Return the value of a name of the notebook, of a star import or a builtin."""
        value = self.module.values.get(name)
        if value is not None:
            self.trace.reads.setdefault(name, set()).update(value.regions)
            return value
        if self.stars:
            # Any name may come from a star import, those of builtins too.
            self.trace.reads.setdefault("*", set())
            for module in reversed(self.stars):
                if self.knowledge.function(f"{module}.{name}") is not None:
                    return Value(dotted=f"{module}.{name}")
        if name in BUILTINS:
            return Value(dotted=f"builtins.{name}")
        if name in _FROM_IPYTHON:
            return Value(dotted=_FROM_IPYTHON[name])
        self.trace.reads.setdefault(name, set())
        return Value(dotted=f"{self.stars[-1]}.{name}") if self.stars else PLAIN

    def bind(self, name: str, value: Value, scope: Scope) -> None:
        """Give a name a value; in a branch it may keep the old one."""
        while scope.parent is not None and name not in scope.local and not scope.is_class:
            if name in scope.declared_global:
                self._bind_global(name, value, certain=False)
                return
            scope = scope.parent
            if scope.region and name in scope.values:
                # A variable of the function around it: nonlocal.
                self.trace.changes.add(scope.region)
        if scope.parent is None:
            self._bind_global(name, value, certain=not scope.conditional and not self.running)
        else:
            if scope.conditional and name in scope.values:
                value = scope.values[name].joined(value)
            scope.values[name] = value
            if scope.region:
                self.heap.hold((scope.region,), value.regions)

    def _bind_global(self, name: str, value: Value, *, certain: bool) -> None:
        old = self.module.values.get(name)
        self.module.values[name] = value if certain or old is None else old.joined(value)
        self.trace.binds.add(name)

    # Values

    def fresh(self, kind: str = "", content: Iterable[Value] = ()) -> Value:
        """Return a new object that holds the contents."""
        region = self.heap.new()
        inside = list(content)
        self.heap.hold((region,), frozenset().union(*(value.regions for value in inside)))
        generators = frozenset().union(*(value.held for value in inside))
        return Value(regions=frozenset({region}), type=kind, held=generators)

    def change(self, regions: frozenset[int]) -> None:
        """Note that objects change in place."""
        self.trace.changes |= regions

    def change_deeply(self, values: Iterable[Value]) -> None:
        """Note that objects and all that they hold may change."""
        for value in values:
            self.trace.changes |= self.heap.reach(value.regions)

    def classes_of(self, value: Value) -> list[Class]:
        """Return the notebook's classes that the value may be an instance of."""
        found: dict[int, Class] = {}
        for region in value.regions:
            for kind in self.heap.instances.get(region, ()):
                found[kind] = self.heap.classes[kind]
        return list(found.values())

    # Things outside of names

    def home(self, root: str) -> str:
        """Return whose settings and state a module shares: those beside the notebook may all know each other."""
        return "beside" if root in self.local_modules else root

    def draw(self, generators: Iterable[str]) -> None:
        """Note draws from global random generators."""
        for generator in generators:
            self.trace.needs.add(f"random:{generator}")
            self.trace.affect(f"random:{generator}")

    def seed(self, generators: Iterable[str]) -> None:
        """Note that global random generators are set anew."""
        for generator in generators:
            self.trace.seeded.add(f"random:{generator}")
            self.trace.affect(f"random:{generator}", anew=not self.branches)

    def need_settings(self, root: str) -> None:
        """Note that a library works, under its own settings and those of the process."""
        home = self.home(root)
        self.trace.needs.update((f"setting:{home}", f"state:{home}", *PROCESS))


def join(values: Iterable[Value]) -> Value:
    """Return what is any of the values; nothing for none."""
    result: Value | None = None
    for value in values:
        result = value if result is None else result.joined(value)
    return result or PLAIN
