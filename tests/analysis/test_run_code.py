"""Which changes of a notebook leave the objects of its last run as they were."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jupyter_containerize.analysis import analyze, slice_for
from tests.notebooks.made import notebook_of

PREDICT = "def predict(x):\n    return model[x] + helper(x)"
HELPER = "def helper(x):\n    return x * 2"
BEFORE = ("model = [1, 2, 3]", HELPER, PREDICT, "predict(1)")


@dataclass(frozen=True)
class Case:
    """The cells before and after, and whether the run is still the same."""

    after: tuple[str, ...]
    same: bool
    before: tuple[str, ...] = BEFORE


def with_(position: int, source: str, before: tuple[str, ...] = BEFORE) -> tuple[str, ...]:
    """Return the cells with one exchanged."""
    return (*before[:position], source, *before[position + 1 :])


CALLED = (*BEFORE[:3], "model += [predict(x) for x in (0, 1)]", "predict(1)")
HELPED = ("model = [1, 2, 3]", HELPER, "model = [helper(x) for x in model]", PREDICT, "predict(1)")
METHOD = ("import math\nmodel = [1, 2, 3]", HELPER, "model.predict = None", PREDICT, "predict(1)")
SHARED = (*BEFORE[:3], "y = 1; predict(1)")

CASES = {
    "nothing changes": Case(BEFORE, same=True),
    "the serving function changes": Case(with_(2, PREDICT + " + 1"), same=True),
    "a helper of it changes": Case(with_(1, "def helper(x):\n    y = x\n    return y"), same=True),
    "both change": Case(with_(1, "def helper(x): return 0", with_(2, PREDICT + " + 1")), same=True),
    "the data changes": Case(with_(0, "model = [1, 2, 4]"), same=False),
    "the example changes": Case(with_(3, "predict(2)"), same=False),
    "a comment in another cell changes": Case(with_(0, "model = [1, 2, 3]  # new"), same=False),
    "a cell comes that nothing needs": Case(("z = 1", *BEFORE, "print(model)"), same=True),
    "a cell comes that changes the model": Case((*BEFORE[:3], "model.append(4)", BEFORE[3]), same=False),
    "blank lines come": Case(with_(0, "\n\nmodel = [1, 2, 3]\n"), same=True),
    "another cell calls the function": Case(with_(2, PREDICT + " + 1", CALLED), same=False, before=CALLED),
    "another cell calls the helper": Case(with_(1, "def helper(x):\n    return 0", HELPED), same=False, before=HELPED),
    "only the serving function changes, the helper is called": Case(
        with_(3, PREDICT + " + 1", HELPED), same=True, before=HELPED
    ),
    "a method of that name is called": Case(with_(3, PREDICT + " + 1", METHOD), same=True, before=METHOD),
    "the example shares its line": Case(with_(2, PREDICT + " + 1", SHARED), same=False, before=SHARED),
    "the name stands in a text": Case(
        with_(2, PREDICT + " + 1", ("model = [1, 2, len('predict')]", *BEFORE[1:])),
        same=False,
        before=("model = [1, 2, len('predict')]", *BEFORE[1:]),
    ),
    "names can be reached by text": Case(
        with_(2, PREDICT + " + 1", ("model = eval('[1, 2]')", *BEFORE[1:])),
        same=False,
        before=("model = eval('[1, 2]')", *BEFORE[1:]),
    ),
    "the function binds a global": Case(
        with_(2, "def predict(x):\n    global n\n    n = x\n    return x + 1"),
        same=False,
        before=with_(2, "def predict(x):\n    global n\n    n = x\n    return x"),
    ),
    "a harmless magic stands by": Case(
        with_(2, PREDICT + " + 1", ("%matplotlib inline\nmodel = [1, 2, 3]", *BEFORE[1:])),
        same=True,
        before=("%matplotlib inline\nmodel = [1, 2, 3]", *BEFORE[1:]),
    ),
    "a script is run": Case(
        with_(2, PREDICT + " + 1", ("%run other.py\nmodel = [1, 2, 3]", *BEFORE[1:])),
        same=False,
        before=("%run other.py\nmodel = [1, 2, 3]", *BEFORE[1:]),
    ),
}


def digest(cells):
    """Return the run digest of a notebook with these cells."""
    notebook = notebook_of(*cells)
    return slice_for(notebook, analyze(notebook, root=None), "predict").run_digest


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_run_digest__change__same_or_not(case):
    """Only functions that nothing but the example calls may change without a new run."""
    assert (digest(case.before) == digest(case.after)) is case.same
