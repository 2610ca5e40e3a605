"""Goes through statements as Python runs them, and tells ``Names`` what they read and bind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_containerize.analysis.run_names.scopes import Chance, Names, Scope
from jupyter_containerize.analysis.run_names.unseen import (
    SEEING_ATTRIBUTES,
    SEEING_IMPORTS,
    SEEING_METHODS,
    see_attribute,
    see_method,
)
from jupyter_containerize.analysis.walk import children

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_CATCHING = frozenset({"BaseException", "Exception", "NameError"})
_TOLERANT = frozenset({"assertRaises", "raises", "suppress"})


def read_statement(names: Names, node: ast.stmt) -> None:
    """Take in one statement of a cell.

    Raises:
        RecursionError: its blocks stand in each other too deeply.
    """
    names.line = node.lineno
    _statement(names, node)


def _statements(names: Names, nodes: Iterable[ast.stmt]) -> None:
    for node in nodes:
        _statement(names, node)


def _statement(names: Names, node: ast.stmt) -> None:
    handler = _STATEMENTS.get(type(node))
    if handler is not None:
        handler(names, node)
    else:
        _expressions(names, children(node))


def _expressions(names: Names, nodes: list[Any]) -> None:
    """Read expressions, given last first; without recursion, as a sum may have a thousand parts."""
    bound, handlers = names.bound, _EXPRESSIONS
    while nodes:
        node = nodes.pop()
        kind = type(node)
        if kind is ast.Name:
            if node.id not in bound or type(node.ctx) is ast.Store:
                _name(names, node)
        elif kind is ast.Attribute:
            if node.attr in SEEING_ATTRIBUTES:
                see_attribute(names, node)
            nodes.append(node.value)
        elif kind is ast.Call:
            function = node.func
            if getattr(function, "attr", "") in SEEING_METHODS:
                see_method(names, node, function.attr)
            nodes += [item.value for item in node.keywords]
            nodes += node.args
            nodes.append(function)
        elif kind is not ast.Constant:
            handler = handlers.get(kind)
            if handler is None:
                nodes += children(node)
            else:
                handler(names, node)


def _name(names: Names, node: ast.Name) -> None:
    if isinstance(node.ctx, ast.Store):
        names.bind(node.id)
    else:
        names.read(node.id, node.lineno)


def _expression(names: Names, *nodes: ast.expr | None) -> None:
    _expressions(names, [node for node in reversed(nodes) if node is not None])


@contextmanager
def _at(names: Names, chance: Chance) -> Iterator[None]:
    """Read what has at most this chance to run."""
    before = names.chance
    names.chance = max(before, chance)
    try:
        yield
    finally:
        names.chance = before


def _maybe(names: Names, nodes: Iterable[ast.stmt]) -> None:
    with _at(names, Chance.LATER):
        _statements(names, nodes)


# Statements


def _assign(names: Names, node: ast.Assign) -> None:
    _expression(names, node.value)
    _expression(names, *node.targets)


def _augmented(names: Names, node: ast.AugAssign) -> None:
    if isinstance(node.target, ast.Name):
        names.read(node.target.id, node.lineno)
    _expression(names, node.value)
    _expression(names, node.target)


def _annotated(names: Names, node: ast.AnnAssign) -> None:
    if not names.scopes or names.scopes[-1].is_class:
        _annotations(names, [node.annotation])
    if node.value is not None:
        _expression(names, node.value)
        _expression(names, node.target)


def _annotations(names: Names, nodes: Iterable[ast.expr]) -> None:
    if not names.quoted:
        # Since Python 3.14 they are evaluated when somebody asks for them.
        with _at(names, Chance.LATER):
            _expression(names, *nodes)


def _for(names: Names, node: ast.For | ast.AsyncFor) -> None:
    _expression(names, node.iter)
    _expression(names, node.target)
    _statements(names, node.body)
    _maybe(names, node.orelse)


def _while(names: Names, node: ast.While | ast.If) -> None:
    _expression(names, node.test)
    if not (isinstance(node.test, ast.Constant) and not node.test.value):
        _maybe(names, node.body)
    _maybe(names, node.orelse)


def _with(names: Names, node: ast.With | ast.AsyncWith) -> None:
    tolerant = False
    for item in node.items:
        _expression(names, item.context_expr)
        _expression(names, item.optional_vars)
        function = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
        tolerant |= (getattr(function, "attr", "") or getattr(function, "id", "")) in _TOLERANT
    with _at(names, Chance.FORGIVEN if tolerant else Chance.CERTAIN):
        _statements(names, node.body)


def _try(names: Names, node: ast.Try | ast.TryStar) -> None:
    caught = any(_catches(handler.type) for handler in node.handlers)
    with _at(names, Chance.FORGIVEN if caught else Chance.CERTAIN):
        _statements(names, node.body)
    with _at(names, Chance.LATER):
        for handler in node.handlers:
            _expression(names, handler.type)
            if handler.name:
                names.bind(handler.name)
            _statements(names, handler.body)
        _statements(names, node.orelse)
    _statements(names, node.finalbody)


def _catches(node: ast.expr | None) -> bool:
    """Tell whether a handler catches that a name is not bound, as far as it says."""
    match node:
        case None:
            return True
        case ast.Tuple(elts=parts):
            return any(map(_catches, parts))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _CATCHING
    return True


def _import(names: Names, node: ast.Import | ast.ImportFrom) -> None:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        names.quoted |= any(alias.name == "annotations" for alias in node.names)
    for alias in node.names:
        names.unseen |= alias.name in SEEING_IMPORTS
        if alias.name != "*":
            names.bind(alias.asname or alias.name.partition(".")[0])


def _define(names: Names, node: _Function) -> None:
    arguments = node.args
    _expression(names, *node.decorator_list, *arguments.defaults, *arguments.kw_defaults)
    names.scopes.append(Scope(bound=_parameters(arguments) | _type_parameters(node)))
    parameters = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    notes = [item.annotation for item in parameters if item is not None and item.annotation is not None]
    _annotations(names, [*notes, *([] if node.returns is None else [node.returns])])
    _statements(names, node.body)
    names.leave(later=True)
    names.bind(node.name)


def _parameters(arguments: ast.arguments) -> set[str]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {item.arg for item in found if item is not None}


def _type_parameters(node: ast.AST) -> set[str]:
    # Since Python 3.12.
    return {item.name for item in getattr(node, "type_params", ())}


def _define_class(names: Names, node: ast.ClassDef) -> None:
    names.scopes.append(Scope(bound=_type_parameters(node)))
    _expression(names, *node.decorator_list, *node.bases, *(item.value for item in node.keywords))
    names.scopes.append(Scope(is_class=True))
    _statements(names, node.body)
    names.leave(later=False)
    names.leave(later=False)
    names.bind(node.name)


def _match(names: Names, node: ast.Match) -> None:
    _expression(names, node.subject)
    for case in node.cases:
        with _at(names, Chance.LATER):
            for part in ast.walk(case.pattern):
                match part:
                    case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                        names.bind(name)
                    case ast.expr():
                        _expression(names, part)
            _expression(names, case.guard)
            _statements(names, case.body)


def _outer(names: Names, node: ast.Global | ast.Nonlocal) -> None:
    if names.scopes:
        names.scopes[-1].outer.update(node.names)
    if isinstance(node, ast.Global):
        # Whether and when the function is called is not followed.
        names.bound.update(node.names)


def _alias(names: Names, node: Any) -> None:  # ast.TypeAlias, which Python 3.11 lacks
    names.bind(node.name.id)


# Expressions that are scopes, bind, or run only sometimes


def _lambda(names: Names, node: ast.Lambda) -> None:
    _expression(names, *node.args.defaults, *node.args.kw_defaults)
    names.scopes.append(Scope(bound=_parameters(node.args)))
    _expression(names, node.body)
    names.leave(later=True)


def _comprehension(names: Names, node: _Comprehension) -> None:
    _expression(names, node.generators[0].iter)
    scope = Scope(is_comprehension=True)
    names.scopes.append(scope)
    for number, part in enumerate(node.generators):
        scope.bound |= {inner.id for inner in ast.walk(part.target) if isinstance(inner, ast.Name)}
        _expression(names, *([part.iter] if number else []), *part.ifs)
    _expression(names, *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]))
    names.leave(later=isinstance(node, ast.GeneratorExp))


def _named(names: Names, node: ast.NamedExpr) -> None:
    _expression(names, node.value)
    names.bind(node.target.id)


def _either(names: Names, node: ast.BoolOp | ast.IfExp) -> None:
    first, *rest = node.values if isinstance(node, ast.BoolOp) else [node.test, node.body, node.orelse]
    _expression(names, first)
    with _at(names, Chance.LATER):
        _expression(names, *rest)


_STATEMENTS: dict[type[ast.AST], Callable[[Names, Any], None]] = {
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.AnnAssign: _annotated,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Match: _match,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    **({ast.TypeAlias: _alias} if hasattr(ast, "TypeAlias") else {}),
}
_EXPRESSIONS: dict[type[ast.AST], Callable[[Names, Any], None]] = {
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.NamedExpr: _named,
    ast.BoolOp: _either,
    ast.IfExp: _either,
}
