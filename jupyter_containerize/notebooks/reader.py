"""Reads .ipynb files into a Notebook, tolerant of everything but the lack of code.

Source: nbformat 4, "The Notebook file format". Version 3 goes through nbformat's own upgrade.
Outputs and what we do not use are dropped before anything looks at them, so broken metadata or
outputs cannot make a notebook unreadable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_containerize.domain.notebook import Cell, CellKind, Notebook
from jupyter_containerize.notebooks.errors import (
    NoCode,
    NotANotebook,
    NotebookNotFound,
    NotebookUnreadable,
    UnreadableJson,
    UnsupportedLanguage,
)
from jupyter_containerize.notebooks.language import PYTHON, kernel_of, language_of
from jupyter_containerize.notebooks.magics import transform

_OLD_FORMAT = 3
_FORMAT = 4


def read_notebook(path: Path) -> Notebook:
    """Read a notebook file.

    Raises:
        NotebookNotFound: there is nothing at ``path``.
        NotANotebook: a folder, bytes that are not text, or JSON that is not a notebook.
        UnreadableJson: carries the line and column where the JSON broke.
        NotebookUnreadable: the system refused.
        NoCode, UnsupportedLanguage: as ``parse_notebook``.
    """
    text = _read_text(path)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableJson(str(path), error.lineno, error.colno, error.msg) from error
    except RecursionError as error:
        raise NotANotebook(str(path), "JSON that is nested too deep") from error
    if not isinstance(content, dict):
        raise NotANotebook(str(path), f"JSON with {_kind_of(content)} at its root")
    return parse_notebook(content, path=str(path))


def parse_notebook(content: Mapping[str, object], *, path: str) -> Notebook:
    """Make a Notebook of nbformat JSON, as read from a file or sent by an editor.

    Cell ids are kept; a missing or repeated one becomes ``cell-<index>``, the same on every read.

    Args:
        content: nbformat 3 or 4; never changed.
        path: How the user names the notebook; only for messages.

    Raises:
        NotANotebook: no ``nbformat``, another version of it, or no list of cells.
        NoCode: no code cell has anything in it.
        UnsupportedLanguage: known, but not Python.
    """
    version = content.get("nbformat")
    if isinstance(version, bool) or not isinstance(version, int):
        raise NotANotebook(path, "JSON without an nbformat version")
    if version not in {_OLD_FORMAT, _FORMAT}:
        raise NotANotebook(path, f"nbformat {version}")
    parts = content if version == _FORMAT else _upgraded(content)
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
    if language != PYTHON:
        raise UnsupportedLanguage(path, language)
    cells = _cells(raw)
    kernel = kernel_of(metadata)
    return Notebook(path=path, digest=_digest(language, kernel, cells), language=language, kernel=kernel, cells=cells)


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
    kind = _kind(raw)
    source = _source(raw)
    tags = _mapping(raw.get("metadata")).get("tags")
    transformed = transform(source) if kind is CellKind.CODE else None
    return Cell(
        id=cell_id,
        index=index,
        kind=kind,
        source=source,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        python=transformed.source if transformed else None,
        magic=(transformed.cell_magic or "") if transformed else "",
    )


def _digest(language: str, kernel: str | None, cells: Sequence[Cell]) -> str:
    facts = [language, kernel, [[cell.kind.value, cell.source] for cell in cells]]
    # ASCII escapes, so that a lone surrogate in a cell cannot break the encoding.
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _upgraded(content: Mapping[str, object]) -> Mapping[str, object]:
    # Imported here: nbformat takes a second to import and a version 3 notebook is rare.
    import nbformat  # noqa: PLC0415

    worksheets = content.get("worksheets")
    sheets = [_mapping(sheet).get("cells") for sheet in worksheets] if isinstance(worksheets, list) else []
    old_cells = [cell for cells in sheets if isinstance(cells, list) for cell in cells if isinstance(cell, Mapping)]
    metadata: dict[str, object] = {"name": "", **_mapping(content.get("metadata"))}
    # Version 3 names the language in each code cell, and the upgrade drops it.
    for language in (cell["language"] for cell in old_cells if isinstance(cell.get("language"), str)):
        metadata.setdefault("language_info", {"name": language})
    clean = {
        "metadata": metadata,
        "nbformat": _OLD_FORMAT,
        "nbformat_minor": 0,
        "worksheets": [{"metadata": {}, "cells": [_clean_old_cell(cell) for cell in old_cells]}],
    }
    old = nbformat.reader.reads(json.dumps(clean))  # type: ignore[no-untyped-call]
    upgraded: Mapping[str, object] = nbformat.convert(old, _FORMAT)  # type: ignore[no-untyped-call]
    return upgraded


def _clean_old_cell(cell: Mapping[str, object]) -> dict[str, object]:
    metadata = dict(_mapping(cell.get("metadata")))
    kind = cell.get("cell_type")
    if kind == "code":
        source = _joined(cell.get("input"))
        return {
            "cell_type": kind,
            "language": PYTHON,
            "input": source,
            "metadata": metadata,
            "outputs": [],
            "collapsed": False,
        }
    source = _joined(cell.get("source"))
    if kind == "heading":
        level = cell.get("level")
        return {
            "cell_type": kind,
            "level": level if isinstance(level, int) else 1,
            "source": source,
            "metadata": metadata,
        }
    return {"cell_type": "raw" if kind == "raw" else "markdown", "source": source, "metadata": metadata}


def _read_text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotebookNotFound(str(path)) from error
    except IsADirectoryError as error:
        raise NotANotebook(str(path), "a folder") from error
    except UnicodeDecodeError as error:
        raise NotANotebook(str(path), "bytes that are not UTF-8 text") from error
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path.
        raise NotebookUnreadable(str(path), getattr(error, "strerror", None) or str(error)) from error
    if not text.strip():
        raise NotANotebook(str(path), "an empty file")
    return text


def _kind(cell: Mapping[str, object]) -> CellKind:
    kind = cell.get("cell_type")
    return CellKind(kind) if kind in {"code", "markdown"} else CellKind.RAW


def _source(cell: Mapping[str, object]) -> str:
    return _joined(cell.get("source"))


def _joined(value: object) -> str:
    # On disk a text may be a list of lines. Source: nbformat 4, "Top-level structure".
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _kind_of(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "null")
