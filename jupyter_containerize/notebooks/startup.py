"""Finds the names that a cell binds by plain statements: what a cell tagged ``startup`` makes anew."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from jupyter_containerize.notebooks.parsing import parsed


def bound_names(python: str) -> tuple[str, ...]:
    """Return the names that top-level assignments and ``with`` bind, in order, each once; none if it does not parse.

    What stands inside ``if``, ``try`` and ``with`` counts. Functions, classes and imports do not: the serving code
    has them anyway.
    """
    tree = parsed(python)
    return tuple(dict.fromkeys(_bound(tree.body))) if tree is not None else ()


def _bound(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from _names(target)
            case ast.AnnAssign(target=target, value=ast.expr()):
                yield from _names(target)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    if item.optional_vars is not None:
                        yield from _names(item.optional_vars)
                yield from _bound(body)
            case ast.If(body=body, orelse=orelse):
                yield from _bound((*body, *orelse))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
                yield from _bound((*body, *(line for handler in handlers for line in handler.body), *orelse))
                yield from _bound(finalbody)


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _names(part)
        case ast.Starred(value=value):
            yield from _names(value)
