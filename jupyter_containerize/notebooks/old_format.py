"""Turns nbformat 3 into the parts of nbformat 4 that we read.

Source: nbformat, "Notebook format changelog", 4.0: worksheets are gone, headings are Markdown, a code cell's
``input`` is its ``source``, and its ``prompt_number`` its ``execution_count``. Not by nbformat's own upgrade: it
refuses what is broken where we do not look, and takes a second to import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_DEEPEST_HEADING = 6


def upgraded(content: Mapping[str, object]) -> dict[str, object]:
    """Return version 3 JSON as version 4: its metadata and its cells, without outputs."""
    old = list(_old_cells(content))
    metadata = {**_mapping(content.get("metadata"))}
    # Version 3 names the language in each code cell only.
    named = next((cell["language"] for cell in old if isinstance(cell.get("language"), str)), None)
    if named is not None:
        metadata.setdefault("language_info", {"name": named})
    return {"metadata": metadata, "cells": [_cell(cell) for cell in old]}


def _old_cells(content: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    sheets = content.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else []:
        cells = _mapping(sheet).get("cells")
        yield from (cell for cell in (cells if isinstance(cells, list) else []) if isinstance(cell, Mapping))


def _cell(cell: Mapping[str, object]) -> dict[str, object]:
    kind = cell.get("cell_type")
    if kind == "code":
        return {
            "cell_type": kind,
            "source": _text(cell.get("input")),
            "metadata": cell.get("metadata"),
            "execution_count": cell.get("prompt_number"),
        }
    source = _text(cell.get("source"))
    if kind == "heading":
        level = cell.get("level")
        depth = min(max(level, 1), _DEEPEST_HEADING) if isinstance(level, int) else 1
        source = f"{'#' * depth} {' '.join(source.splitlines())}"
    return {"cell_type": "raw" if kind == "raw" else "markdown", "source": source, "metadata": cell.get("metadata")}


def _text(value: object) -> str:
    if not isinstance(value, list):
        return value if isinstance(value, str) else ""
    lines = [line for line in value if isinstance(line, str)]
    # The earliest files keep lines without their ends.
    return ("" if any(line.endswith("\n") for line in lines) else "\n").join(lines)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
