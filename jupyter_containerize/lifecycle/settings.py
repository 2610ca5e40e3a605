"""What a build is asked for, with what the notebook says of itself.

UserError
├── NoSuchCell      a cell is named that the notebook does not have, or that holds no code
└── KeptAndDropped  a cell is named for both
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from jupyter_containerize.domain.build import BuildRequest, NotebookSettings
from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import CellKind, Notebook
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.notebooks import read_settings


class NoSuchCell(UserError):
    """``cell`` is none of ``path``'s code cells; ``cells`` is how many cells of all kinds there are."""

    code = "JC-SLICE-01"

    def __init__(self, path: str, cell: int, *, cells: int) -> None:
        super().__init__(f"{path}: {cell} of {cells}")
        self.path = path
        self.cell = cell
        self.cells = cells


class KeptAndDropped(UserError):
    """The request names ``cell`` to be kept and to be dropped."""

    code = "JC-SLICE-02"

    def __init__(self, path: str, cell: int) -> None:
        super().__init__(f"{path}: {cell}")
        self.path = path
        self.cell = cell


def merged(request: BuildRequest, settings: NotebookSettings) -> BuildRequest:
    """Return the request with the notebook's own settings where it says nothing itself.

    Symbols, state and order are the request's or the settings'. Cells, names to make anew, extras and parameters
    to join are both's, without repeats; where the two disagree about a cell, the request counts.
    """
    return replace(
        request,
        symbols=request.symbols or settings.serve,
        state=request.state or settings.state,
        order=request.order or settings.order,
        keep=tuple(sorted({*request.keep, *({*settings.keep} - {*request.drop})})),
        drop=tuple(sorted({*request.drop, *({*settings.drop} - {*request.keep})})),
        recreate=tuple(dict.fromkeys((*request.recreate, *settings.recreate))),
        extras=tuple(sorted({*request.extras, *settings.extras})),
        batch=tuple(dict.fromkeys((*request.batch, *settings.batch))),
    )


def source_of(request: BuildRequest, notebook: Path | Mapping[str, object]) -> StateSource:
    """Return where a build takes the objects from, by the request or else by the notebook.

    Args:
        request: What is asked for.
        notebook: Its file, or its content.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable, NoCode: as ``read_notebook``, where the
            request leaves it to the notebook.
    """
    return request.state or read_settings(notebook).state or StateSource.RUN


def check_cells(request: BuildRequest, notebook: Notebook) -> None:
    """Make sure that the cells that a request names are there; before it is merged, as settings have findings.

    Raises:
        NoSuchCell: one is not, or is text.
        KeptAndDropped: one is to be kept and dropped.
    """
    code = {cell.index for cell in notebook.cells if cell.kind is CellKind.CODE}
    for cell in sorted({*request.keep, *request.drop}):
        if cell not in code:
            raise NoSuchCell(notebook.path, cell, cells=len(notebook.cells))
    for cell in sorted({*request.keep} & {*request.drop}):
        raise KeptAndDropped(notebook.path, cell)
