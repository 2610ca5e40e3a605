"""Says which names an endpoint's cell must share with the rest of the notebook, and which are its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from jupyter_containerize.analysis.bindings import Bindings
from jupyter_containerize.analysis.entries.cells import annotated_cells
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def shared_names(code: Code, bindings: Bindings, statements: Sequence[Statement]) -> set[str]:
    """Return the names that the rest of the notebook binds, or in which another endpoint looks for something.

    One that the endpoint gives a value before it reads it, and that no function elsewhere reads, is the endpoint's
    own: the notebook has it only because the cell was tried there, and two requests must not share it.
    """
    apart = annotated_cells(code)
    mine = {statement.text.cell.index for statement in statements}
    elsewhere = [item for item in code.statements if item.text.cell.index not in mine]
    by_others = read_first([item.node for item in elsewhere if item.text.cell.index in apart])
    bound = {
        name
        for name, history in bindings.history.items()
        if any(binding.statement.text.cell.index not in apart for binding in history)
    }
    in_functions = {
        inner.id
        for item in elsewhere
        for scope in ast.walk(item.node)
        if isinstance(scope, _SCOPES)
        for inner in ast.walk(scope)
        if isinstance(inner, ast.Name)
    }
    kept = read_first([item.node for item in statements]) | in_functions | by_others
    return (bound | by_others) & kept


def read_first(nodes: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements may read before they have surely given them a value."""
    found: set[str] = set()
    _follow(nodes, {"REQUEST"}, found)
    return found


def _follow(nodes: Iterable[ast.stmt], given: set[str], found: set[str]) -> set[str]:
    """Add to ``found`` what is read first; return what is surely given after the statements."""
    for node in nodes:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                found |= _loads(test) - given
                given = _follow(body, {*given}, found) & _follow(orelse, {*given}, found)
            case (
                ast.For(target=target, iter=iterated, body=body) | ast.AsyncFor(target=target, iter=iterated, body=body)
            ):
                found |= _loads(iterated) - given
                _follow(body, given | bound_names([target]), found)
                given = _follow(node.orelse, given, found)
            case ast.While(test=test, body=body):
                found |= _loads(test) - given
                _follow(body, {*given}, found)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                found |= {name for item in items for name in _loads(item)} - given
                given = _follow(body, given | bound_names(items), found)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                ends = [_follow([*body, *orelse], {*given}, found)]
                for handler in handlers:
                    named = {handler.name} if handler.name else set()
                    ends.append(_follow(handler.body, given | named, found))
                given = _follow(final, set.intersection(*ends), found)
            case _:
                found |= _loads(node) - given
                given = given | bound_names([node])
    return given


def _loads(node: ast.AST) -> set[str]:
    loaded: set[str] = set()
    own: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            loaded.add(inner.id)
        elif isinstance(inner, ast.AugAssign) and isinstance(inner.target, ast.Name):
            loaded.add(inner.target.id)
        elif isinstance(inner, ast.comprehension):
            own |= {name.id for name in ast.walk(inner.target) if isinstance(name, ast.Name)}
    return loaded - own


def names_of_scope(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, without those of the scopes inside it."""
    for node in nodes:
        yield node
        if isinstance(node, FunctionNode):
            yield from names_of_scope(
                [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]
            )
        elif isinstance(node, ast.ClassDef):
            yield from names_of_scope([*node.decorator_list, *node.bases])
        elif not isinstance(node, ast.Lambda):
            yield from names_of_scope(list(ast.iter_child_nodes(node)))


def bound_names(body: Sequence[ast.AST]) -> set[str]:
    """Return the names that code binds in its own scope."""
    found: set[str] = set()
    for node in names_of_scope(body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
    return found
