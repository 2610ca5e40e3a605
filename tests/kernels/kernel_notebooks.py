"""Notebooks and kernelspecs as data, for the tests of this room."""

from __future__ import annotations

import hashlib

from jupyter_containerize.domain.notebook import Cell, CellKind, Notebook

LAUNCH = ("-m", "ipykernel_launcher", "-f", "{connection_file}")


def notebook_of(*sources: str, tags: tuple[str, ...] = ()) -> Notebook:
    """Return a notebook of code cells; ``tags`` are the last cell's."""
    cells = tuple(
        Cell(
            id=f"c{index}",
            index=index,
            kind=CellKind.CODE,
            source=source,
            tags=tags if index == len(sources) else (),
        )
        for index, source in enumerate(sources, start=1)
    )
    digest = hashlib.sha256("\0".join(sources).encode()).hexdigest()
    return Notebook(path="work.ipynb", digest=digest, language="python", kernel=None, cells=cells)
