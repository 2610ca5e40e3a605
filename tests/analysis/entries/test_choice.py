"""What is chosen, by name and without, on which routes, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_containerize.analysis import analyze, choose
from jupyter_containerize.analysis.errors import (
    AmbiguousServing,
    NothingToServe,
    RouteTaken,
    SymbolNotFound,
    SymbolUnusable,
)
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import CandidateKind, ServingCandidate
from tests.analysis.entries.kind_cases import Cells, notebook_with

KIND = CandidateKind
_MODEL = (
    "class Model:\n  def __init__(self, k): self.k = k\n  def predict(self, x): return x\n  def both(self, x): return x"
)
_FIT = "from sklearn.svm import SVC"
_ROUTES = "from fastapi import FastAPI\napp = FastAPI()\n"

# Cells, symbols, and what serves: symbol, kind, method and route of each.
CHOSEN: dict[str, tuple[Cells, Sequence[str], list[tuple[str, CandidateKind, str, str]]]] = {
    "the best": (
        ["def predict(x): return x\ndef score(x): return x"],
        [],
        [("predict", KIND.FUNCTION, "POST", "/predict")],
    ),
    "tagged cells": (
        ["def predict(x): return x", ("def b_side(x): return x", "serve"), ("def a_side(x): return x", "serve")],
        [],
        [("b_side", KIND.FUNCTION, "POST", "/b_side"), ("a_side", KIND.FUNCTION, "POST", "/a_side")],
    ),
    "tagged cells, predict first": (
        [("def explain(x): return x", "serve"), ("def predict(x): return x", "serve")],
        [],
        [("predict", KIND.FUNCTION, "POST", "/predict"), ("explain", KIND.FUNCTION, "POST", "/explain")],
    ),
    "gateway cells": (
        ["# GET /a/:b\nprint(REQUEST)", "# POST /a\nprint(1)", "def predict(x): return x"],
        [],
        [("get_a_b", KIND.CELL, "GET", "/a/:b"), ("post_a", KIND.CELL, "POST", "/a")],
    ),
    "one path, two methods": (
        ["# GET /a\nprint(REQUEST)", "# POST /a\nprint(1)"],
        [],
        [("get_a", KIND.CELL, "GET", "/a"), ("post_a", KIND.CELL, "POST", "/a")],
    ),
    "routes": (
        [_ROUTES + "@app.post('/x')\ndef one(a: int): return a\n@app.post('/y')\ndef two(a: int): return a"],
        [],
        [("one", KIND.FUNCTION, "POST", "/x"), ("two", KIND.FUNCTION, "POST", "/y")],
    ),
    "named, in that order": (
        ["def predict(x): return x\ndef other(x): return x"],
        ["other", "predict"],
        [("other", KIND.FUNCTION, "POST", "/other"), ("predict", KIND.FUNCTION, "POST", "/predict")],
    ),
    "named twice": (
        ["def predict(x): return x"],
        ["predict", "predict"],
        [("predict", KIND.FUNCTION, "POST", "/predict")],
    ),
    "a method by its name": ([_MODEL, "m = Model(1)"], ["m.both"], [("m.both", KIND.METHOD, "POST", "/both")]),
    "an object by its name": ([_MODEL, "m = Model(1)"], ["m"], [("m.predict", KIND.METHOD, "POST", "/predict")]),
    "a class by its name": (
        ["class P:\n    def predict(self, x): return x"],
        ["P"],
        [("P.predict", KIND.CLASS, "POST", "/predict")],
    ),
    "a method of a class": (
        ["class P:\n    def go(self, x): return x"],
        ["P.go"],
        [("P.go", KIND.CLASS, "POST", "/go")],
    ),
    "a model beside a function": (
        [_FIT, "m = SVC().fit(X)\ndef predict(x): return x"],
        ["m"],
        [("m", KIND.ESTIMATOR, "POST", "/m")],
    ),
    "a model's predict": ([_FIT, "m = SVC().fit(X)"], ["m.predict"], [("m", KIND.ESTIMATOR, "POST", "/m")]),
    "another method of a model": (
        [_FIT, "m = SVC().fit(X)"],
        ["m.decision_function"],
        [("m.decision_function", KIND.METHOD, "POST", "/decision_function")],
    ),
    "a value that we know nothing of": (
        ["import joblib\nm = joblib.load('m')"],
        ["m"],
        [("m", KIND.ESTIMATOR, "POST", "/m")],
    ),
    "a cell by its path": (["# POST /a\nprint(REQUEST)"], ["POST /a"], [("post_a", KIND.CELL, "POST", "/a")]),
    "a cell by its symbol": (["# POST /a\nprint(REQUEST)"], ["post_a"], [("post_a", KIND.CELL, "POST", "/a")]),
    "the job": (
        ["def predict(x): return x", ("k = 1", "parameters")],
        ["notebook"],
        [("notebook", KIND.JOB, "POST", "")],
    ),
    "the job, without parameters": (["print(1)"], ["notebook"], [("notebook", KIND.JOB, "POST", "")]),
    "the job, unasked": ([("k = 1", "parameters")], [], [("notebook", KIND.JOB, "POST", "")]),
}

REFUSED: dict[str, tuple[Cells, Sequence[str], type[ContainerizeError]]] = {
    "two models": ([_FIT, "a = SVC().fit(X)\nb = SVC().fit(X)"], [], AmbiguousServing),
    "two objects": ([_MODEL, "a = Model(1)\nb = Model(1)"], [], AmbiguousServing),
    "nothing": (["x = 1"], [], NothingToServe),
    "an unknown name": (["x = 1"], ["y"], SymbolNotFound),
    "an imported name": (["import os"], ["os"], SymbolNotFound),
    "a deleted name": (["x = 1", "del x"], ["x"], SymbolNotFound),
    "an unknown method": ([_MODEL, "m = Model(1)"], ["m.nothing"], SymbolUnusable),
    "a class that needs arguments": ([_MODEL], ["Model"], SymbolUnusable),
    "a class without a serving method": (["class A:\n    x = 1"], ["A"], SymbolUnusable),
    "an object without a serving method": (["class A:\n    x = 1", "a = A()"], ["a"], SymbolUnusable),
    "a job and a function": (["def f(x): return x"], ["f", "notebook"], SymbolUnusable),
    "one route": ([_MODEL, "a = Model(1)\nb = Model(1)"], ["a.predict", "b.predict"], RouteTaken),
    "one pattern": (["# GET /a/:b\nprint(REQUEST)", "# GET /a/:c\nprint(REQUEST)"], [], RouteTaken),
    "the server's own route": (["# GET /schema\nprint(REQUEST)"], [], RouteTaken),
}


def chosen(cells: Cells, symbols: Sequence[str]) -> tuple[ServingCandidate, ...]:
    """Choose in a notebook with these cells."""
    notebook = notebook_with(cells)
    return choose(analyze(notebook, root=None), notebook, symbols=symbols)


@pytest.mark.parametrize("name", CHOSEN)
def test_choose__kinds__serve_on_their_routes(name):
    """What is named serves in that order; unnamed, what the notebook itself says."""
    cells, symbols, expected = CHOSEN[name]
    found = chosen(cells, symbols)
    assert [(item.symbol, item.kind, item.method, item.route) for item in found] == expected
    assert not symbols or all(item.reasons[0] == "you asked for it" for item in found)


@pytest.mark.parametrize("name", REFUSED)
def test_choose__doubt__is_an_error(name):
    """Nothing is guessed, and nothing is served that cannot answer."""
    cells, symbols, error = REFUSED[name]
    with pytest.raises(error):
        chosen(cells, symbols)


def test_choose__ambiguous__says_all_with_reasons():
    """Whoever must choose sees the equals and what speaks for each."""
    with pytest.raises(AmbiguousServing) as caught:
        chosen([_FIT, "a = SVC().fit(X)\nb = SVC().fit(X)"], [])
    assert [(item.symbol, item.reasons) for item in caught.value.candidates] == [
        ("a", ("it is a fitted model (SVC, sklearn)",)),
        ("b", ("it is a fitted model (SVC, sklearn)",)),
    ]


def test_choose__unknown_name__lists_candidates_too():
    """A wrong name is answered with functions and with the candidates that are none."""
    with pytest.raises(SymbolNotFound) as caught:
        chosen([_MODEL, "m = Model(1)\ndef helper(): pass"], ["mm"])
    assert caught.value.functions_seen == ("helper", "m.predict")
