"""Follows expressions: which objects they may give, and what evaluating them does."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from jupyter_containerize.analysis.flow.calls import (
    call,
    call_library,
    call_method,
    call_special,
    enter,
    method_of,
    use_up,
)
from jupyter_containerize.analysis.flow.effects import Arguments, set_thing
from jupyter_containerize.analysis.flow.frames import part_of
from jupyter_containerize.analysis.flow.machine import Machine, join
from jupyter_containerize.analysis.flow.members import item_of, read_attribute, unpacked
from jupyter_containerize.analysis.flow.values import PLAIN, Function, Scope, Value, plain
from jupyter_containerize.analysis.magic_calls import magic_of

# Calls that see or bind names which no reading of the code shows.
_SEES_ALL = frozenset({"exec", "eval", "globals", "locals"})
# Magics that do nothing to a value, a file or a random number.
_QUIET_MAGICS = frozenset({
    "matplotlib", "autoreload", "load_ext", "reload_ext", "config", "who", "whos", "pwd", "precision", "pinfo",
    "pinfo2", "pdoc", "psource", "history", "hist", "watermark", "lsmagic", "timeit", "time", "prun", "memit", "debug",
    "xmode", "pprint", "doctest_mode", "colors", "logstart", "alias_magic", "tensorboard", "page",
})  # fmt: skip
_LITERALS: dict[type, str] = {
    str: "str", bytes: "bytes", bool: "bool", int: "int", float: "float", complex: "complex", type(None): "NoneType",
}  # fmt: skip
# Arithmetic on these gives new ones.
_ARRAYS = ("numpy.", "pandas.", "scipy.", "polars.")
_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def evaluate(machine: Machine, node: ast.expr | None, scope: Scope) -> Value:
    """Return what an expression may give."""
    if node is None:
        return PLAIN
    machine.spent += 1
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        return handler(machine, node, scope)
    return join([evaluate(machine, part, scope) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)])


def store(machine: Machine, target: ast.expr, value: Value, scope: Scope) -> None:
    """Give a target of an assignment its value."""
    match target:
        case ast.Name(id=name):
            machine.bind(name, value, scope)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            use_up(machine, value)
            for number, part in enumerate(parts):
                store(machine, part, unpacked(machine, value, number), scope)
        case ast.Starred(value=inner):
            store(machine, inner, machine.fresh("list", [value]), scope)
        case ast.Attribute(value=inner, attr=name):
            _store_attribute(machine, evaluate(machine, inner, scope), name, value)
        case ast.Subscript(value=inner, slice=index):
            evaluate(machine, index, scope)
            base = evaluate(machine, inner, scope)
            call_special(machine, [base])
            _store_into(machine, base, value)


def _store_attribute(machine: Machine, base: Value, name: str, value: Value) -> None:
    heap = machine.heap
    _store_into(machine, base, value)
    if base.dotted and value.regions & (heap.functions.keys() | heap.classes.keys()):
        machine.patched[f"{base.dotted}.{name}"] = value
    for owner in machine.classes_of(base):
        for method in owner.methods.get(name, ()):
            if method.kind == "property":
                enter(machine, method, Arguments(positional=[value]), receiver=base)
    for region in base.regions:
        known = heap.attributes.get((region, name))
        heap.attributes[region, name] = value if known is None else known.joined(value)


def _store_into(machine: Machine, base: Value, value: Value) -> None:
    if base.dotted:
        set_thing(machine, base.dotted.partition(".")[0])
    if base.type == "decimal.Context":
        set_thing(machine, "decimal")
    machine.change(base.regions)
    machine.heap.hold(base.regions, value.regions)


def _constant(_machine: Machine, node: ast.Constant, _scope: Scope) -> Value:
    return plain(_LITERALS.get(type(node.value), ""))


def _name(machine: Machine, node: ast.Name, scope: Scope) -> Value:
    return machine.read(node.id, scope)


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> Value:
    return read_attribute(machine, evaluate(machine, node.value, scope), node.attr)


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> Value:
    base = evaluate(machine, node.value, scope)
    index = evaluate(machine, node.slice, scope)
    call_special(machine, [base, index])
    if base.type == "collections.defaultdict":
        machine.change(base.regions)
    if base.dotted and not base.regions:
        machine.need_settings(base.dotted.partition(".")[0])
    match node.slice:
        case ast.Constant(value=str(name)) if base.type.startswith("sklearn.utils.Bunch"):
            return read_attribute(machine, base, name)
    effect = method_of(machine, base.type, "__getitem__") if base.type else None
    if effect is not None and effect.result == "plain":
        return Value(type=effect.type)
    if base.type == "list" and isinstance(node.slice, ast.Slice):
        return machine.fresh("list", [Value(regions=machine.heap.content(base.regions), held=base.held)])
    item = item_of(machine, base)
    known = effect.type if effect is not None else ""
    return Value(item.regions, part_of(base.type, node.slice) or known or item.type, "", item.held)


def _operator(machine: Machine, node: ast.expr, scope: Scope) -> Value:
    values = [evaluate(machine, part, scope) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    call_special(machine, values)
    machine.trace.needs.update(f"setting:{value.type.partition('.')[0]}" for value in values if "." in value.type)
    if isinstance(node, ast.Compare):
        if any(isinstance(operator, ast.In | ast.NotIn) for operator in node.ops):
            for value in values:
                use_up(machine, value)
        return machine.fresh("", ()) if any(value.regions for value in values) else plain("bool")
    if all(not value.regions for value in values):
        return Value(type=values[0].type if values else "")
    kinds = sorted({value.type for value in values if value.regions})
    if all(kind.startswith(_ARRAYS) for kind in kinds):
        return machine.fresh(kinds[0])
    # A sum of lists is new and shares their items.
    return machine.fresh(kinds[0] if len(kinds) == 1 else "", values)


def _either(machine: Machine, node: ast.expr, scope: Scope) -> Value:
    return join([evaluate(machine, part, scope) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)])


def _text(machine: Machine, node: ast.expr, scope: Scope) -> Value:
    values = [evaluate(machine, part, scope) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    call_special(machine, values)
    return plain("str")


def _container(machine: Machine, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> Value:
    values = [evaluate(machine, part, scope) for part in node.elts]
    return machine.fresh(type(node).__name__.lower(), values)


def _dict(machine: Machine, node: ast.Dict, scope: Scope) -> Value:
    parts = [part for part in (*node.keys, *node.values) if part is not None]
    return machine.fresh("dict", [evaluate(machine, part, scope) for part in parts])


def _comprehension(machine: Machine, node: ast.expr, scope: Scope) -> Value:
    assert isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp)  # noqa: S101  # see _HANDLERS
    bound = [
        inner.id
        for part in node.generators
        for inner in ast.walk(part.target)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    ]
    inner = Scope(parent=scope, local=frozenset(bound), is_comprehension=True)
    for part in node.generators:
        items = evaluate(machine, part.iter, inner)
        use_up(machine, items)
        call_special(machine, [items])
        store(machine, part.target, item_of(machine, items), inner)
        for condition in part.ifs:
            evaluate(machine, condition, inner)
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    values = [evaluate(machine, part, inner) for part in parts]
    kind = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict"}.get(type(node), "generator")
    made = machine.fresh(kind, values)
    if isinstance(node, ast.GeneratorExp):
        machine.heap.iterators |= made.regions
        machine.heap.hold(made.regions, frozenset().union(*(value.regions for value in inner.values.values())))
        # It is gone through when somebody reads it, with the names as they are then.
        later = ast.Lambda(args=_NO_ARGUMENTS, body=ast.ListComp(elt=node.elt, generators=node.generators))
        machine.heap.functions[next(iter(made.regions))] = Function(later, scope, PLAIN)
    return made


def _lambda(machine: Machine, node: ast.Lambda, scope: Scope) -> Value:
    return function_value(machine, node, scope)


def function_value(machine: Machine, node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Value:
    """Return a new function of the notebook; its defaults are evaluated here."""
    defaults = [evaluate(machine, part, scope) for part in (*node.args.defaults, *node.args.kw_defaults)]
    held = join(defaults)
    around = scope
    while around.is_class and around.parent is not None:
        around = around.parent
    made = machine.fresh("", [held])
    outer: Scope | None = around
    while outer is not None and outer.parent is not None:
        content = [outer.region] if outer.region else []
        content += [region for value in outer.values.values() for region in value.regions]
        machine.heap.hold(made.regions, frozenset(content))
        outer = outer.parent
    machine.heap.functions[next(iter(made.regions))] = Function(node, around, held)
    return made


def _named(machine: Machine, node: ast.NamedExpr, scope: Scope) -> Value:
    value = evaluate(machine, node.value, scope)
    while scope.is_comprehension and scope.parent is not None:
        scope = scope.parent
    machine.bind(node.target.id, value, scope)
    return value


def _yielded(machine: Machine, node: ast.Yield | ast.YieldFrom, scope: Scope) -> Value:
    value = evaluate(machine, node.value, scope)
    scope.give_back(value)
    return PLAIN


def _call(machine: Machine, node: ast.Call, scope: Scope) -> Value:
    magic = magic_of(node)
    if magic is not None:
        return _magic(machine, *magic)
    arguments = _arguments(machine, node, scope)
    match node.func:
        case ast.Name(id="super"):
            return _super(machine, scope)
        case ast.Attribute(value=inner, attr=name):
            receiver = evaluate(machine, inner, scope)
            if not receiver.dotted:
                return call_method(machine, receiver, name, arguments)
            read_attribute(machine, receiver, name)
            return _module_method(machine, receiver, name, arguments)
    callee = evaluate(machine, node.func, scope)
    if callee.dotted.startswith("builtins."):
        return _builtin(machine, callee.dotted, node, arguments)
    return call(machine, callee, arguments)


def _module_method(machine: Machine, receiver: Value, name: str, arguments: Arguments) -> Value:
    dotted = f"{receiver.dotted}.{name}"
    if machine.knowledge.function(dotted) is None and receiver.type:
        return call_method(machine, Value(receiver.regions, receiver.type, "", receiver.held), name, arguments)
    return call_library(machine, dotted, arguments)


def _builtin(machine: Machine, dotted: str, node: ast.Call, arguments: Arguments) -> Value:
    name = dotted.partition(".")[2]
    if name in _SEES_ALL or (name == "vars" and not node.args):
        machine.trace.opaque = f"{name}() can read and bind any name"
    special = [value for value in arguments.all if value.regions]
    if special:
        call_special(machine, special)
    for value in arguments.positional if name in {"map", "filter", "sorted", "min", "max"} else ():
        if any(region in machine.heap.functions for region in value.regions):
            given = join(item_of(machine, other) for other in arguments.all if other is not value)
            call(machine, value, Arguments(rest=[given]))
    result = call_library(machine, dotted, arguments)
    if name in {"zip", "enumerate"} and not arguments.rest:
        items = [item_of(machine, value) for value in arguments.positional]
        own = result.regions - frozenset().union(*(value.regions for value in arguments.all))
        for region in own:
            machine.heap.parts[region] = [plain("int"), *items] if name == "enumerate" else items
        return Value(own, result.type, "", result.held)
    return result


def _super(machine: Machine, scope: Scope) -> Value:
    """Return the instance: the methods of all bases are its own here."""
    inner: Scope | None = scope
    while inner is not None:
        for value in inner.values.values():
            if machine.classes_of(value):
                return value
        inner = inner.parent
    return PLAIN


def _arguments(machine: Machine, node: ast.Call, scope: Scope) -> Arguments:
    arguments = Arguments()
    for part in node.args:
        if isinstance(part, ast.Starred):
            value = evaluate(machine, part.value, scope)
            use_up(machine, value)
            arguments.rest.append(item_of(machine, value))
        elif arguments.rest:
            arguments.rest.append(evaluate(machine, part, scope))
        else:
            arguments.positional.append(evaluate(machine, part, scope))
            arguments.nodes.append(part)
    for keyword in node.keywords:
        value = evaluate(machine, keyword.value, scope)
        if keyword.arg is None:
            arguments.rest.append(item_of(machine, value))
        else:
            arguments.keywords[keyword.arg] = value
            arguments.keyword_nodes[keyword.arg] = keyword.value
    return arguments


def _magic(machine: Machine, name: str, argument: str) -> Value:
    trace = machine.trace
    if name in {"pip", "conda", "mamba", "uv"} or (name == "system" and argument.split()[:1] in (["pip"], ["pip3"])):
        trace.affect("state:installed")
    elif name in {"system", "sx", "cd", "env", "set_env", "mkdir", "rm", "cp", "mv", "ls", "cat"}:
        trace.needs.update(("file:*", "setting:process"))
        trace.affect("setting:process" if name in {"cd", "env", "set_env"} else "file:*")
        return machine.fresh("list")
    elif name in _QUIET_MAGICS:
        trace.shows = True
    else:
        trace.opaque = f"%{name} can read and bind any name"
    return PLAIN


_HANDLERS: dict[type, Callable[[Machine, Any, Scope], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _operator,
    ast.UnaryOp: _operator,
    ast.Compare: _operator,
    ast.BoolOp: _either,
    ast.IfExp: _either,
    ast.JoinedStr: _text,
    ast.FormattedValue: _text,
    ast.List: _container,
    ast.Tuple: _container,
    ast.Set: _container,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Yield: _yielded,
    ast.YieldFrom: _yielded,
    ast.Call: _call,
}
