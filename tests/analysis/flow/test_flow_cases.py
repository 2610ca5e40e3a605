"""What the table of notebooks says must be kept is kept, what must go is gone, and the answers stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest

from jupyter_containerize.analysis import analyze, slice_for
from jupyter_containerize.domain.notebook import Notebook, Slice
from tests.analysis.flow.cases import CASES, Case
from tests.analysis.flow.harness import everything, folder, sliced, truth
from tests.analysis.flow.library_cases import LIBRARY_CASES
from tests.notebooks.made import notebook_of

mpl.use("Agg")

# A notebook may leave its files open, and so may a part of it.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)

ALL = {**CASES, **LIBRARY_CASES}
RUNNING = [name for name, case in ALL.items() if case.runs]


def slice_of(case: Case) -> tuple[Notebook, Slice]:
    """Return the notebook and its slice, with its files beside it while it is analysed."""
    notebook = notebook_of(*case.cells)
    with folder(case.files) as root:
        return notebook, slice_for(notebook, analyze(notebook, root=Path(root)), "predict")


def marks(case: Case) -> Iterator[tuple[int, int, str]]:
    """Give cell, line and mark of every marked line."""
    for index, cell in enumerate(case.cells, 1):
        for number, line in enumerate(cell.split("\n"), 1):
            if found := re.search(r"# (keep|drop)$", line):
                yield index, number, found[1]


def statements_at(serving: Slice, cell: int, line: int) -> list[bool]:
    """Return for each statement on the line whether it is kept."""
    return [
        each.training or each.serving
        for each in serving.statements
        if each.location.cell == cell and (each.location.line or 0) <= line <= each.end_line
    ]


@pytest.mark.parametrize("name", ALL)
def test_slice_for__marked_statement__is_kept_or_dropped(name):
    """Each statement's mark says what becomes of it."""
    case = ALL[name]
    _, serving = slice_of(case)
    wrong = [
        f"[{cell}]:{line} {case.cells[cell - 1].splitlines()[line - 1]}"
        for cell, line, mark in marks(case)
        if statements_at(serving, cell, line) != [mark == "keep"]
    ]
    assert not wrong


@pytest.mark.parametrize("name", RUNNING)
def test_slice_for__run_sliced__answers_as_the_whole_notebook(name):
    """The program and the source give the notebook's own answers."""
    case = ALL[name]
    notebook, serving = slice_of(case)
    assert sliced(notebook, serving, case.asks, case.files) == truth(notebook, case.asks, case.files)


@pytest.mark.parametrize("name", ALL)
def test_slice_for__what_nobody_can_follow__keeps_everything_and_says_so(name):
    """``Slice.whole`` has a reason exactly where code runs that is known only when it runs."""
    case = ALL[name]
    notebook, serving = slice_of(case)
    assert bool(serving.whole) == case.whole
    if case.whole:
        assert [cell.index for cell in serving.program] == [cell.index for cell in notebook.code_cells]


@pytest.mark.parametrize("name", RUNNING)
def test_harness__case__runs_to_its_end(name):
    """Every case is a notebook that works, and answers the same each time."""
    case = ALL[name]
    outcome = truth(notebook_of(*case.cells), case.asks, case.files)
    assert not outcome.failed
    assert not any(isinstance(answer, tuple) and answer[0] == "!" for answer in outcome.answers)


@pytest.mark.parametrize("name", RUNNING)
def test_harness__nothing_dropped__answers_alike(name):
    """With the whole notebook as the program nothing differs: what differs else was dropped wrongly."""
    case = ALL[name]
    notebook, serving = slice_of(case)
    found = sliced(notebook, everything(notebook, serving), case.asks, case.files, one_process=True)
    assert found == truth(notebook, case.asks, case.files)
