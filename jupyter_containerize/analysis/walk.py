"""Walks a syntax tree in source order, without recursion: generated code can be nested deeper than a stack."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Fields that never hold what a walk is for: texts, contexts and operators.
_LEAVES = frozenset({
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level", "module", "op", "ops",
    "rest", "simple", "tag", "type_comment", "type_ignores",
})  # fmt: skip
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a node's type that may hold nodes, last first. Asking each node would take twice the time."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        leaves = _LEAVES - {"arg"} if kind is ast.arg else _LEAVES
        fields = tuple(name for name in reversed(kind._fields) if name not in leaves)
        self[kind] = () if issubclass(kind, ast.Name | ast.Constant | ast.alias) else fields
        return self[kind]


class _Blocks(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a node's type that hold statements, last first."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        # The body of a lambda is an expression, as are both sides of `a if b else c`.
        named = () if issubclass(kind, ast.expr) else _BLOCKS
        self[kind] = tuple(name for name in reversed(named) if name in kind._fields)
        return self[kind]


_FIELDS = _Fields()
_STATEMENT_FIELDS = _Blocks()


def walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes and all below them, parents first, in the order of their fields."""
    stack = list(nodes)
    stack.reverse()
    fields = _FIELDS
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        yield node
        for name in fields[type(node)]:
            value = getattr(node, name, None)
            if isinstance(value, list):
                stack.extend([item for item in reversed(value) if isinstance(item, ast.AST)])
            elif isinstance(value, ast.AST):
                push(value)


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below one, last first."""
    return _below(node, _FIELDS[type(node)])


def blocks(node: ast.AST) -> list[ast.AST]:
    """Return the statements, handlers and cases directly below a node, last first."""
    return _below(node, _STATEMENT_FIELDS[type(node)])


def statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements and those inside them, in source order, without looking into expressions."""
    stack = list(nodes)
    stack.reverse()
    while stack:
        node = stack.pop()
        yield node
        stack.extend(_below(node, _STATEMENT_FIELDS[type(node)]))


def _below(node: ast.AST, fields: tuple[str, ...]) -> list[ast.AST]:
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in reversed(value) if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found
