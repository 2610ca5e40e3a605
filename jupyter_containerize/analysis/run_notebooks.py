"""Reads the Python of another notebook that this one runs with ``%run``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_RUN = re.compile(r"[ \t]*%run\s+(?:-\w+\s+)*[\"']?([^\s\"'{}$]+)")
_MAGIC = re.compile(r"([ \t]*)[%!?]")
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# Their body is Python.
_PYTHON_MAGICS = frozenset({"capture", "time", "timeit", "prun"})


@dataclass(frozen=True, slots=True)
class RunNotebook:
    """``text`` is the code of all cells, one after the other; ``runs`` are the files that they run in turn."""

    text: str
    runs: tuple[str, ...]


def python_of_notebook(content: bytes) -> RunNotebook:
    """Return the Python of a notebook's code cells without magics; nothing for what is no notebook."""
    try:
        notebook = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return RunNotebook("", ())
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    texts: list[str] = []
    runs: list[str] = []
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source")
        joined = "".join(line for line in source if isinstance(line, str)) if isinstance(source, list) else source
        if not isinstance(joined, str) or ((magic := _CELL_MAGIC.match(joined)) and magic[1] not in _PYTHON_MAGICS):
            continue
        lines = joined.splitlines()
        runs += (run[1] for line in lines if (run := _RUN.match(line)))
        texts += (f"{magic[1]}pass" if (magic := _MAGIC.match(line)) else line for line in lines)
    return RunNotebook("\n".join(texts) + "\n", tuple(runs))
