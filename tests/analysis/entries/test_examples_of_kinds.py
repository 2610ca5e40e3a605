"""Which calls of objects, classes and models can serve as examples."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze, choose
from jupyter_containerize.analysis.bindings import read_bindings
from jupyter_containerize.analysis.entries.calls import example_calls
from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.domain.notebook import ExampleCall
from tests.notebooks.made import notebook_of

_OBJECT = ["class M:\n    def predict(self, a, b=1): return a", "m = M()"]
_CLASS = ["class P:\n    def predict(self, a, b=1): return a"]
_SVC = ["from sklearn.svm import SVC", "m = SVC()\nm.fit(X, y)"]
_PYFUNC = ["import mlflow\nclass M(mlflow.pyfunc.PythonModel):\n    def predict(self, context, model_input): pass"]
_BARE = ["import mlflow\nclass M(mlflow.pyfunc.PythonModel):\n    def predict(self, model_input): pass"]
_PIPE = ["from transformers import pipeline", "ask = pipeline('x')"]

TAKEN: dict[str, tuple[list[str], str, tuple[tuple[str, str], ...], str | None]] = {
    "a method": ([*_OBJECT, "m.predict(1)"], "m.predict", (("a", "1"),), None),
    "a method, by name": ([*_OBJECT, "y = m.predict(1, b=2)"], "m.predict", (("a", "1"), ("b", "2")), "y"),
    "an object that is called": (
        ["class Model:\n    def __call__(self, a): return a", "m = Model()", "m(3)"],
        "m.__call__",
        (("a", "3"),),
        None,
    ),
    "an object of a class": ([*_CLASS, "P().predict('x')"], "P.predict", (("a", "'x'"),), None),
    "a model": ([*_SVC, "m.predict(X_test)"], "m", (("", "X_test"),), None),
    "a model, a part": ([*_SVC, "y_pred = m.predict(X_test[:5])"], "m", (("", "X_test[:5]"),), "y_pred"),
    "a model, quietly": ([*_SVC, "m.predict(X_test, verbose=0)"], "m", (("", "X_test"),), None),
    "a model that is called": ([*_PIPE, "ask('good')"], "ask", (("", "'good'"),), None),
    "a pyfunc": ([*_PYFUNC, "m = M()", "m.predict(None, df)"], "m", (("", "df"),), None),
    "a pyfunc, by name": ([*_PYFUNC, "m = M()", "m.predict(model_input=df, context=None)"], "m", (("", "df"),), None),
    "a pyfunc class": ([*_PYFUNC, "M().predict(None, df)"], "M", (("", "df"),), None),
    "a pyfunc without context": ([*_BARE, "m = M()", "m.predict(df)"], "m", (("", "df"),), None),
}
NOT_TAKEN: dict[str, list[str]] = {
    "self by name": [*_OBJECT, "m.predict(self=1, a=2)"],
    "another method": [*_SVC, "m.predict_proba(X_test)"],
    "another object": [*_SVC, "n.predict(X_test)"],
    "two arguments": [*_SVC, "m.predict(X_test, 3)"],
    "an option that matters": [*_SVC, "m.predict(X_test, return_std=True)"],
    "before it was fitted again": [*_SVC, "m.predict(X_test)", "m.fit(X, y)"],
    "before it was bound again": [
        "from sklearn.svm import SVC",
        "m = SVC().fit(X)",
        "m.predict(X)",
        "m = SVC().fit(Z)",
    ],
    "an argument bound again": [*_SVC, "m.predict(Z)", "Z = 2"],
    "a pyfunc with a context": [*_PYFUNC, "m = M()", "m.predict(c, df)"],
    "a pyfunc with parameters": [*_PYFUNC, "m = M()", "m.predict(None, df, {})"],
    "printed": [*_SVC, "print(m.predict(X))"],
    "a cell": ["# POST /a\nprint(REQUEST)"],
}


def examples_of(cells: list[str]) -> tuple[ExampleCall, ...]:
    """Return the examples of what is chosen in a notebook with these cells."""
    notebook = notebook_of(*cells)
    code = read_code(notebook)
    return example_calls(code, read_bindings(code), choose(analyze(notebook, root=None), notebook))


@pytest.mark.parametrize("name", TAKEN)
def test_example_calls__kinds__are_taken(name):
    """The example says which arguments its call was given, and whose call it is."""
    cells, symbol, arguments, result_name = TAKEN[name]
    [example] = examples_of(cells)
    assert (example.symbol, example.arguments, example.result_name) == (symbol, arguments, result_name)
    assert example.location.cell == len(cells)


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_example_calls__doubtful__are_not_taken(name):
    """A call whose request or answer is not sure is no example."""
    assert examples_of(NOT_TAKEN[name]) == ()


def test_example_calls__several_entries__each_has_its_own():
    """They come in the order of the entries; an entry without a call has none."""
    notebook = notebook_of("def a(x): return x\ndef b(x): return x\ndef c(x): return x", "b(1)", "a(2)")
    code = read_code(notebook)
    entries = choose(analyze(notebook, root=None), notebook, symbols=["a", "c", "b"])
    found = example_calls(code, read_bindings(code), entries)
    assert [(item.symbol, item.arguments) for item in found] == [("a", (("x", "2"),)), ("b", (("x", "1"),))]
