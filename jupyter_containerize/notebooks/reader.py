"""Reads .ipynb files into a Notebook, tolerant of everything but the lack of code.

Source: nbformat 4, "The Notebook file format". Outputs and what we do not use are dropped before anything looks
at them, so broken metadata or outputs cannot make a notebook unreadable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_containerize.domain.notebook import Cell, CellKind, Notebook
from jupyter_containerize.notebooks.errors import NoCode, NotANotebook, UnsupportedLanguage
from jupyter_containerize.notebooks.file import FORMAT, OLD_FORMAT, read_content, read_document, value_of
from jupyter_containerize.notebooks.language import PYTHON, kernel_of, language_of
from jupyter_containerize.notebooks.old_format import upgraded
from jupyter_containerize.notebooks.python_cells import with_python

_ODD_VERSION = 1000


def read_notebook(path: Path) -> Notebook:
    """Read a notebook file, in any language.

    Raises:
        NotebookNotFound: there is nothing at ``path``.
        NotANotebook: a folder, bytes that are not text, or JSON that is not a notebook.
        UnreadableJson: carries the line and column where the JSON broke.
        NotebookUnreadable: the system refused.
        NoCode: as ``parse_notebook``.
    """
    return parse_notebook(read_content(path), path=str(path))


def read_metadata(path: Path) -> Mapping[str, object]:
    """Return a notebook file's own metadata as written: ``language_info``, ``kernelspec`` and what tools keep there.

    Empty when it is missing or no object. Raises as ``read_notebook``, but not for what is wrong with the cells.
    """
    return _mapping(value_of(read_document(path).metadata, str(path)))


def require_python(notebook: Notebook) -> None:
    """Raise ``UnsupportedLanguage`` unless the notebook is in Python: others can be read, and not built yet."""
    if notebook.language != PYTHON:
        raise UnsupportedLanguage(notebook.path, notebook.language)


def parse_notebook(content: Mapping[str, object], *, path: str) -> Notebook:
    """Make a Notebook of nbformat JSON, as read from a file or sent by an editor.

    Cell ids are kept; a missing or repeated one becomes ``cell-<index>``, the same on every read.

    Args:
        content: nbformat 3 or 4; never changed.
        path: How the user names the notebook; only for messages.

    Raises:
        NotANotebook: no ``nbformat``, another version of it, or no list of cells.
        NoCode: no code cell has anything in it.
    """
    version = content.get("nbformat")
    if isinstance(version, bool) or not isinstance(version, int):
        raise NotANotebook(path, "JSON without an nbformat version")
    if version not in {OLD_FORMAT, FORMAT}:
        raise NotANotebook(path, f"nbformat {version}" if abs(version) < _ODD_VERSION else "an odd nbformat version")
    parts = content if version == FORMAT else upgraded(content)
    cells = parts.get("cells")
    if not isinstance(cells, list):
        raise NotANotebook(path, "a notebook without a list of cells")
    return _notebook(cells, _mapping(parts.get("metadata")), path)


def _notebook(raw_cells: Sequence[object], metadata: Mapping[str, object], path: str) -> Notebook:
    raw = [cell for cell in raw_cells if isinstance(cell, Mapping)]
    sources = [_source(cell) for cell in raw if _kind(cell) is CellKind.CODE]
    if not any(source.strip() for source in sources):
        raise NoCode(path)
    language = language_of(metadata, sources)
    cells = _cells(raw)
    if language == PYTHON:
        cells = with_python(cells)
    kernel = kernel_of(metadata)
    return Notebook(path=path, digest=digest_of(language, kernel, cells), language=language, kernel=kernel, cells=cells)


def _cells(raw: Sequence[Mapping[str, object]]) -> tuple[Cell, ...]:
    seen: set[str] = set()
    cells = []
    for index, cell in enumerate(raw, start=1):
        cell_id = cell.get("id")
        if not isinstance(cell_id, str) or not cell_id or cell_id in seen:
            cell_id = f"cell-{index}"
        seen.add(cell_id)
        cells.append(_cell(cell, cell_id, index))
    return tuple(cells)


def _cell(raw: Mapping[str, object], cell_id: str, index: int) -> Cell:
    tags = _mapping(raw.get("metadata")).get("tags")
    kind = _kind(raw)
    return Cell(
        id=cell_id,
        index=index,
        kind=kind,
        source=_source(raw),
        execution_count=_count(raw.get("execution_count")) if kind is CellKind.CODE else None,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def digest_of(language: str, kernel: str | None, cells: Sequence[Cell]) -> str:
    """Return the digest of a notebook with these cells, as ``Notebook`` describes it."""
    # The JSON of [language, kernel, [[kind, source], ...]], a cell at a time: sources can be large. ASCII escapes, so
    # that a lone surrogate in a cell cannot break the encoding.
    digest = hashlib.sha256(f"[{json.dumps(language)},{json.dumps(kernel)},[".encode())
    for number, cell in enumerate(cells):
        digest.update(f"{',' if number else ''}[{json.dumps(cell.kind.value)},{json.dumps(cell.source)}]".encode())
    digest.update(b"]]")
    return digest.hexdigest()


def _kind(cell: Mapping[str, object]) -> CellKind:
    kind = cell.get("cell_type")
    return CellKind(kind) if kind in ("code", "markdown") else CellKind.RAW  # it may be unhashable


def _source(cell: Mapping[str, object]) -> str:
    return _joined(cell.get("source"))


def _joined(value: object) -> str:
    # On disk a text may be a list of lines. Source: nbformat 4, "Top-level structure".
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
