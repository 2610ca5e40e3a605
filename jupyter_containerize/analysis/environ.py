"""Environment variables that the notebook itself sets, for code in the image that reads them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from jupyter_containerize.analysis.statements import Code, Statement


def settings_of(
    code: Code, names: Collection[str], *, secret: Collection[tuple[int | None, int | None]]
) -> list[Statement]:
    """Return the statements that set one of the variables to a literal text, in document order.

    A value that is computed may be this machine's own, and one that looks like a secret never goes into an image.

    Args:
        code: the notebook's.
        names: the variables that the serving code reads.
        secret: (cell, line) of what looks like a secret.
    """
    return [
        statement
        for statement in code.statements
        if any(name in names for name in _set_by(statement.node)) and not sets_secret(statement, secret)
    ]


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
