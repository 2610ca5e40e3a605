"""Every kind of entry, and every source of the objects, becomes an image that its self-test starts and asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

pytestmark = [pytest.mark.slow, pytest.mark.network]

CONNECT = """\
import sqlite3
def connect():
    made = sqlite3.connect(":memory:", check_same_thread=False)
    made.execute("create table t(a)")
    made.execute("insert into t values (42)")
    return made"""
PREDICTOR = """\
class Predictor:
    def setup(self):
        self.k = math.floor(2.5)
    def predict(self, x: float) -> float:
        return self.k * x"""
MODEL = """\
class Model:
    def __init__(self, w):
        self.w = w
    def train(self, n):
        self.w += n
    def predict(self, x: float) -> float:
        return x * self.w"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A notebook, what is asked for, and what the report must say of it.

    ``tags`` are by cell; ``objects`` are those that are captured, ``proof`` is that of the parity.
    """

    cells: tuple[str, ...]
    objects: tuple[str, ...] = ()
    proof: str = "whole"
    tags: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "several functions": Case(
        cells=(
            "import numpy as np\nlarge = np.arange(2_000_000.0)\nsmall = [1, 2]",
            "def predict(x: int) -> int:\n    return small[x]",
            "def total(k: float) -> float:\n    return float(large.sum() * k)",
            "predict(1)",
            "total(2.0)",
        ),
        tags={1: ("serve",), 2: ("serve",)},
        objects=("large", "small"),
    ),
    "an object's method": Case(
        cells=(MODEL, "m = Model(1)", "print(m.predict(2))", "m.train(5)", "m.predict(3.0)"),
        objects=("m",),
        proof="bytes",
    ),
    "a class that nothing makes": Case(
        cells=(
            "import math",
            PREDICTOR,
        ),
        objects=("Predictor",),
    ),
    "a fitted model without a function": Case(
        cells=(
            "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression",
            "X, y = load_iris(return_X_y=True, as_frame=True)",
            "X.describe()",
            "model = LogisticRegression(max_iter=500).fit(X, y)",
            "model.predict(X[:3])",
        ),
        objects=("model",),
        proof="bytes",
    ),
    "cells that answer": Case(
        cells=("scale = 3", "# POST /score\nimport json\nprint(json.loads(REQUEST)['body']['x'] * scale)"),
        objects=("scale",),
    ),
    "a job": Case(
        cells=("name = 'world'\ncount = 2", "%matplotlib inline\nfor i in range(count):\n    print('hello', name)"),
        tags={0: ("parameters",)},
    ),
    "a connection that is made at start": Case(
        cells=(
            CONNECT,
            "conn = connect()",
            "def predict(x: int) -> int:\n    return x + conn.execute('select a from t').fetchone()[0]",
            "predict(1)",
        ),
        tags={1: ("startup",)},
    ),
    "objects that are made at start": Case(
        cells=("w = [1]\nw.append(2)", "print(w)", "def predict(x: int) -> int:\n    return x + w[-1]", "predict(1)"),
        options=("--state", "startup"),
        # Nothing is captured, so that only answers can be compared.
        proof="answers",
    ),
    "what is made at start cannot be seen to be right": Case(
        cells=(
            "import random\nw = [random.random()]",
            "print(w)",
            "def predict(x: int) -> bool:\n    return x < w[-1] * 1000",
            "w[0] = 0.5",
        ),
        options=("--state", "startup"),
    ),
    "a plot that fails without a screen is not needed": Case(
        cells=(
            "w = 2",
            "raise SystemError('no screen')",
            "def predict(x: int) -> int:\n    return x * w",
            "predict(3)",
        ),
        objects=("w",),
        proof="unchecked",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_build__kind__image_answers(case, containerize, tmp_path):
    """The image is started and asked the notebook's own examples; a job runs to its end."""
    content = json.loads((EXAMPLES / "iris.ipynb").read_text())
    template = content["cells"][1]
    content["cells"] = [
        {
            **template,
            "id": f"c{number}",
            "source": source,
            "outputs": [],
            "execution_count": None,
            "metadata": {"tags": list(case.tags.get(number, ()))},
        }
        for number, source in enumerate(case.cells)
    ]
    (tmp_path / "work.ipynb").write_text(json.dumps(content))
    ran = containerize("build", tmp_path / "work.ipynb", "--json", "--selftest", "require", *case.options)
    assert ran.code == 0, ran.err[-3000:]
    report = ran.closing
    assert report["selftest"]["passed"], report["selftest"]
    assert tuple(item["name"] for item in report["objects"]) == case.objects
    assert report["parity"]["proof"] == case.proof
    assert all(item["location"] for item in report["objects"])
