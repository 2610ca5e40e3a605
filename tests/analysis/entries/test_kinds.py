"""What of each kind could serve, and in which order."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze
from jupyter_containerize.domain.notebook import CandidateKind
from tests.analysis.entries.kind_cases import FOUND, notebook_with


@pytest.mark.parametrize("name", FOUND)
def test_analyze__candidates_of_a_kind__best_first(name):
    """Each symbol has its kind, and every candidate has reasons."""
    cells, expected = FOUND[name]
    candidates = analyze(notebook_with(cells), root=None).candidates
    assert [(item.symbol, item.kind) for item in candidates] == expected
    assert all(item.reasons and item.location.cell for item in candidates)


@pytest.mark.parametrize("kind", CandidateKind)
def test_analyze__candidates__every_kind_has_cases(kind):
    """No kind is only in the table of words."""
    assert any(kind in {found for _, found in expected} for _, expected in FOUND.values())


def test_analyze__candidate__says_all_that_speaks_for_it():
    """A model's reasons are what it is, that it is fitted, that it is kept, and what it was assigned from."""
    cells = [
        "import joblib\nfrom sklearn.svm import SVC",
        "a = SVC().fit(X, y)\nbest = a\njoblib.dump(best, 'model.joblib')",
    ]
    [candidate] = analyze(notebook_with(cells), root=None).candidates
    assert candidate.symbol == "best"
    assert candidate.reasons == (
        "it is a fitted model (SVC, sklearn)",
        "the notebook saves it (joblib.dump)",
        "it is assigned from 'a'",
        "it is named 'best'",
    )
    assert str(candidate.location) == "made.ipynb[2]:2"


def test_analyze__route__is_the_decorator_s():
    """The path and the method of a decorator are those of the endpoint, and it is said what is not served."""
    cells = ["from fastapi import FastAPI\napp = FastAPI()", "@app.put('/v1/rate')\ndef rate(x: int): return x"]
    [candidate] = analyze(notebook_with(cells), root=None).candidates
    assert (candidate.method, candidate.route) == ("PUT", "/v1/rate")
    assert candidate.reasons[0] == "it answers PUT /v1/rate (@app.put, which is not served itself)"
