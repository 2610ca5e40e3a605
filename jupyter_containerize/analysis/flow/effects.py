"""Applies what is known of a library's call to the abstract run; the unknown ones change all that they touch."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from jupyter_containerize.analysis.flow.machine import GENERATORS, ITERATORS, Machine, join
from jupyter_containerize.analysis.flow.values import NOTHING, PLAIN, Value
from jupyter_containerize.analysis.knowledge import IN_PLACE, Effect

# What holds its arguments as items: changing the container does not change them.
_CONTAINERS = frozenset({
    "list", "dict", "set", "frozenset", "tuple", "zip", "enumerate", "map", "filter", "reversed", "collections.deque",
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
})  # fmt: skip
# What belongs to the whole process, and any library may look at.
_PROCESS = frozenset({"environ", "cwd", "path", "os", "sys"})


@dataclass(slots=True)
class Arguments:
    """The values that a call is given, and the expressions behind them, for literals."""

    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: list[Value] = field(default_factory=list)
    """What ``*x`` and ``**x`` give."""
    nodes: list[ast.expr] = field(default_factory=list)
    keyword_nodes: dict[str, ast.expr] = field(default_factory=dict)

    @property
    def all(self) -> list[Value]:
        """Every value."""
        return [*self.positional, *self.keywords.values(), *self.rest]

    def at(self, place: str) -> Value | None:
        """Return the value at a position or keyword."""
        if place.isdigit():
            index = int(place)
            if index < len(self.positional):
                return self.positional[index]
            return join(self.rest) if self.rest else None
        return self.keywords.get(place)

    def node_at(self, place: str) -> ast.expr | None:
        """Return the expression at a position or keyword."""
        if place.isdigit():
            return self.nodes[int(place)] if int(place) < len(self.nodes) else None
        return self.keyword_nodes.get(place)


def apply(
    machine: Machine, effect: Effect, receiver: Value | None, arguments: Arguments, *, root: str, dotted: str = ""
) -> Value:
    """Do what a known call does and return its result. ``root`` is the library's top-level name."""
    values = arguments.all
    _change(machine, effect, receiver, arguments)
    seeded = _seeded(machine, effect, arguments)
    generators = NOTHING if seeded else _generators(effect, receiver, arguments)
    if root != "builtins":
        machine.need_settings(root)
    machine.draw(generators)
    machine.trace.drawn |= generators
    machine.seed(effect.seeds)
    if effect.sets:
        # How a frame is shown is part of what str() of it gives.
        set_thing(machine, root if effect.sets == "display" else effect.sets)
    _outside(machine, effect, arguments, dotted)
    held = _held(effect, receiver, values, seeded=seeded)
    result = _result(machine, effect, receiver, arguments, held)
    for place in effect.out:
        given = arguments.at(place)
        if given is not None:
            result = result.joined(given)
    return result


def changes_unseen(effect: Effect, arguments: Arguments) -> bool:
    """Tell whether a keyword lets a known call work in place in a way that its effect does not say (``copy=False``)."""
    return any(
        name in IN_PLACE and name != effect.inplace and not _is_literal(node, (IN_PLACE[name],))
        for name, node in arguments.keyword_nodes.items()
    )


def either(effects: Sequence[Effect]) -> Effect:
    """Return what a call does that is one of several."""
    first = effects[0]
    if all(effect == first for effect in effects):
        return first

    def every(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item for effect in effects for item in getattr(effect, name)))

    def some(name: str) -> str:
        return next((getattr(effect, name) for effect in effects if getattr(effect, name)), "")

    same_seed = len({(effect.unless, effect.positional_unless) for effect in effects}) == 1
    return replace(
        first,
        changes=every("changes"),
        out=every("out"),
        draws=every("draws"),
        holds=every("holds"),
        seeds=every("seeds"),
        consumes=every("consumes"),
        inplace=some("inplace"),
        reads=some("reads"),
        writes=some("writes"),
        result=first.result if len({effect.result for effect in effects}) == 1 else "shared",
        type="|".join(dict.fromkeys(effect.type for effect in effects)) if all(e.type for e in effects) else "",
        unless=first.unless if same_seed else (),
        positional_unless=first.positional_unless if same_seed else (),
        figure=any(effect.figure for effect in effects),
        keeps=any(effect.keeps for effect in effects),
    )


def unknown(machine: Machine, receiver: Value | None, arguments: Arguments, *, root: str, name: str) -> Value:
    """Return what an unknown call may give: it may change whatever it can reach, draw, and read and write files."""
    machine.trace.unknown.append(name)
    values = [*([] if receiver is None else [receiver]), *arguments.all]
    machine.change_deeply(values)
    if root:
        machine.need_settings(root)
        machine.trace.affect(f"state:{machine.home(root)}")
    machine.draw(GENERATORS)
    machine.trace.needs.add("file:*")
    machine.trace.affect("file:*")
    _hold_each_other(machine, values)
    result = machine.fresh("", values)
    machine.heap.iterators |= result.regions
    return Value(regions=result.regions | frozenset().union(*(value.regions for value in values)), held=GENERATORS)


