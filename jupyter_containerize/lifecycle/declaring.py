"""What a notebook's own cells ask to have installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_containerize.domain.notebook import Analysis, CellKind, Declared, Location, Notebook

if TYPE_CHECKING:
    from jupyter_containerize.resolution.declared import ScriptBlock


def in_cells(notebook: Notebook, analysis: Analysis) -> tuple[Declared, ...]:
    """Return what the notebook's commands and its PEP 723 block ask for."""
    block = script_block(notebook)
    return (*analysis.declared, *(block.declared if block is not None else ()))


def script_block(notebook: Notebook) -> ScriptBlock | None:
    """Return the notebook's PEP 723 block; the first cell that has one counts."""
    for cell in notebook.cells:
        if cell.kind is not CellKind.MARKDOWN and "# /// script" in cell.source:
            # A build of a notebook without one need not load what reads it.
            from jupyter_containerize.resolution.declared import in_script_block  # noqa: PLC0415

            return in_script_block(cell.source, Location(path=notebook.path, cell=cell.index, line=1))
    return None
