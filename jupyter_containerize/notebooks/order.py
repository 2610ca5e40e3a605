"""The order in which a notebook's cells ran, as their execution counts say, beside that in which they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from jupyter_containerize.domain.build import CellOrder
from jupyter_containerize.domain.notebook import Cell, Finding, Location, Notebook, Severity
from jupyter_containerize.notebooks.reader import digest_of

_MOST_NAMED = 8


def in_execution_order(notebook: Notebook) -> Notebook:
    """Return the notebook with the code cells that ran, by execution count, and no other cells.

    Cells keep the index that they have in the document; equal counts keep its order. The digest is that of the new
    order. A notebook of which no cell ran, as its file says, comes back as it is.
    """
    ran = tuple(cell for cell, _ in sorted(_ran(notebook), key=lambda found: found[1]))
    if not ran:
        return notebook
    return replace(notebook, cells=ran, digest=digest_of(notebook.language, notebook.kernel, ran))


def order_findings(notebook: Notebook, order: CellOrder = CellOrder.DOCUMENT) -> tuple[Finding, ...]:
    """Return what the execution counts say against the order that is taken; at most one finding of each kind.

    A notebook of which no cell ran has nothing to say, unless its execution order is asked for.

    Args:
        notebook: in document order.
        order: the one that is going to be taken.
    """
    ran = list(_ran(notebook))
    if not ran:
        return tuple(_nothing_ran(notebook)) if order is CellOrder.EXECUTION else ()
    return (*_disagreement(notebook, ran, order), *_sessions(notebook, ran), *_never_ran(notebook, order))


def _ran(notebook: Notebook) -> Iterator[tuple[Cell, int]]:
    for cell in notebook.code_cells:
        if cell.execution_count is not None and cell.source.strip():
            yield cell, cell.execution_count


def _nothing_ran(notebook: Notebook) -> Iterator[Finding]:
    yield Finding(
        code="JC-NOTEBOOK-24",
        message="No cell has run, as the file says, so the cells are taken in the order in which they stand",
        severity=Severity.WARNING,
        location=Location(path=notebook.path),
        hint="Run the cells and save the notebook.",
    )


def _disagreement(notebook: Notebook, ran: Sequence[tuple[Cell, int]], order: CellOrder) -> Iterator[Finding]:
    pairs = ((first, second) for first, second in pairwise(ran) if first[1] > second[1])
    for (above, late), (below, early) in pairs:
        taken = (
            "Restart the kernel and run all cells to see that the order works, or build with --order execution."
            if order is CellOrder.DOCUMENT
            else "The cells are taken by their execution counts, as asked for."
        )
        yield Finding(
            code="JC-NOTEBOOK-21",
            message=f"Cell [{below.index}] stands below cell [{above.index}] and ran before it: "
            f"their execution counts are {early} and {late}",
            severity=Severity.WARNING,
            location=Location(path=notebook.path, cell=below.index),
            hint=taken,
        )
        return


def _sessions(notebook: Notebook, ran: Sequence[tuple[Cell, int]]) -> Iterator[Finding]:
    seen: dict[int, Cell] = {}
    for cell, count in ran:
        if count in seen:
            yield Finding(
                code="JC-NOTEBOOK-22",
                message=f"Cells [{seen[count].index}] and [{cell.index}] both have the execution count {count}: "
                "the counts are of more than one session",
                severity=Severity.WARNING,
                location=Location(path=notebook.path, cell=cell.index),
                hint="Restart the kernel, run all cells and save the notebook; then the counts tell the order.",
            )
            return
        seen[count] = cell


def _never_ran(notebook: Notebook, order: CellOrder) -> Iterator[Finding]:
    never = [cell.index for cell in notebook.code_cells if cell.source.strip() and cell.execution_count is None]
    if not never:
        return
    named = ", ".join(f"[{index}]" for index in never[:_MOST_NAMED])
    more = f" and {len(never) - _MOST_NAMED} more" if len(never) > _MOST_NAMED else ""
    yield Finding(
        code="JC-NOTEBOOK-23",
        message=f"Code cells that never ran, though others did: {named}{more}",
        severity=Severity.INFO,
        location=Location(path=notebook.path, cell=never[0]),
        hint="They are left out." if order is CellOrder.EXECUTION else "They are taken as if they had run.",
    )
