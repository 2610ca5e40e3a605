"""What serves, how much of the notebook that needs, and which distributions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import BuildRequest, CellOrder
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.lifecycle import SliceCounts, counted, objects_of, sliced
from jupyter_containerize.lifecycle.slicing import with_serving
from tests.lifecycle.sliced_notebook import PART, ROWS, at

PREDICT = "def predict(x: float) -> float:\n    return x"


def test_counted__hand_made_slice__each_once():
    """Statements, cells that have any, and distributions that are needed."""
    assert counted(PART, with_serving(ROWS, PART)) == SliceCounts(
        statements=8,
        training=4,
        serving=2,
        dropped=3,
        cells=5,
        training_cells=3,
        serving_cells=2,
        distributions=3,
        serving_distributions=1,
    )


def test_objects_of__live_names__with_the_place_that_binds_them():
    """Sorted by name; a name that nothing binds has no place."""
    part = replace(PART, live_in=("model", "extra"))
    assert objects_of(part) == (("extra", None), ("model", at(3)))


SERVING = {
    "objects are captured": (PART, {"flask": None, "numpy": True, "scikit-learn": None, "seaborn": False}),
    "nothing is captured": (
        replace(PART, live_in=()),
        {"flask": False, "numpy": True, "scikit-learn": False, "seaborn": False},
    ),
    "no statements are told": (
        replace(PART, statements=()),
        {"flask": None, "numpy": True, "scikit-learn": None, "seaborn": None},
    ),
    "no slice": (None, {"flask": None, "numpy": None, "scikit-learn": None, "seaborn": None}),
}


@pytest.mark.parametrize(("part", "expected"), SERVING.values(), ids=SERVING)
def test_with_serving__evidence__decides(part, expected):
    """Named by the serving code: yes. Only in dropped statements: no. Else the captured objects may need it."""
    assert {row.distribution: row.serving for row in with_serving(ROWS, part)} == expected


def test_with_serving__one_line_kept_and_dropped__is_not_known():
    """Of two statements on one line, evidence does not say which it belongs to."""
    dropped, kept = PART.statements[1], PART.statements[2]
    part = replace(PART, statements=(dropped, replace(kept, location=dropped.location, end_line=dropped.end_line)))
    (seaborn,) = (row for row in with_serving(ROWS[-1:], part))
    assert seaborn.serving is None


def test_sliced__settings_of_the_notebook__fill_what_is_not_asked(write_notebook):
    """The notebook's own settings count, where the request is silent."""
    path = write_notebook("import numpy", PREDICT)
    content = json.loads(path.read_text())
    content["metadata"]["containerize"] = {"state": "startup", "order": "execution", "keep": [1]}
    path.write_text(json.dumps(content))
    view = sliced(BuildRequest(notebook=path))
    assert (view.chosen.state, view.chosen.order, view.chosen.request.keep) == (
        StateSource.STARTUP,
        CellOrder.EXECUTION,
        (1,),
    )
    asked = sliced(BuildRequest(notebook=path, state=StateSource.RUN, order=CellOrder.DOCUMENT, drop=(1,)))
    assert (asked.chosen.state, asked.chosen.order, asked.chosen.request.keep) == (
        StateSource.RUN,
        CellOrder.DOCUMENT,
        (),
    )


def test_sliced__setting_that_is_wrong__finding(write_notebook):
    """What the notebook says wrongly is told."""
    path = write_notebook(PREDICT)
    content = json.loads(path.read_text())
    content["metadata"]["containerize"] = {"state": "later"}
    path.write_text(json.dumps(content))
    assert "JC-NOTEBOOK-31" in {finding.code for finding in sliced(BuildRequest(notebook=path)).chosen.findings}


REFUSED = {
    "no such cell": (("a = 1", PREDICT), {"keep": (9,)}, "JC-SLICE-01"),
    "kept and dropped": (("a = 1", PREDICT), {"keep": (1,), "drop": (1,)}, "JC-SLICE-02"),
    "nothing to serve": (("a = 1",), {}, "JC-ANALYSIS-01"),
}


@pytest.mark.parametrize(("sources", "asked", "code"), REFUSED.values(), ids=REFUSED)
def test_sliced__what_a_build_would_refuse__raised(write_notebook, sources, asked, code):
    """The same errors as a build's."""
    with pytest.raises(ContainerizeError) as raised:
        sliced(BuildRequest(notebook=write_notebook(*sources), **asked))
    assert raised.value.code == code


def test_sliced__no_file__not_found(tmp_path: Path):
    """A wrong path is an error."""
    with pytest.raises(ContainerizeError) as raised:
        sliced(BuildRequest(notebook=tmp_path / "gone.ipynb"))
    assert raised.value.code == "JC-NOTEBOOK-01"
