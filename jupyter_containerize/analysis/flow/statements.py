"""Follows statements: what they bind, change, need and show."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_containerize.analysis.flow.calls import call, call_special, enter, use_up
from jupyter_containerize.analysis.flow.effects import Arguments
from jupyter_containerize.analysis.flow.expressions import evaluate, function_value, store
from jupyter_containerize.analysis.flow.machine import Machine
from jupyter_containerize.analysis.flow.members import item_of
from jupyter_containerize.analysis.flow.values import PLAIN, Class, Function, FunctionLike, Scope, Value

# Decorators that leave a function what it is.
_PLAIN_DECORATORS = frozenset({"property", "staticmethod", "classmethod"})


def execute(machine: Machine, nodes: list[ast.stmt], scope: Scope) -> None:
    """Follow statements in order."""
    for node in nodes:
        _statement(machine, node, scope)


def run_body(machine: Machine, function: Function, scope: Scope) -> None:
    """Follow a function's body in its scope."""
    if isinstance(function.node, ast.Lambda):
        scope.give_back(evaluate(machine, function.node.body, scope))
    else:
        execute(machine, function.node.body, scope)


def definitely_binds(nodes: list[ast.stmt]) -> set[str]:
    """Return the names that the statements bind, whatever happens."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.If():
                found |= definitely_binds(node.body) & definitely_binds(node.orelse)
            case ast.Try() | ast.TryStar():
                handled = [definitely_binds(handler.body) for handler in node.handlers]
                found |= set.intersection(definitely_binds([*node.body, *node.orelse]), *handled)
                found |= definitely_binds(node.finalbody)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Import() | ast.ImportFrom():
                found |= {item.asname or item.name.partition(".")[0] for item in node.names}
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Delete():
                found |= _targets(node)
    return found


def _targets(node: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Delete) -> set[str]:
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return set()
    targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
    return set().union(*map(_names_in, targets))


def _names_in(target: ast.expr) -> set[str]:
    match target:
        case ast.Name(id=name):
            return {name}
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return set().union(*map(_names_in, parts))
        case ast.Starred(value=inner):
            return _names_in(inner)
    return set()


def _statement(machine: Machine, node: ast.stmt, scope: Scope) -> None:
    handler = _HANDLERS.get(type(node))
    if handler is not None:
        handler(machine, node, scope)
        return
    # An expression, return, raise, assert: what they evaluate, and no names.
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            evaluate(machine, part, scope)


def _assign(machine: Machine, node: ast.Assign, scope: Scope) -> None:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if _pair(targets, values):
            # a, b = b, a: no tuple is left, and one has nothing to do with the other.
            given = [evaluate(machine, value, scope) for value in values]
            for target, value in zip(targets, given, strict=True):
                store(machine, target, value, scope)
        case _:
            value = evaluate(machine, node.value, scope)
            for target in node.targets:
                store(machine, target, value, scope)


def _pair(targets: list[ast.expr], values: list[ast.expr]) -> bool:
    return len(targets) == len(values) and not any(isinstance(part, ast.Starred) for part in (*targets, *values))


def _annotated(machine: Machine, node: ast.AnnAssign, scope: Scope) -> None:
    if scope.parent is None or scope.is_class:
        evaluate(machine, node.annotation, scope)
    if node.value is not None:
        store(machine, node.target, evaluate(machine, node.value, scope), scope)


def _return(machine: Machine, node: ast.Return, scope: Scope) -> None:
    scope.give_back(evaluate(machine, node.value, scope))


def _if(machine: Machine, node: ast.If, scope: Scope) -> None:
    evaluate(machine, node.test, scope)
    _branch(machine, node.body, scope)
    _branch(machine, node.orelse, scope)


def _for(machine: Machine, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
    items = evaluate(machine, node.iter, scope)
    use_up(machine, items)
    call_special(machine, [items])
    _loop(machine, node, scope, items)


def _while(machine: Machine, node: ast.While, scope: Scope) -> None:
    for _ in range(2):
        evaluate(machine, node.test, scope)
        _branch(machine, node.body, scope)
    _branch(machine, node.orelse, scope)


def _try(machine: Machine, node: ast.Try | ast.TryStar, scope: Scope) -> None:
    _branch(machine, node.body, scope)
    for handler in node.handlers:
        evaluate(machine, handler.type, scope)
        _handle(machine, handler, scope)
    _branch(machine, node.orelse, scope)
    execute(machine, node.finalbody, scope)


def _match(machine: Machine, node: ast.Match, scope: Scope) -> None:
    subject = evaluate(machine, node.subject, scope)
    call_special(machine, [subject])
    inside = Value(machine.heap.reach(subject.regions), held=subject.held)
    with _maybe(machine, scope):
        for case in node.cases:
            _names_of_pattern(machine, case.pattern, inside, scope)
            evaluate(machine, case.guard, scope)
            execute(machine, case.body, scope)


def _remove(machine: Machine, node: ast.Delete, scope: Scope) -> None:
    for target in node.targets:
        _delete(machine, target, scope)


@contextmanager
def _maybe(machine: Machine, scope: Scope) -> Iterator[None]:
    """Follow what may happen never, or again and again."""
    scope.conditional += 1
    machine.branches += 1
    try:
        yield
    finally:
        scope.conditional -= 1
        machine.branches -= 1


def _branch(machine: Machine, nodes: list[ast.stmt], scope: Scope) -> None:
    with _maybe(machine, scope):
        execute(machine, nodes, scope)


def _loop(machine: Machine, node: ast.For | ast.AsyncFor, scope: Scope, items: Value) -> None:
    # What a round leaves is what the next one finds; two rounds show every pair.
    with _maybe(machine, scope):
        for _ in range(2):
            store(machine, node.target, item_of(machine, items), scope)
            execute(machine, node.body, scope)
    _branch(machine, node.orelse, scope)


def _with(machine: Machine, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
    for item in node.items:
        value = evaluate(machine, item.context_expr, scope)
        call_special(machine, [value])
        if item.optional_vars is not None:
            entered = Value(value.regions | machine.heap.content(value.regions), value.type, "", value.held)
            store(machine, item.optional_vars, entered, scope)
    _branch(machine, node.body, scope)


def _handle(machine: Machine, handler: ast.ExceptHandler, scope: Scope) -> None:
    if handler.name is not None:
        with _maybe(machine, scope):
            machine.bind(handler.name, machine.fresh("Exception"), scope)
    _branch(machine, handler.body, scope)


def _names_of_pattern(machine: Machine, pattern: ast.pattern, inside: Value, scope: Scope) -> None:
    for part in ast.walk(pattern):
        match part:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                machine.bind(name, inside, scope)
            case ast.MatchValue(value=value) | ast.MatchClass(cls=value):
                evaluate(machine, value, scope)


def _augment(machine: Machine, node: ast.AugAssign, scope: Scope) -> None:
    value = evaluate(machine, node.value, scope)
    match node.target:
        case ast.Name(id=name):
            old = machine.read(name, scope)
            call_special(machine, [old, value])
            machine.change(old.regions)
            machine.heap.hold(old.regions, value.regions)
            # Without regions it is a number or text, and the name gets another; with them maybe the same object.
            kind = old.type if old.type == value.type or old.regions else ""
            new = machine.fresh(kind, [value]) if value.regions else Value(type=kind)
            machine.bind(name, old.joined(new) if old.regions else new, scope)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            evaluate(machine, node.target, scope)
            old = evaluate(machine, inner, scope)
            machine.change(old.regions | machine.heap.content(old.regions))
            store(machine, node.target, value, scope)


def _delete(machine: Machine, target: ast.expr, scope: Scope) -> None:
    match target:
        case ast.Name(id=name):
            machine.read(name, scope)
            machine.bind(name, PLAIN, scope)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _delete(machine, part, scope)
        case ast.Attribute() | ast.Subscript():
            store(machine, target, PLAIN, scope)


def _import(machine: Machine, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    machine.trace.needs.update(("setting:process", "state:installed"))
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for item in node.names:
            if item.name == "*":
                machine.stars.append(module)
                # Any name that is bound already may be bound anew.
                machine.trace.binds.update(("*", *machine.module.values))
            else:
                machine.bind(item.asname or item.name, Value(dotted=f"{module}.{item.name}"), scope)
        roots = {module.partition(".")[0]}
    else:
        for item in node.names:
            top = item.name.partition(".")[0]
            machine.bind(item.asname or top, Value(dotted=item.name if item.asname else top), scope)
        roots = {item.name.partition(".")[0] for item in node.names}
    if roots & machine.local_modules:
        # It may be written, or changed, by what ran before.
        machine.trace.needs.add("file:*")
    if "__main__" in roots:
        machine.trace.opaque = "importing __main__ gives a way to bind any name"
    for root in map(machine.home, roots):
        machine.trace.needs.update((f"setting:{root}", f"state:{root}"))


def _define(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
    value = function_value(machine, node, scope)
    region = next(iter(value.regions))
    if scope.parent is None:
        for part in _annotations(node):
            evaluate(machine, part, scope)
    for decorator in reversed(node.decorator_list):
        if isinstance(decorator, ast.Name) and decorator.id in _PLAIN_DECORATORS:
            machine.heap.functions[region].kind = decorator.id
            continue
        if isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "getter", "deleter"}:
            machine.heap.functions[region].kind = "property"
            value = value.joined(evaluate(machine, decorator.value, scope))
            continue
        made = call(machine, evaluate(machine, decorator, scope), Arguments(positional=[value]))
        value = Value(value.regions | made.regions, held=made.held)
    machine.bind(node.name, value, scope)


def _annotations(node: FunctionLike) -> list[ast.expr]:
    args = node.args
    parameters = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    found = [item.annotation for item in parameters if item is not None and item.annotation is not None]
    returns = getattr(node, "returns", None)
    return found if returns is None else [*found, returns]


def _define_class(machine: Machine, node: ast.ClassDef, scope: Scope) -> None:
    made = Class(name=node.name)
    content: list[Value] = []
    bases: list[str] = []
    metas: list[int] = []
    for keyword in node.keywords:
        meta = evaluate(machine, keyword.value, scope)
        content.append(meta)
        metas += sorted(meta.regions & machine.heap.classes.keys())
    for base in node.bases:
        value = evaluate(machine, base, scope)
        content.append(value)
        if value.dotted:
            bases.append(value.dotted)
        for region in value.regions & machine.heap.classes.keys():
            inherited = machine.heap.classes[region]
            bases += inherited.bases
            metas += inherited.metas
            for name, methods in inherited.methods.items():
                made.methods.setdefault(name, []).extend(methods)
    made.metas = tuple(dict.fromkeys(metas))
    made.bases = tuple(dict.fromkeys(base for base in bases if base != "builtins.object"))
    inner = Scope(parent=scope, is_class=True)
    execute(machine, node.body, inner)
    content += inner.values.values()
    value = machine.fresh("", content)
    region = next(iter(value.regions))
    for name, member in inner.values.items():
        own = [machine.heap.functions[item] for item in sorted(member.regions & machine.heap.functions.keys())]
        for method in own:
            method.in_class = True
        if own:
            made.methods[name] = [*own, *made.methods.get(name, [])]
    machine.heap.classes[region] = made
    _announce(machine, made, value, content)
    for decorator in reversed(node.decorator_list):
        call(machine, evaluate(machine, decorator, scope), Arguments(positional=[value]))
    machine.bind(node.name, value, scope)


def _announce(machine: Machine, made: Class, value: Value, content: list[Value]) -> None:
    """Follow what runs because a class is defined: its metaclasses, and what its bases do for each subclass."""
    for meta in made.metas:
        for name in ("__new__", "__init__", "__prepare__"):
            for method in machine.heap.classes[meta].methods.get(name, ()):
                enter(machine, method, Arguments(rest=content), receiver=value)
    for name in ("__init_subclass__", "__set_name__"):
        for method in made.methods.get(name, ()):
            enter(machine, method, Arguments(rest=content), receiver=value)


_HANDLERS: dict[type, Callable[[Machine, Any, Scope], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augment,
    ast.Delete: _remove,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Return: _return,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
}
