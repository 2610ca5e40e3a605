"""Takes magics out of the code that goes into an image, where there is no IPython."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_containerize.analysis.codes import MAGIC_DROPPED
from jupyter_containerize.analysis.statements import Statement
from jupyter_containerize.domain.notebook import Finding, Severity


def without_magics(statement: Statement) -> str:
    """Return the statement's whole lines with ``pass`` for each magic that stands alone.

    A magic whose value is used stays: leaving it out would change what the code means.
    """
    text = statement.source()
    if "get_ipython" not in text:
        return text
    # By bytes, as the parser counts columns; from the end, so that earlier columns stay right.
    lines = [line.encode() for line in text.split("\n")]
    for node in reversed(list(_magics(statement))):
        line = node.lineno - statement.first_line
        lines[line] = lines[line][: node.col_offset] + b"pass" + lines[line][node.end_col_offset :]
    return b"\n".join(lines).decode()


def dropped_magics(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each magic that ``without_magics`` leaves out."""
    for node in _magics(statement):
        yield Finding(
            code=MAGIC_DROPPED,
            message="A magic inside the serving code is left out of the image",
            severity=Severity.INFO,
            location=statement.text.location(node.lineno),
        )


def _magics(statement: Statement) -> Iterator[ast.Expr]:
    found = (node for node in ast.walk(statement.node) if isinstance(node, ast.Expr) and _is_magic(node.value))
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _is_magic(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")))):
            return True
    return False
