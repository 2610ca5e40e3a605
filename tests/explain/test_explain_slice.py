"""A slice as JSON and line by line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_containerize.explain import explain, marked_cells, slice_to_json
from jupyter_containerize.lifecycle.settings import KeptAndDropped, NoSuchCell
from jupyter_containerize.lifecycle.slicing import with_serving
from tests.lifecycle.sliced_notebook import PART, ROWS, STATEMENTS, view
from tests.notebooks.made import notebook_of
from tests.server.api_schema import check_component

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ0bC2dF4hJ6"  # made up


def _marks(shown):
    return [
        (cell.index, "".join(("t" if line.training else "") + ("s" if line.serving else "") + "," for line in lines))
        for cell, lines in marked_cells(shown)
    ]


def test_marked_cells__each_line__is_training_serving_or_neither():
    """Lines of a statement share its marks; lines between have none."""
    assert _marks(view()) == [(1, "ts,,t,"), (2, "t,,,,,"), (3, "t,"), (4, ","), (5, "s,s,")]


def test_marked_cells__reasons__stand_at_the_last_line_of_a_statement():
    """Every statement says why, once."""
    lines = {cell.index: lines for cell, lines in marked_cells(view())}
    assert [line.reasons for line in lines[2]] == [("cell 3 needs 'data'",), (), (), (), ("only draws",)]
    assert [line.code for line in lines[2]] == [True, False, True, True, True]


def test_marked_cells__several_statements_on_a_line__share_it():
    """A line is marked with what any of its statements is; equal reasons are told once."""
    first, second = (replace(item, location=STATEMENTS[0].location, end_line=1) for item in STATEMENTS[1:3])
    ((_, lines), *_) = marked_cells(view(replace(PART, statements=(first, second, second))))
    assert (lines[0].training, lines[0].serving, lines[0].reasons) == (
        True,
        False,
        ("only draws", "cell 3 needs 'sklearn'"),
    )


def test_marked_cells__what_a_terminal_would_obey_and_secrets__are_not_repeated():
    """Control characters become blanks, tabs are widened, and a secret is not shown."""
    shown = replace(view(), notebook=notebook_of("a = '\x1b[2J'", f"if a:\n\ttoken = '{TOKEN}'"))
    lines = [line.text for _, lines in marked_cells(shown) for line in lines]
    assert lines == ["a = ' [2J'", "if a:", "    (a line that holds what looks like a secret)"]


def test_slice_to_json__each_cell__has_a_role_and_the_reasons_for_it():
    """What serves counts more than what trains; a cell that is left out says why."""
    told = slice_to_json(view())["cells"]
    assert [(use["cell"], use["role"], use["statements"], use["training"], use["serving"]) for use in told] == [
        (1, "serving", 3, 2, 1),
        (2, "training", 2, 1, 0),
        (3, "training", 1, 1, 0),
        (4, "dropped", 1, 0, 0),
        (5, "serving", 1, 0, 1),
    ]
    assert [use["why"] for use in told[:2]] == [
        ["predict needs 'numpy'", "cell 3 needs 'sklearn'"],
        ["cell 3 needs 'data'"],
    ]
    assert told[3]["why"] == ["only shows"]


def test_slice_to_json__hand_made_slice__has_every_field():
    """The closing object of `slice --json`; what it shares with a preview follows the API."""
    told = json.loads(json.dumps(slice_to_json(view(rows=with_serving(ROWS, PART)))))
    shared = ("state", "order", "whole", "counts", "cells", "objects", "recreated", "parameters", "examples")
    check_component({name: told.pop(name) for name in shared}, "Slice")
    (entry,) = told.pop("entries")
    check_component(entry, "Candidate")
    assert (entry["symbol"], entry["kind"], entry["route"], entry["method"]) == (
        "predict",
        "function",
        "/predict",
        "POST",
    )
    (finding,) = told.pop("findings")
    check_component(finding, "Finding")
    statements = told.pop("statements")
    assert len(statements) == len(STATEMENTS)
    assert statements[4] == {
        "cell": 2,
        "line": 3,
        "end_line": 5,
        "training": False,
        "serving": False,
        "reason": "only draws",
    }
    assert told == {
        "notebook": "made.ipynb",
        "distributions": [
            {"distribution": "numpy", "serving": True},
            {"distribution": "scikit-learn", "serving": None},
            {"distribution": "seaborn", "serving": False},
        ],
    }


SAID = {
    "above the last": (NoSuchCell("n.ipynb", 9, cells=4), "it has 4 cells"),
    "text": (NoSuchCell("n.ipynb", 2, cells=4), "cell 2 is text"),
    "both": (KeptAndDropped("n.ipynb", 2), "both were asked for"),
}


@pytest.mark.parametrize(("error", "saw"), SAID.values(), ids=SAID)
def test_explain__cells_that_cannot_be__say_which_and_why(error, saw):
    """A wrong argument: exit code 2, the notebook, the cell, and what to do."""
    problem = explain(error)
    assert problem.exit_code == 2
    assert "n.ipynb" in problem.saw
    assert saw in problem.saw
    assert problem.todo
