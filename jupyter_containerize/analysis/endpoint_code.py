"""Cells that answer requests (Kernel Gateway), as statements of the serving code."""

from __future__ import annotations

import ast

from jupyter_containerize.analysis.bindings import Bindings
from jupyter_containerize.analysis.entries.cell_source import endpoint_source
from jupyter_containerize.analysis.entries.cells import endpoint_named
from jupyter_containerize.analysis.statements import CellText, Code, Statement, lines_of
from jupyter_containerize.domain.notebook import Cell, CellKind


def endpoint_statements(code: Code, bindings: Bindings, symbol: str, *, order: int) -> tuple[Statement, ...]:
    """Return the function that is made of an endpoint's cells, as if its first cell defined it.

    ``order`` is the first statement's place after those of the notebook.
    """
    endpoint = endpoint_named(code, symbol)
    assert endpoint is not None  # noqa: S101  # the entry was found there
    source = endpoint_source(code, bindings, symbol)
    first = endpoint.cells[0]
    cell = Cell(id=f"{first.id}-{symbol}", index=first.index, kind=CellKind.CODE, source=source, python=source)
    text = CellText(code.path, cell, lines_of(source))
    nodes = ast.parse(source).body
    return tuple(
        Statement(order=order + number, node=node, text=text, last=number == len(nodes) - 1)
        for number, node in enumerate(nodes)
    )
