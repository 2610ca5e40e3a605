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


def magic_of(call: ast.Call) -> tuple[str, str] | None:
    """Return the name and the argument of a magic that a call runs; ``system`` for a shell command.

    Both ways of IPython to call one are read: ``get_ipython().run_line_magic("pip", "install x")`` and
    ``get_ipython().magic("pip install x")``.
    """
    match call:
        case ast.Call(
            func=ast.Attribute(value=value, attr=attribute), args=[ast.Constant(value=str(first)), *rest]
        ) if _is_shell(value):
            pass
        case _:
            return None
    if attribute in {"run_line_magic", "run_cell_magic"}:
        match rest:
            case [ast.Constant(value=str(argument)), *_]:
                return first, argument
        return first, ""
    if attribute == "magic":
        name, _, argument = first.lstrip("%").partition(" ")
        return name, argument.strip()
    if attribute in {"system", "getoutput", "getoutput_unsplit", "system_piped", "system_raw"}:
        return "system", first
    return None


def _is_shell(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="get_ipython")) | ast.Name(id="ipython" | "ip" | "shell"):
            return True
    return False


def _magics(statement: Statement) -> Iterator[ast.Expr]:
    found = (node for node in ast.walk(statement.node) if isinstance(node, ast.Expr) and _is_magic(node.value))
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _is_magic(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")))):
            return True
    return False
