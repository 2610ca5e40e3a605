"""Execution counts are read, order cells on request, and say where the document disagrees."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_containerize.domain.build import CellOrder
from jupyter_containerize.domain.notebook import Notebook, Severity
from jupyter_containerize.notebooks import in_execution_order, order_findings, parse_notebook, read_notebook
from tests.notebooks.made import content_of


def ran_as(*counts: Any) -> Notebook:
    """Return a notebook whose code cells have these execution counts; ``""`` stands for an empty cell."""
    content: Any = content_of(*("" if count == "" else f"x{index} = 1" for index, count in enumerate(counts)))
    for cell, count in zip(content["cells"], counts, strict=True):
        cell["execution_count"] = None if count == "" else count
    content["cells"].insert(0, {"cell_type": "markdown", "source": "text", "execution_count": 1})
    return parse_notebook(content, path="a.ipynb")


@pytest.mark.parametrize(
    ("raw", "count"), [(7, 7), (None, None), (True, None), ("7", None), (0, None), (-1, None), (2.5, None), ([], None)]
)
def test_execution_count__as_written__is_a_number_or_nothing(raw, count):
    """A count of the wrong type is none; text has none at all."""
    text, code = ran_as(raw).cells
    assert (text.execution_count, code.execution_count) == (None, count)


@pytest.mark.parametrize("version", [3, 4])
def test_execution_count__file_of_either_version__is_read_and_not_in_the_digest(tmp_path, version):
    """Both formats say when a cell ran; running does not change the digest."""

    def read(count):
        cell = {"cell_type": "code", "input": "x = 1", "source": "x = 1"}
        cell |= {"prompt_number": count} if version == 3 else {"execution_count": count}
        path = tmp_path / f"{count}.ipynb"
        cells = [cell]
        path.write_text(json.dumps({"nbformat": version, "cells": cells, "worksheets": [{"cells": cells}]}))
        return read_notebook(path)

    assert [read(count).cells[0].execution_count for count in (5, None)] == [5, None]
    assert read(5).digest == read(None).digest


ORDERS: dict[str, tuple[tuple[Any, ...], list[int]]] = {
    "as they stand": ((1, 2, 3), [2, 3, 4]),
    "backwards": ((3, 2, 1), [4, 3, 2]),
    "ties keep the document's order": ((2, 1, 2, 1), [3, 5, 2, 4]),
    "never ran are left out": ((None, 4, "", 2), [5, 3]),
}


@pytest.mark.parametrize(("counts", "indices"), ORDERS.values(), ids=ORDERS)
def test_in_execution_order__counts__sort_the_cells_that_ran(counts, indices):
    """Cells keep the number that they have in the document."""
    assert [cell.index for cell in in_execution_order(ran_as(*counts)).cells] == indices


def test_in_execution_order__nothing_ran__is_the_same_notebook():
    """Without counts there is no other order."""
    notebook = ran_as(None, None)
    assert in_execution_order(notebook) is notebook


def test_in_execution_order__another_order__is_another_digest():
    """What is kept for one order is not taken for the other."""
    notebook = ran_as(2, 1)
    assert in_execution_order(notebook).digest != in_execution_order(ran_as(1, 2)).digest
    assert in_execution_order(notebook).digest != notebook.digest


FINDINGS: dict[str, tuple[tuple[Any, ...], CellOrder, list[tuple[str, Severity, int | None]]]] = {
    "in order": ((1, 5, 9), CellOrder.DOCUMENT, []),
    "nothing ran": ((None, None), CellOrder.DOCUMENT, []),
    "nothing ran, though its order is wanted": (
        (None, None),
        CellOrder.EXECUTION,
        [("JC-NOTEBOOK-24", Severity.WARNING, None)],
    ),
    "out of order": ((1, 4, 3, 2), CellOrder.DOCUMENT, [("JC-NOTEBOOK-21", Severity.WARNING, 4)]),
    "out of order, and wanted": ((2, 1), CellOrder.EXECUTION, [("JC-NOTEBOOK-21", Severity.WARNING, 3)]),
    "one count twice": ((1, 2, 2), CellOrder.DOCUMENT, [("JC-NOTEBOOK-22", Severity.WARNING, 4)]),
    "some never ran": ((1, None, "", None), CellOrder.DOCUMENT, [("JC-NOTEBOOK-23", Severity.INFO, 3)]),
}


@pytest.mark.parametrize(("counts", "order", "expected"), FINDINGS.values(), ids=FINDINGS)
def test_order_findings__counts__what_disagrees(counts, order, expected):
    """Each disagreement is told once, with the cell that it is about."""
    found = order_findings(ran_as(*counts), order)
    assert [(item.code, item.severity, item.location.cell) for item in found] == expected


def test_order_findings__out_of_order__names_the_first_pair():
    """The message names both cells and both counts, and says what to do."""
    (found,) = order_findings(ran_as(1, 9, 3, 2))
    assert "[4]" in found.message
    assert "[3]" in found.message
    assert "3 and 9" in found.message
    assert "--order execution" in found.hint


def test_order_findings__many_never_ran__names_some_and_counts_the_rest():
    """A long list is cut."""
    (found,) = order_findings(ran_as(1, *[None] * 20))
    assert found.message.endswith("[10] and 12 more")
