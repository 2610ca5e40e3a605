"""A slice as JSON and line by line, and words for what cannot be sliced as asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from jupyter_containerize.analysis import holds_secret
from jupyter_containerize.domain.notebook import Cell, ExampleCall, SlicedStatement
from jupyter_containerize.domain.serving import Dependency, DependencyKind
from jupyter_containerize.explain.places import candidate_to_json, finding_to_json, place_to_json
from jupyter_containerize.explain.words import Words, words
from jupyter_containerize.lifecycle import CellUse, ChosenPart, SliceView, counted, objects_of, uses_of_cells
from jupyter_containerize.lifecycle.settings import KeptAndDropped, NoSuchCell

_UNTOLD = "(a line that holds what looks like a secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedLine:
    """One line of a code cell. ``training``: it runs for the state. ``serving``: it is in the image.

    ``text`` has nothing that a terminal would obey, and no secret. ``reasons`` are those of the statements that end
    here, in their order, each once. ``code`` is false for lines outside of statements: comments and empty ones.
    """

    text: str
    training: bool
    serving: bool
    code: bool
    reasons: tuple[str, ...] = ()


def slice_to_json(view: SliceView) -> dict[str, object]:
    """Return the closing object of ``slice --json``, as ``docs/slice.md`` describes it."""
    rows = [row for row in view.dependencies if row.kind is not DependencyKind.DECLARED]
    return {
        "notebook": view.notebook.path,
        "entries": [candidate_to_json(entry) for entry in view.chosen.entries],
        **part_to_json(view.chosen, view.dependencies),
        "statements": [_statement(item) for item in view.chosen.part.statements],
        "distributions": [{"distribution": row.distribution, "serving": row.serving} for row in rows],
        "findings": [finding_to_json(finding) for finding in view.chosen.findings],
    }


def part_to_json(chosen: ChosenPart, rows: tuple[Dependency, ...]) -> dict[str, object]:
    """Return the ``Slice`` of ``api/openapi.yaml``: how much of the notebook is used, and the objects.

    Args:
        chosen: What serves and what it needs.
        rows: The notebook's dependencies, which know whether serving needs them.
    """
    counts = asdict(counted(chosen.part, rows))
    return {
        "state": chosen.state,
        "order": chosen.order,
        "whole": chosen.part.whole,
        "counts": counts,
        "cells": [_cell(use) for use in uses_of_cells(chosen.part)],
        "objects": [{"name": name, **place_to_json(place)} for name, place in objects_of(chosen.part)],
        "recreated": list(chosen.request.recreate),
        "parameters": list(chosen.part.parameters),
        "examples": [_example(call) for call in chosen.part.examples if not _is_secret(call)],
    }


def marked_cells(view: SliceView) -> Iterator[tuple[Cell, tuple[MarkedLine, ...]]]:
    """Give each code cell that has a source, in the document's order, with its lines."""
    by_cell: dict[int | None, list[SlicedStatement]] = {}
    for item in view.chosen.part.statements:
        by_cell.setdefault(item.location.cell, []).append(item)
    for cell in view.notebook.code_cells:
        if cell.source.strip():
            yield cell, tuple(_lines(cell, by_cell.get(cell.index, [])))


def _lines(cell: Cell, statements: list[SlicedStatement]) -> Iterator[MarkedLine]:
    for number, line in enumerate(cell.source.split("\n"), start=1):
        here = [item for item in statements if (item.location.line or 1) <= number <= item.end_line]
        yield MarkedLine(
            text=_harmless(line),
            training=any(item.training for item in here),
            serving=any(item.serving for item in here),
            code=bool(here),
            reasons=tuple(dict.fromkeys(item.reason for item in here if item.end_line == number and item.reason)),
        )


def _harmless(line: str) -> str:
    wide = line.expandtabs(4).rstrip()
    if holds_secret(line):
        return " " * (len(wide) - len(wide.lstrip())) + _UNTOLD
    # What a terminal would obey is not for it.
    return "".join(char if char.isprintable() else " " for char in wide)


def _cell(use: CellUse) -> dict[str, object]:
    return {
        "cell": use.cell,
        "role": use.role,
        "statements": use.statements,
        "training": use.training,
        "serving": use.serving,
        "why": list(use.why),
    }


def _example(call: ExampleCall) -> dict[str, object]:
    return {
        "symbol": call.symbol,
        "arguments": [{"name": name, "source": source} for name, source in call.arguments],
        **place_to_json(call.location),
    }


def _is_secret(call: ExampleCall) -> bool:
    return any(holds_secret(source) for _, source in call.arguments)


def _statement(item: SlicedStatement) -> dict[str, object]:
    return {
        **place_to_json(item.location),
        "end_line": item.end_line,
        "training": item.training,
        "serving": item.serving,
        "reason": item.reason,
    }


@words.register
def _(error: NoSuchCell) -> Words:
    there = f"cell {error.cell} is text" if 1 <= error.cell <= error.cells else f"it has {error.cells} cells"
    return Words(
        title=f"Cell {error.cell} holds no code to keep or drop",
        saw=f"In {error.path}, {there}.",
        todo="Cells are counted from 1, text and code alike; `jupyter containerize slice NOTEBOOK` shows the numbers.",
    )


@words.register
def _(error: KeptAndDropped) -> Words:
    return Words(
        title=f"Cell {error.cell} is to be kept and to be dropped",
        saw=f"In {error.path}, both were asked for.",
        todo="Name it once: with --keep if its statements shall run, with --drop if they shall not.",
    )
