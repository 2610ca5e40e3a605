"""Cells that the user leaves out: the notebook is taken as if they were not there, and what that breaks is said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from jupyter_containerize.analysis.bindings import BindingKind, read_bindings
from jupyter_containerize.analysis.codes import DROPPED_BUT_NEEDED
from jupyter_containerize.analysis.statements import Code, Statement
from jupyter_containerize.analysis.uses import NotCompilable, uses_of
from jupyter_containerize.domain.notebook import Finding, Severity, Slice, SlicedStatement, reading_order

_BINDS = frozenset({BindingKind.IMPORT, BindingKind.IMPORT_BLOCK, BindingKind.FUNCTION, BindingKind.VALUE})


def with_dropped(found: Slice, code: Code, drop: Collection[int]) -> Slice:
    """Return the slice of the rest with the dropped statements among the others, and what lacks them.

    Args:
        found: the slice of the notebook without the cells.
        code: the notebook's, with them.
        drop: the cells.
    """
    gone = tuple(_sliced(item) for item in code.statements if item.text.cell.index in drop)
    statements = sorted((*found.statements, *gone), key=lambda item: reading_order(item.location))
    return replace(found, statements=tuple(statements), findings=(*found.findings, *_needed(found, code, drop)))


def _sliced(statement: Statement) -> SlicedStatement:
    return SlicedStatement(
        location=replace(statement.location, line=statement.first_line),
        end_line=statement.node.end_lineno or statement.first_line,
        training=False,
        serving=False,
        reason="you drop its cell",
    )


def _needed(found: Slice, code: Code, drop: Collection[int]) -> list[Finding]:
    """Name what runs, or serves, and uses a name that only dropped cells bind."""
    bound: dict[str, set[bool]] = {}
    cells: dict[str, int] = {}
    for name, history in read_bindings(code).history.items():
        for binding in history:
            if binding.kind in _BINDS:
                cell = binding.statement.text.cell.index
                bound.setdefault(name, set()).add(cell in drop)
                if cell in drop:
                    cells[name] = cell
    lost = {name for name, dropped in bound.items() if dropped == {True}}
    used = {(item.location.cell, item.location.line) for item in found.statements if item.training or item.serving}
    findings = []
    for statement in code.statements:
        if (statement.text.cell.index, statement.first_line) not in used:
            continue
        try:
            names = uses_of(statement).loaded & lost
        except NotCompilable:
            continue
        findings += [
            Finding(
                code=DROPPED_BUT_NEEDED,
                message=f"Cell {cells[name]} is dropped, but cell {statement.text.cell.index} needs {name!r} of it",
                severity=Severity.WARNING,
                location=statement.location,
            )
            for name in sorted(names)
        ]
    return list(dict.fromkeys(findings))
