"""How long arrays have to be, found by asking the function, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import pytest


@pytest.fixture
def widths(program: Callable[[str], Any]) -> Any:
    """The module as the kernel loads it."""
    return program("widths")


class Case(NamedTuple):
    """A function, its example, and what is found."""

    source: str
    example: dict[str, Any]
    widths: dict[str, Any]


ROWS = {"rows": [[1.0, 2.0, 5.0], [3.0, 5.0, 2.0]]}
ONE = {"row": [1.0, 2.0, 5.0]}
THREE = {"rows": {"depth": 1, "items": 3, "cells": ["number"]}}
TRUTHS = ["boolean", "number"]
SOME = {"rows": {"depth": 1, "items": 3, "least": 1, "cells": TRUTHS}}
NUMBERS = {"rows": {**SOME["rows"], "cells": ["number"]}}
MODEL = (
    "from sklearn.linear_model import LinearRegression\n"
    "model = LinearRegression().fit([[1, 2, 3], [2, 5, 9]], [1, 2])\n"
)
FRAME = (
    "import pandas as pd\n" + MODEL + "def predict(rows):\n"
    "    return model.predict(pd.DataFrame(rows).to_numpy()).tolist()"
)
COUNTED = """
calls = []
def predict(row):
    calls.append(1)
    a, b, c = row
    if len(calls) > 9: raise OSError
    return a
"""
CASES = {
    "a model's rows": Case(MODEL + "def predict(rows): return model.predict(rows).tolist()", ROWS, SOME),
    "a model's rows with a hint": Case(
        MODEL + "def predict(rows: list[list[float]]) -> list: return model.predict(rows).tolist()",
        ROWS,
        NUMBERS,
    ),
    "an array's rows": Case(
        "import numpy as np\n" + MODEL + "def predict(rows: np.ndarray): return model.predict(rows).tolist()",
        ROWS,
        SOME,
    ),
    "one row": Case(
        MODEL + "def predict(row): return model.predict([row])[0]",
        ONE,
        {"row": {"depth": 0, "items": 3, "cells": TRUTHS}},
    ),
    "unpacked": Case("def predict(rows): return [a + b * c for a, b, c in rows]", ROWS, {}),
    "unpacked with a hint": Case(
        "def predict(rows: list[list[float]]): return [a + b * c for a, b, c in rows]", ROWS, THREE
    ),
    "two parameters": Case(
        MODEL + "def predict(rows, scale: list): return (model.predict(rows) * scale[0]).tolist()",
        {**ROWS, "scale": [2.0]},
        SOME,
    ),
    "null, too": Case(
        MODEL + "def predict(rows):\n"
        "    return model.predict([[0 if x is None else x for x in row] for row in rows]).tolist()",
        ROWS,
        {"rows": {**SOME["rows"], "cells": ["boolean", "null", "number"]}},
    ),
    "numbers as strings, too": Case(
        "import numpy as np\n"
        + MODEL
        + "def predict(row): return model.predict(np.array([row], dtype=float)).tolist()",
        ONE,
        {"row": {"depth": 0, "items": 3, "cells": ["boolean", "decimal", "number"]}},
    ),
    "names in the example": Case(
        "def predict(row):\n    a, b, c = row\n    return {'x': a * 2.5 + c}",
        {"row": [1.0, "x", 2.0]},
        {"row": {"depth": 0, "items": 3}},
    ),
    "any width": Case("def predict(rows): return [sum(row) for row in rows]", ROWS, {}),
    "the first three": Case("def predict(row): return row[0] + row[1] * row[2]", ONE, {}),
    "three or six": Case(
        MODEL
        + "def predict(row):\n    import numpy as np\n    return model.predict(np.reshape(row, (-1, 3))).tolist()",
        ONE,
        {},
    ),
    "columns, too": Case(FRAME, ROWS, {}),
    "an error that may pass": Case(COUNTED, ONE, {}),
    "raises for the example": Case("def predict(row): raise ValueError", ONE, {}),
    "tuple in the hint": Case("def predict(row: tuple[float, float, float]): return row[0]", ONE, {}),
    "rows of several widths": Case("def predict(rows): return len(rows)", {"rows": [[1], [1, 2]]}, {}),
    "no array": Case("def predict(x): return x", {"x": 1.0}, {}),
    "empty": Case("def predict(rows): return len(rows)", {"rows": []}, {}),
    "async": Case("async def predict(row): return row", ONE, {}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_widths__function_with_an_example__are_known_where_every_other_raises(
    widths: Any, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """What the function takes in any form is never part of what is refused."""
    if "sklearn" in case.source:
        pytest.importorskip("sklearn")
    main = ModuleType("__main__")
    exec(case.source, vars(main))
    monkeypatch.setitem(sys.modules, "__main__", main)
    entries = [{"kind": "function", "symbol": "predict", "example": case.example}]
    [found] = widths.widths({"entries": entries, "seconds": 20})
    assert found["widths"] == case.widths
    assert bool(found["inputs"]) == bool(case.widths)
