"""Which names a function binds, which it declares global, and whether calling it gives a generator."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jupyter_containerize.analysis.flow.values import FunctionLike


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a function's code says of its names; ``yields`` if calling it gives a generator."""

    local: frozenset[str]
    declared_global: frozenset[str]
    yields: bool


def names_in(node: FunctionLike) -> Names:
    """Return what a function says of its names, parameters included and functions inside it not."""
    inside = _own(node)
    return Names(
        local=_local(node, inside),
        declared_global=frozenset(name for inner in inside if isinstance(inner, ast.Global) for name in inner.names),
        yields=any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in inside),
    )


def _local(node: FunctionLike, inside: list[ast.AST]) -> frozenset[str]:
    args = node.args
    names = {item.arg for item in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg) if item}
    outer: set[str] = set()
    for inner in inside:
        match inner:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                names.add(inner.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(inner.name)
            case ast.alias():
                names.add(inner.asname or inner.name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.Global() | ast.Nonlocal():
                outer.update(inner.names)
    return frozenset(names - outer)


def _own(node: FunctionLike) -> list[ast.AST]:
    """Return the nodes of a function's body without those of functions and classes inside it."""
    found: list[ast.AST] = []
    queue: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while queue:
        inner = queue.pop()
        found.append(inner)
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            if not isinstance(inner, ast.Lambda):
                queue += inner.decorator_list
            continue
        queue += ast.iter_child_nodes(inner)
    return found
