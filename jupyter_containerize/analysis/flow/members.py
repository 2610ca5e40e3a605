"""What is inside of values: attributes, items, and the parts that several targets are given."""

from __future__ import annotations

from jupyter_containerize.analysis.flow.calls import enter, method_of
from jupyter_containerize.analysis.flow.effects import Arguments
from jupyter_containerize.analysis.flow.frames import item_type
from jupyter_containerize.analysis.flow.machine import Machine, join
from jupyter_containerize.analysis.flow.values import Value

UNCHANGEABLE = frozenset({"str", "bytes", "bool", "int", "float", "complex", "NoneType"})
# What their items are is what they are: an array of axes, and one of its axes.
_SAME_INSIDE = frozenset({"matplotlib.axes.Axes", "numpy.ndarray"})


def read_attribute(machine: Machine, base: Value, name: str) -> Value:
    """Return an attribute of a value."""
    if base.dotted:
        if base.dotted == "sys" and name == "modules":
            machine.trace.opaque = "sys.modules can read and bind any name"
        patched = machine.patched.get(f"{base.dotted}.{name}")
        if patched is not None:
            return Value(patched.regions, patched.type, f"{base.dotted}.{name}", patched.held)
        root = base.dotted.partition(".")[0]
        machine.need_settings(root)
        kind = machine.knowledge.attribute(base.dotted, name)
        region = frozenset({_region_of(machine, root)}) | base.regions
        return Value(type=kind, dotted=f"{base.dotted}.{name}", regions=region if kind else base.regions)
    for owner in machine.classes_of(base):
        for method in owner.methods.get(name, ()):
            if method.kind == "property":
                enter(machine, method, Arguments(), receiver=base)
    known = next(filter(None, (machine.knowledge.attribute(kind, name) for kind in base.type.split("|") if kind)), "")
    if known in UNCHANGEABLE:
        return Value(type=known)
    content = machine.heap.content(base.regions)
    stored = [machine.heap.attributes.get((region, name)) for region in base.regions]
    if stored and None not in stored:
        last = join(value for value in stored if value is not None)
        # An object of the notebook's own class has there what its code put there; a library's may do as it likes.
        inside = frozenset() if machine.classes_of(base) else content
        return Value(last.regions | inside, last.type, last.dotted, last.held)
    bound = frozenset() if known else _bound_method(machine, base, name)
    return Value(regions=base.regions | content | bound, type=known, held=base.held)


def _bound_method(machine: Machine, base: Value, name: str) -> frozenset[int]:
    """Return a region for a method that is named and not called, if calling it would change something."""
    effect = method_of(machine, base.type, name) if base.type else machine.knowledge.any_method(name)
    if (effect is None or not (effect.changes or effect.draws)) and not any(
        name in kind.methods for kind in machine.classes_of(base)
    ):
        return frozenset()
    region = machine.heap.new()
    machine.heap.methods[region] = (base, name)
    return frozenset({region})


def item_of(machine: Machine, value: Value) -> Value:
    """Return an item of what is iterated or indexed."""
    if value.type in UNCHANGEABLE:
        return Value(type=value.type if value.type == "str" else "")
    content = machine.heap.content(value.regions)
    kind, _, inside = value.type.partition("[")
    if kind in {"list", "tuple", "set", "dict"}:
        return Value(regions=content, type=inside.rstrip("]").partition(",")[0] if inside else "", held=value.held)
    if value.regions and value.regions <= machine.heap.parts.keys():
        return Value(regions=value.regions, type="tuple", held=value.held)
    if kind in _SAME_INSIDE:
        return value
    # What it goes through may be containers themselves: zip, enumerate, items.
    regions = value.regions | content | machine.heap.content(content)
    return Value(regions=regions, type=item_type(value.type), held=value.held)


def unpacked(machine: Machine, value: Value, number: int) -> Value:
    """Return what an assignment to several targets gives to one of them."""
    kinds = value.type.partition("[")[2].rstrip("]").split(",") if "[" in value.type else []
    kind = kinds[number].strip() if number < len(kinds) else ""
    parts = machine.heap.parts
    if value.type == "tuple" and value.regions and value.regions <= parts.keys():
        return join(parts[region][number] for region in value.regions if number < len(parts[region]))
    if value.regions and value.regions <= machine.heap.separate:
        own = frozenset(machine.heap.item(region, number) for region in value.regions)
        return Value(own, kind, "", value.held)
    item = item_of(machine, value)
    return Value(item.regions, kind or item.type, "", item.held)


def _region_of(machine: Machine, root: str) -> int:
    """Return the region of a library's own objects (``os.environ``)."""
    name = f"<{root}>"
    found = machine.module.values.get(name)
    if found is None:
        found = machine.module.values[name] = machine.fresh()
    return next(iter(found.regions))
