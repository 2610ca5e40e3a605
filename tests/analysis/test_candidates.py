"""What could serve, in which order, and what is chosen."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze, choose
from jupyter_containerize.analysis.errors import (
    AmbiguousServing,
    FunctionUnreadable,
    NothingToServe,
    SymbolNotFound,
)
from jupyter_containerize.domain.notebook import Notebook, ServingCandidate
from jupyter_containerize.notebooks import parse_notebook
from tests.notebooks.made import content_of, notebook_of

RANKED: dict[str, tuple[list[str], list[str]]] = {
    "predict": (["def predict(x): pass"], ["predict"]),
    "predict before the others": (
        ["def score(x): pass", "def serve(x): pass", "def predict(x): pass"],
        ["predict", "score", "serve"],
    ),
    "predict before a typed and called one": (
        ["def score(x: int): pass", "score(1)", "def predict(x): pass"],
        ["predict", "score"],
    ),
    "typed before untyped": (["def serve(x): pass", "def infer(x: int): pass"], ["infer", "serve"]),
    "called before uncalled": (["def serve(x): pass", "def infer(x): pass", "print(infer(1))"], ["infer", "serve"]),
    "a call above does not count": (
        ["try:\n    infer(1)\nexcept NameError:\n    pass", "def serve(x): pass", "def infer(x): pass"],
        ["serve", "infer"],
    ),
    "async": (["async def predict(x): pass"], ["predict"]),
    "of a class": (["class A:\n    def predict(self): return 1"], ["A.predict"]),
    "inside a function": (["def f():\n    def predict(): pass"], []),
    "in %%timeit": (["%%timeit\ndef predict(x): pass"], []),
    "other names": (["def predict_all(x): pass", "def train(x): pass"], []),
}


def tagged(*cells: tuple[str, tuple[str, ...]]) -> Notebook:
    """Return a notebook of sources with tags."""
    content = content_of(*(source for source, _ in cells))
    for cell, (_, tags) in zip(content["cells"], cells, strict=True):  # type: ignore[call-overload]
        cell["metadata"] = {"tags": list(tags)}
    return parse_notebook(content, path="made.ipynb")


def candidates_of(notebook: Notebook) -> tuple[ServingCandidate, ...]:
    """Return the candidates of a notebook."""
    return analyze(notebook, root=None).candidates


@pytest.mark.parametrize("name", RANKED)
def test_analyze__candidates__best_first(name):
    """Names come first, types and calls tell equals apart."""
    cells, expected = RANKED[name]
    assert [candidate.symbol for candidate in candidates_of(notebook_of(*cells))] == expected


def test_analyze__candidate__has_reasons_and_place():
    """The evidence is said in words, and the place is that of the last definition."""
    [candidate] = candidates_of(
        notebook_of("def predict(x): pass", "@cache\ndef predict(x: int): pass", "predict(1)", "y = [predict(2)]")
    )
    assert candidate.reasons == ("it is named 'predict'", "its parameters have types", "cell 4 calls it")
    assert str(candidate.location) == "made.ipynb[2]:2"


def test_choose__tagged_cell__beats_every_name():
    """The last function of a cell tagged 'serve' serves; those above it are its helpers."""
    notebook = tagged(
        ("def predict(x: int): pass", ()),
        ("def prepare(x): pass\ndef answer(x): pass", ("wide", "serve")),
        ("predict(1)", ()),
    )
    [chosen] = choose(analyze(notebook, root=None), notebook)
    assert (chosen.symbol, chosen.reasons) == ("answer", ("its cell is tagged 'serve'",))


def choose_in(*cells: str, symbol: str = "") -> ServingCandidate:
    """Choose in a notebook with these cells."""
    notebook = notebook_of(*cells)
    [chosen] = choose(analyze(notebook, root=None), notebook, symbols=[symbol] if symbol else [])
    return chosen


def test_choose__symbol__is_what_the_user_says():
    """Any top-level function can be asked for, a candidate or not."""
    assert choose_in("def predict(x): pass", "def other(x): pass", symbol="other").reasons == ("you asked for it",)
    assert choose_in("def predict(x): pass", symbol="predict").reasons == (
        "you asked for it",
        "it is named 'predict'",
    )


def test_choose__nothing__says_which_functions_it_saw():
    """Without a candidate the error lists the functions, each once, in order."""
    with pytest.raises(NothingToServe) as caught:
        choose_in("def train(x): pass", "def other(x): pass", "def train(x): pass")
    assert (caught.value.path, caught.value.functions_seen) == ("made.ipynb", ("train", "other"))


def test_choose__equals__are_ambiguous():
    """Two candidates with the same evidence are not guessed between."""
    with pytest.raises(AmbiguousServing) as caught:
        choose_in("def serve(x): pass", "def infer(x): pass")
    assert [candidate.symbol for candidate in caught.value.candidates] == ["serve", "infer"]


def test_choose__unknown_symbol__says_what_is_there():
    """A wrong name is answered with the names that would do."""
    with pytest.raises(SymbolNotFound) as caught:
        choose_in("def predict(x): pass", symbol="predictt")
    assert (caught.value.symbol, caught.value.functions_seen) == ("predictt", ("predict",))


@pytest.mark.parametrize("symbol", ["", "predict"])
def test_choose__function_does_not_parse__says_where(symbol):
    """A function in a broken cell is not "missing": the error points at the line."""
    with pytest.raises(FunctionUnreadable) as caught:
        choose_in("x = 1", "def predict(x):\n    return x x", symbol=symbol)
    assert (caught.value.symbol, str(caught.value.location)) == ("predict", "made.ipynb[2]:2")
