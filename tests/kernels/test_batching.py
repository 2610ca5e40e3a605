"""Proof that rows of several requests may be asked as one, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from kernel_notebooks import notebook_of

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.notebook import ExampleCall, Location, Slice
from jupyter_containerize.kernels import capture_state, inspect_kernel


@pytest.fixture
def batching(program: Callable[[str], Any]) -> Any:
    """The module as the kernel loads it."""
    return program("batching")


class Case(NamedTuple):
    """A function, its example, and the parameter that is found to have rows."""

    source: str
    example: dict[str, Any]
    parameter: str


LIST = "def predict(rows: list) -> list:\n    "
ROWS = {"rows": [1.0, 2.5, 4.0]}
CASES = {
    "each row alone": Case(LIST + "return [row * 2 for row in rows]", ROWS, "rows"),
    "an object of lists": Case(LIST + "return {'a': [row * 2 for row in rows], 'b': rows}", ROWS, "rows"),
    "another parameter": Case(
        "def predict(k: int, rows: list):\n    return [row * k for row in rows]", {"k": 2, **ROWS}, "rows"
    ),
    "beside the mean of all": Case(LIST + "return [row - sum(rows) / len(rows) for row in rows]", ROWS, ""),
    "running sum": Case(LIST + "import itertools\n    return list(itertools.accumulate(rows))", ROWS, ""),
    "sorted": Case(LIST + "return sorted(rows)", ROWS, ""),
    "one answer": Case(LIST + "return sum(rows)", ROWS, ""),
    "constant": Case(LIST + "return [1 for row in rows]", ROWS, ""),
    "a list of fixed length": Case(LIST + "return {'a': [row * 2 for row in rows], 'names': [1, 2, 3]}", ROWS, ""),
    "random": Case("import random\n" + LIST + "return [row + random.random() for row in rows]", ROWS, ""),
    "counts": Case("calls = []\n" + LIST + "calls.append(1)\n    return [row * 2 for row in rows]", ROWS, ""),
    "binds a global": Case(LIST + "global last\n    last = rows\n    return [row * 2 for row in rows]", ROWS, ""),
    "changes what it gets": Case(LIST + "rows[0] = 7.0\n    return [row * 2 for row in rows]", ROWS, ""),
    "raises for some": Case(LIST + "return [1 / row for row in rows]", ROWS, ""),
    "no rows": Case("def predict(x: float):\n    return x", {"x": 1.0}, ""),
    "async": Case("async def predict(rows: list):\n    return rows", ROWS, ""),
    "a coroutine by accident": Case(LIST + "return (row for row in rows)", ROWS, ""),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_rows__function_with_an_example__are_found_where_each_is_answered_alone(
    batching: Any, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """Only where a request's answer never depends on those beside it, requests may be joined."""
    main = ModuleType("__main__")
    exec(case.source, vars(main))
    monkeypatch.setitem(sys.modules, "__main__", main)
    entries = [{"kind": "function", "symbol": "predict", "example": case.example}]
    [found] = batching.rows({"entries": entries, "seconds": 20})
    assert found["parameter"] == case.parameter, found["reason"]
    assert bool(found["reason"]) == (not case.parameter)


def test_rows__estimator__are_found(batching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a fitted model are joined, probabilities and all."""
    linear = pytest.importorskip("sklearn.linear_model")
    main = ModuleType("__main__")
    vars(main)["model"] = linear.LogisticRegression().fit([[0.0, 1.0], [1.0, 0.5], [2.0, 0.0]], [0, 1, 1])
    monkeypatch.setitem(sys.modules, "__main__", main)
    entries = [{"kind": "estimator", "symbol": "model", "example": {"rows": [[0.1, 1.0], [1.9, 0.2]]}}]
    assert batching.rows({"entries": entries, "seconds": 20}) == [{"parameter": "rows", "reason": ""}]


@pytest.mark.slow
def test_capture_state__function_of_rows__has_the_parameter_in_its_spec(tmp_path: Path) -> None:
    """What is proved in the kernel comes out with the state."""
    source = "def predict(rows: list[list[float]]) -> list[float]:\n    return [sum(row) * factor for row in rows]"
    location = Location(path="work.ipynb", cell=2, line=1)
    example = ExampleCall(location=location, arguments=(("rows", "[[1.0, 2.0], [3.0, 5.0]]"),), result_name=None)
    state = capture_state(
        notebook=notebook_of(f"factor = 2\n{source}", "predict([[1.0, 2.0], [3.0, 5.0]])"),
        path=tmp_path / "work.ipynb",
        serving=Slice(symbol="predict", source="", live_in=("factor",), imports=(), cells=(1,), example=example),
        environment=inspect_kernel("python3"),
        into=tmp_path,
        on_cell=lambda *_: None,
        cancel=CancelToken(),
    )
    assert (state.spec.batch, state.spec.batch_proof) == ("rows", "rows")
