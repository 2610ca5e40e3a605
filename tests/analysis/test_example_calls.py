"""Which of the notebook's own calls can serve as an example."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze, slice_for
from tests.notebooks.made import notebook_of

DEFINITION = "def predict(a, b=1, *rest, c=2, **more):\n    return a"
TAKEN: dict[str, tuple[list[str], tuple[tuple[str, str], ...], str | None]] = {
    "displayed": (["predict(3)"], (("a", "3"),), None),
    "last of its cell": (["x = 1\npredict(x)"], (("a", "x"),), None),
    "assigned": (["y = predict(3)"], (("a", "3"),), "y"),
    "annotated": (["y: int = predict(3)"], (("a", "3"),), "y"),
    "by name": (["predict(b=[1, 'é'], a={'x': 1})"], (("b", "[1, 'é']"), ("a", "{'x': 1}")), None),
    "mixed": (["predict(1, 2, c=3)"], (("a", "1"), ("b", "2"), ("c", "3")), None),
    "over lines": (["predict(\n    [1,\n     2],\n)"], (("a", "[1,\n     2]"),), None),
    "under %%time": (["%%time\npredict(3)"], (("a", "3"),), None),
    "by %time": (["%time predict(3)"], (("a", "3"),), None),
    "awaited": (["await predict(3)"], (("a", "3"),), None),
    "the last one": (["predict(1)", "predict(2)"], (("a", "2"),), None),
    "an earlier one, where the last is not displayed": (["predict(1)", "predict(2)\nx = 1"], (("a", "1"),), None),
    "an earlier one, where the last is bound again": (["predict(1)", "y = predict(2)", "y = 0"], (("a", "1"),), None),
    "changed result": (["y = predict(2)", "y.x = 0"], (("a", "2"),), "y"),
}
NOT_TAKEN: dict[str, list[str]] = {
    "no call": ["predict"],
    "printed": ["print(predict(3))"],
    "part of an expression": ["predict(3) + 1"],
    "silenced": ["predict(3);"],
    "captured": ["%%capture\npredict(3)"],
    "timed many times": ["%%timeit\npredict(3)"],
    "not last": ["predict(3)\nx = 1"],
    "in a loop": ["for i in range(3):\n    y = predict(i)"],
    "unpacked": ["predict(*[1, 2])"],
    "unpacked by name": ["predict(**{'a': 1})"],
    "too many": ["predict(1, 2, 3)"],
    "unknown name": ["predict(1, z=2)"],
    "twice the same": ["predict(1, a=2)"],
    "two targets": ["x = y = predict(3)"],
    "argument bound again": ["x = 1", "predict(x)", "x = 2"],
    "defined again": ["predict(3)", DEFINITION],
    "decorated later": ["predict(3)", "predict = cache(predict)"],
}


@pytest.mark.parametrize("name", TAKEN)
def test_slice_for__example__is_taken(name):
    """The last call whose answer the notebook keeps is the example, its arguments by parameter."""
    cells, arguments, result_name = TAKEN[name]
    notebook = notebook_of("predict(0)", DEFINITION, *cells)
    example = slice_for(notebook, analyze(notebook, root=None), "predict").example
    assert example is not None
    assert (example.arguments, example.result_name) == (arguments, result_name)


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_slice_for__example__is_not_taken(name):
    """A call whose request or answer is not sure is no example."""
    notebook = notebook_of("predict(0)", DEFINITION, *NOT_TAKEN[name])
    assert slice_for(notebook, analyze(notebook, root=None), "predict").example is None


def test_slice_for__example__has_its_place():
    """The example's location is that of the call."""
    notebook = notebook_of(DEFINITION, "\nx = 1\n\npredict(x)")
    example = slice_for(notebook, analyze(notebook, root=None), "predict").example
    assert example is not None
    assert str(example.location) == "made.ipynb[2]:4"


def test_slice_for__positional_only__cannot_be_named():
    """A positional-only parameter is named in the example by its position, never by keyword."""
    notebook = notebook_of("def predict(a, /, b):\n    return a", "predict(1, 2)", "predict(b=1, a=2)")
    example = slice_for(notebook, analyze(notebook, root=None), "predict").example
    assert example is not None
    assert example.arguments == (("a", "1"), ("b", "2"))
