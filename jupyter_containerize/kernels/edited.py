"""Compares the cells as they are now with what ran in the kernel that has the objects."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from jupyter_containerize.domain.notebook import Cell, Finding, Location, Notebook, Severity
from jupyter_containerize.kernels.running import RunningFacts, text_digest

_HINT = "Run it, or take the objects from a fresh run: --state run."


def edited_cells(facts: RunningFacts, notebook: Notebook, cells: Collection[int] | None = None) -> tuple[Finding, ...]:
    """Return a warning for each cell whose text is not what made the objects of the running kernel.

    A cell counts as run if its text ran, under whatever number: a notebook need not have been saved since.

    Args:
        facts: of the kernel.
        notebook: as it is now.
        cells: the indices to compare; all code cells if there are none given.
    """
    return tuple(_findings(facts, notebook, cells))


def _findings(facts: RunningFacts, notebook: Notebook, cells: Collection[int] | None) -> Iterator[Finding]:
    texts = {text_digest(cell.source) for cell in notebook.code_cells if cell.source.strip()}
    for cell in notebook.code_cells:
        if cell.source.strip() and (cells is None or cell.index in cells):
            finding = _finding(facts, cell, texts, notebook.path)
            if finding is not None:
                yield finding


def _finding(facts: RunningFacts, cell: Cell, texts: set[str], path: str) -> Finding | None:
    ran, count = facts.last_run_of(cell), cell.execution_count
    known = count is not None and 0 < count < len(facts.inputs)
    # What ran under the cell's number is the cell as it was, unless it is a cell of the notebook as it is: then the
    # number was given by a session before.
    edited = known and count is not None and facts.inputs[count] not in texts
    location = Location(path=path, cell=cell.index)
    if edited and (ran is None or (count is not None and count > ran)):
        return _warning(
            f"Cell [{cell.index}] was edited since it last ran in the kernel", location, code="JC-KERNELS-41"
        )
    if ran is not None:
        return None
    if count is not None:
        message = f"Cell [{cell.index}] has the execution count {count} of another session and did not run in this one"
        return _warning(message, location, code="JC-KERNELS-43")
    return _warning(f"Cell [{cell.index}] never ran in the kernel", location, code="JC-KERNELS-42")


def _warning(message: str, location: Location, *, code: str) -> Finding:
    return Finding(code=code, message=message, severity=Severity.WARNING, location=location, hint=_HINT)
