"""A notebook that runs once and ends: all of its code as one program, with the parameters that a caller may set."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from jupyter_containerize.analysis.bindings import BindingKind, read_bindings
from jupyter_containerize.analysis.entries.candidates import parameters_cell
from jupyter_containerize.analysis.render import Kept, render
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.domain.notebook import SlicedStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """See the fields of the same names in ``Slice``."""

    source: str
    parameters: tuple[str, ...]
    parameters_end: int
    statements: tuple[SlicedStatement, ...]


def job_source(code: Code) -> Job:
    """Return a notebook as one program. Source: papermill, "Parameterize"."""
    cell = parameters_cell(code)
    last = cell.index if cell is not None else 0
    before = [item for item in code.statements if item.text.cell.index <= last]
    after = [item for item in code.statements if item.text.cell.index > last]
    futures = [item for item in code.statements if _is_future(item.node)]
    head = render([Kept.whole(item) for item in (*futures, *(item for item in before if item not in futures))])
    tail = render([Kept.whole(item) for item in after if item not in futures])
    names = {
        name
        for name, history in read_bindings(code).history.items()
        for binding in history
        if binding.kind is BindingKind.VALUE and cell is not None and binding.statement.text.cell is cell
    }
    reason = "the whole notebook is the job"
    return Job(
        source=f"{head}\n\n{tail}" if head and tail else head or tail,
        parameters=tuple(sorted(names)),
        parameters_end=head.count("\n") if cell is not None else 0,
        statements=tuple(
            SlicedStatement(
                location=replace(item.location, line=item.first_line),
                end_line=item.node.end_lineno or item.first_line,
                training=False,
                serving=True,
                reason=reason,
            )
            for item in code.statements
        ),
    )


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"
