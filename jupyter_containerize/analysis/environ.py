"""Environment variables that the notebook itself sets, for code in the image that reads them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from jupyter_containerize.analysis.statements import Code, Statement


def settings_of(
    code: Code, names: Collection[str], *, secret: Collection[tuple[int | None, int | None]]
) -> list[Statement]:
    """Return the statements that set one of the variables to a literal text, if nothing else sets it later.

    A value that is computed may be this machine's own, and one that looks like a secret never goes into an image.

    Args:
        code: the notebook's.
        names: the variables that the serving code reads.
        secret: (cell, line) of what looks like a secret.
    """
    last: dict[str, Statement | None] = {}
    for statement in code.statements:
        for name in names:
            if name in _set_by(statement.node):
                last[name] = None if sets_secret(statement, secret) else statement
            elif name in last and _names(statement.node, name):
                # Computed, deleted, or in a branch: what it is then is not known.
                last[name] = None
    return [statement for statement in last.values() if statement is not None]


def _names(node: ast.stmt, name: str) -> bool:
    """Tell whether code may do something to a variable: it says its name, and does not only read it by ``get``."""
    for inner in ast.walk(node):
        match inner:
            case ast.Subscript(slice=ast.Constant(value=str(found)), ctx=ast.Store() | ast.Del()) if found == name:
                return True
            case ast.Call(
                func=ast.Attribute(attr="pop" | "setdefault" | "update" | "putenv" | "unsetenv"),
                args=[ast.Constant(value=str(found)), *_],
            ) if found == name:
                return True
    return False


def sets_secret(statement: Statement, secret: Collection[tuple[int | None, int | None]]) -> bool:
    """Tell whether the statement sets a variable to a literal text that looks like a secret."""
    on_line = any((statement.text.cell.index, line) in secret for line in _lines(statement))
    return on_line and any(True for _ in _set_by(statement.node))


def _set_by(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign(
            targets=[
                ast.Subscript(
                    value=ast.Attribute(attr="environ") | ast.Name(id="environ"), slice=ast.Constant(value=str(name))
                )
            ],
            value=ast.Constant(value=str()),
        ):
            yield name
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ") | ast.Name(id="environ"), attr="setdefault"),
                args=[ast.Constant(value=str(name)), ast.Constant(value=str())],
            )
        ):
            yield name


def _lines(statement: Statement) -> range:
    return range(statement.first_line, (statement.node.end_lineno or statement.first_line) + 1)