def _hold_each_other(machine: Machine, values: list[Value]) -> None:
    everything = frozenset().union(*(value.regions for value in values))
    if len(everything) > 1:
        machine.heap.hold(everything, everything)


def _change(machine: Machine, effect: Effect, receiver: Value | None, arguments: Arguments) -> None:
    if effect.figure:
        # What is drawn on changes, and the data that is drawn does not; drawings are a thing of their own.
        return
    changed = list(chosen(effect.changes, receiver, arguments))
    changed += [value for place in effect.out if (value := arguments.at(place)) is not None]
    if effect.inplace and not _is_literal(arguments.keyword_nodes.get(effect.inplace), (None, False)) and receiver:
        changed.append(receiver)
    for value in changed:
        if value.type.partition("[")[0] in _CONTAINERS:
            machine.change(value.regions)
        else:
            # A pipeline's steps, an optimizer's parameters.
            machine.change(machine.heap.reach(value.regions))
        if effect.keeps:
            machine.heap.hold(value.regions, frozenset().union(*(item.regions for item in arguments.all)))


def chosen(places: tuple[str, ...], receiver: Value | None, arguments: Arguments) -> Iterator[Value]:
    """Yield the values at the places that an effect names."""
    for place in places:
        if place in {"self", "all"} and receiver is not None:
            yield receiver
        if place in {"args", "all"}:
            yield from arguments.all
        elif place != "self" and (value := arguments.at(place)) is not None:
            yield value


def _generators(effect: Effect, receiver: Value | None, arguments: Arguments) -> frozenset[str]:
    """Return the global generators that the call draws from."""
    held = receiver.held if receiver is not None else NOTHING
    held = held.union(*(value.held for value in arguments.all))
    found = frozenset(item for item in effect.draws if item != "held")
    return found | held if "held" in effect.draws else found


def _seeded(machine: Machine, effect: Effect, arguments: Arguments) -> bool:
    """Tell whether the call is given a seed; a generator object that it is given changes."""
    places = [*effect.unless, *map(str, effect.positional_unless)]
    for place in places:
        node, value = arguments.node_at(place), arguments.at(place)
        if value is None or _is_literal(node, (None,)):
            continue
        if effect.draws or effect.holds:
            machine.change(value.regions)
        return True
    return False


def _held(effect: Effect, receiver: Value | None, values: list[Value], *, seeded: bool) -> frozenset[str]:
    own = NOTHING if seeded else frozenset(effect.holds)
    held = own.union(*(value.held for value in values))
    return held | receiver.held if receiver is not None else held


def _outside(machine: Machine, effect: Effect, arguments: Arguments, dotted: str) -> None:
    trace = machine.trace
    if effect.reads:
        trace.needs.update((f"file:{_path(effect.reads, arguments)}", "setting:process"))
    if effect.writes and not (dotted == "builtins.open" and _only_reads(arguments)):
        trace.affect(f"file:{_path(effect.writes, arguments)}")
    if effect.figure:
        trace.affect("figure")
        trace.shows = True
    if effect.output:
        trace.shows = True
    if dotted.startswith("matplotlib.pyplot.") or (effect.figure and effect.writes):
        trace.needs.add("figure")


def set_thing(machine: Machine, thing: str) -> None:
    """Note that a global setting changes."""
    if thing in _PROCESS:
        machine.trace.affect("setting:process")
    else:
        machine.trace.affect(f"setting:{machine.home(thing.partition('.')[0])}")


def _only_reads(arguments: Arguments) -> bool:
    mode = arguments.node_at("1") or arguments.node_at("mode")
    return mode is None or (
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")
    )


def _path(place: str, arguments: Arguments) -> str:
    node = None if place == "*" else arguments.node_at(place)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else "*"


def _result(
    machine: Machine, effect: Effect, receiver: Value | None, arguments: Arguments, held: frozenset[str]
) -> Value:
    kind = effect.type
    if kind == "self":
        kind = receiver.type if receiver is not None else ""
    if effect.result == "plain":
        return Value(type=kind, held=NOTHING)
    if effect.result == "self":
        return receiver if receiver is not None else PLAIN
    if effect.result.isdigit():
        return arguments.at(effect.result) or PLAIN
    region = machine.heap.new()
    regions = frozenset({region})
    if effect.result == "shared":
        sources = [*([] if receiver is None else [receiver]), *arguments.all]
        content = frozenset().union(*(value.regions for value in sources))
        machine.heap.hold((region,), content)
        if kind.partition("[")[0] not in _CONTAINERS:
            regions |= content
    elif kind.partition("[")[0] in _CONTAINERS:
        machine.heap.separate.add(region)
        machine.heap.hold((region,), frozenset({machine.heap.new()}))
    if kind.partition("[")[0] in ITERATORS or (not kind and effect.result == "shared"):
        machine.heap.iterators.add(region)
    return Value(regions=regions, type=kind, held=held)


def _is_literal(node: ast.expr | None, values: tuple[object, ...]) -> bool:
    """Tell whether an expression is one of some literals; an absent one is None."""
    if node is None:
        return None in values
    return isinstance(node, ast.Constant) and any(node.value is value for value in values)
