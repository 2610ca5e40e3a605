"""Gives the cells of a Python notebook their Python, with what only the whole notebook can tell.

Two things need more than a cell: the cell magics that the notebook makes itself, and whether a line such as
``ls`` is a magic or a variable.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.notebooks.magics import PYTHON_CELL_MAGICS, lonely_call, transform
from jupyter_containerize.notebooks.parsing import parsed

_REGISTERED = re.compile(
    r"@(?:register_(?:line_)?cell_magic|(?:line_)?cell_magic)\b(?:\(\s*+(?:[\"'](\w++)[\"']\s*+)?\))?\s++def\s++(\w++)"
)
# How a cell magic runs its body as Python.
_RUNS_ITS_BODY = re.compile(r"\brun_cell\(|\.ex\(|\bexec\(")
_LOOKS_BOUND = re.compile(r"\b(?:import|as|def|class|for)[ \t]++(\w++)|\b(\w++)[ \t]*+(?:=(?!=)|,|:=)")


def with_python(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return the cells with ``python`` and ``magic``, as IPython would make them."""
    magics = PYTHON_CELL_MAGICS | frozenset(_own_magics(cells))
    changed = [_transformed(cell, magics) for cell in cells]
    lonely = {cell.index: call for cell in changed if cell.python and (call := lonely_call(cell.python))}
    if not lonely:
        return tuple(changed)
    bound = _bound({name for name, _ in lonely.values()}, changed)
    calls = {index: python for index, (name, python) in lonely.items() if name not in bound}
    return tuple(replace(cell, python=calls.get(cell.index, cell.python)) for cell in changed)


def _transformed(cell: Cell, magics: frozenset[str]) -> Cell:
    if cell.kind is not CellKind.CODE:
        return cell
    transformed = transform(cell.source, magics)
    return replace(cell, python=transformed.source, magic=transformed.cell_magic or "")


def _own_magics(cells: Sequence[Cell]) -> Iterator[str]:
    """Give the names of the cell magics that the notebook defines to run Python."""
    for cell in cells:
        if cell.kind is CellKind.CODE and "cell_magic" in cell.source and _RUNS_ITS_BODY.search(cell.source):
            yield from (found[1] or found[2] for found in _REGISTERED.finditer(cell.source))


def _bound(names: set[str], cells: Sequence[Cell]) -> set[str]:
    """Return those of the names that some cell binds: a variable hides the magic of its name."""
    bound: set[str] = set()
    for cell in cells:
        python = cell.python or ""
        wanted = {name for name in names - bound if name in python}
        if wanted:
            bound |= wanted & _bindings(python)
    return bound


def _bindings(python: str) -> set[str]:
    """Return the names that the code binds anywhere; of code that does not parse, those that look like it."""
    tree = parsed(python)
    if tree is None:
        return {name for found in _LOOKS_BOUND.finditer(python) for name in found.groups() if name}
    return {name for node in ast.walk(tree) if (name := _binding(node))}


def _binding(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.alias():
            return (node.asname or node.name).partition(".")[0]
    return ""
