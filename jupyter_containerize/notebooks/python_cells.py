"""Gives the cells of a Python notebook their Python, with what only the whole notebook can tell.

Two things need more than a cell: the cell magics that the notebook makes itself, and whether a line such as
``ls`` is a magic or a variable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.notebooks.magics import PYTHON_CELL_MAGICS, lonely_call, transform
from jupyter_containerize.notebooks.parsing import parsed

_REGISTERED = re.compile(
    r"@(?:register_(?:line_)?cell_magic|(?:line_)?cell_magic)\b(?:\(\s*(?:[\"'](\w+)[\"'])?\s*\))?\s+(?:async\s+)?def\s+(\w+)"
)
# How a cell magic runs its body as Python.
_RUNS_ITS_BODY = re.compile(r"\brun_cell\(|\.ex\(|\bexec\(")


def with_python(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells with ``python`` and ``magic``, as IPython would make them."""
    magics = PYTHON_CELL_MAGICS | frozenset(_own_magics(cells))
    changed = [_transformed(cell, magics) for cell in cells]
    lonely = {cell.index: call for cell in changed if cell.python and (call := lonely_call(cell.python))}
    if not lonely:
        return tuple(changed)
    bound = _bound({name for name, _ in lonely.values()}, changed)
    return tuple(_called(cell, lonely[cell.index], bound) if cell.index in lonely else cell for cell in changed)


def _transformed(cell: Cell, magics: frozenset[str]) -> Cell:
    if cell.kind is not CellKind.CODE:
        return cell
    transformed = transform(cell.source, magics)
    return replace(cell, python=transformed.source, magic=transformed.cell_magic or "")


def _called(cell: Cell, call: tuple[str, str], bound: set[str]) -> Cell:
    name, python = call
    if name in bound or cell.python is None:
        return cell
    empty = cell.python[: len(cell.python) - len(cell.python.lstrip())].count("\n")
    return replace(cell, python="\n" * empty + python + "\n")


def _own_magics(cells: Sequence[Cell]) -> Iterator[str]:
    """Give the names of the cell magics that the notebook defines to run Python."""
    for cell in cells:
        if cell.kind is CellKind.CODE and "cell_magic" in cell.source and _RUNS_ITS_BODY.search(cell.source):
            yield from (found[1] or found[2] for found in _REGISTERED.finditer(cell.source))


def _bound(names: Iterable[str], cells: Sequence[Cell]) -> set[str]:
    """Return those of the names that some cell binds: a variable hides the magic of its name."""
    return {name for name in names if any(_binds(cell.python, name) for cell in cells if cell.python)}


def _binds(python: str, name: str) -> bool:
    if name not in python:
        return False
    tree = parsed(python)
    if tree is None:
        return re.search(rf"\b(?:import|as|def|class|for)\s+{name}\b|\b{name}\s*(?:=[^=]|,|:=)", python) is not None
    return any(_is_binding(node, name) for node in ast.walk(tree))


def _is_binding(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=bound, ctx=ast.Store()) | ast.FunctionDef(name=bound) | ast.ClassDef(name=bound):
            return bound == name
        case ast.alias():
            return (node.asname or node.name).partition(".")[0] == name
    return False
