"""Secrets in the outputs of saved notebooks: an editor sends its cells without outputs, which can be megabytes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from jupyter_containerize.analysis import holds_secret
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Cell, Notebook
from jupyter_containerize.notebooks import read_notebook, read_outputs

MOST: Final = 200
_Version = tuple[int, int]
_Output = tuple[Cell, str]


class SavedOutputs:
    """The outputs that hold a secret, with the cells as they were saved; safe to use from several threads.

    A file is read once for each time it was saved. Only texts that hold a secret are kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[_Version, tuple[_Output, ...]]] = {}

    def of(self, file: Path | None, notebook: Notebook) -> tuple[tuple[int, str], ...]:
        """Return the saved outputs that hold a secret, with the indices that their cells have in the editor now.

        Empty for a file that is not there, or is no notebook.
        """
        found = () if file is None else self._outputs(file)
        return tuple((now.index, text) for cell, text in found if (now := _now(cell, notebook)) is not None)

    def _outputs(self, file: Path) -> tuple[_Output, ...]:
        try:
            status = file.stat()
            version = (status.st_mtime_ns, status.st_size)
            with self._lock:
                known = self._known.get(file)
            if known is not None and known[0] == version:
                return known[1]
            found = _read(file)
        except (OSError, ContainerizeError):
            return ()
        with self._lock:
            while len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[file] = (version, found)
        return found


def _now(saved: Cell, notebook: Notebook) -> Cell | None:
    """Return the cell as it is in the editor, which gives new ids to the cells of an old file: by its place, then."""
    for cell in notebook.cells:
        if cell.id == saved.id:
            return cell
    there = notebook.cells[saved.index - 1 : saved.index]
    return next((cell for cell in there if cell.source == saved.source), None)


def _read(file: Path) -> tuple[_Output, ...]:
    secret = [(item.cell, item.text) for item in read_outputs(file) if holds_secret(item.text)]
    cells = {cell.index: cell for cell in read_notebook(file).cells} if secret else {}
    return tuple((cells[index], text) for index, text in secret if index in cells)
