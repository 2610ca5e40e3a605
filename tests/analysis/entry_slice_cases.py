"""Notebooks for the slices of entries of each kind, and what must be in them. A new case needs a row, not a test."""

# ruff: noqa: E501  # a cell reads best as one text

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_containerize.domain.serving import StateSource
from tests.analysis.entries.kind_cases import Cells

MODEL = "class Model:\n    def __init__(self, k):\n        self.k = k\n    def predict(self, x: float):\n        return self.k * x"
PREDICTOR = "class P:\n    def setup(self):\n        self.k = math.floor(K)\n    def predict(self, x: float):\n        return self.k * x"
PYFUNC = (
    "class M(mlflow.pyfunc.PythonModel):\n    def predict(self, context, model_input):\n        return model_input * k"
)
PREDICT = "def predict(x):\n    return x * w"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A notebook, and what its slice must be; ``runs`` and ``serves`` are places of statements."""

    cells: Cells
    symbol: str
    live_in: tuple[str, ...]
    runs: str
    serves: str = ""
    example: tuple[tuple[str, str], ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


KINDS: Mapping[str, Case] = {
    "method": Case(
        cells=["import math", MODEL, "m = Model(2)", "print(3)", "m.predict(1.0)"],
        symbol="m.predict",
        live_in=("m",),
        runs="2:1 3:1 5:1",
        example=(("x", "1.0"),),
    ),
    "method of one of two objects": Case(
        cells=[MODEL, "m = Model(2)\nother = Model(3)", "m.predict(1.0)"],
        symbol="m.predict",
        live_in=("m",),
        runs="1:1 2:1 3:1",
        example=(("x", "1.0"),),
        options={"symbols": ("m.predict",)},
    ),
    "class": Case(
        cells=["import math, json", "K = 3", PREDICTOR, "P().predict(1.0)", "print(3)"],
        symbol="P.predict",
        live_in=("P",),
        runs="1:1 2:1 3:1 4:1",
        example=(("x", "1.0"),),
    ),
    "class without a call": Case(
        cells=["import math", "K = 3", PREDICTOR, "J = 4"], symbol="P.predict", live_in=("P",), runs="1:1 2:1 3:1"
    ),
    "estimator": Case(
        cells=[
            "from sklearn.linear_model import LinearRegression\nimport numpy as np",
            "X = np.arange(4.0).reshape(-1, 1)\ny = X[:, 0]",
            "m = LinearRegression()\nm.fit(X, y)",
            "print(m.score(X, y))",
            "m.predict(X)",
        ],
        symbol="m",
        live_in=("m",),
        runs="1:1 1:2 2:1 2:2 3:1 3:2 5:1",
        example=(("", "X"),),
    ),
    "estimator, not the one that was tried first": Case(
        cells=[
            "from sklearn.linear_model import LinearRegression\nX = [[1.0], [2.0]]",
            "first = LinearRegression().fit(X, [1, 2])",
            "m = LinearRegression().fit(X, [1, 3])",
        ],
        symbol="m",
        live_in=("m",),
        runs="1:1 1:2 3:1",
        options={"symbols": ("m",)},
    ),
    "pyfunc, an instance": Case(
        cells=["import mlflow\nk = 2", PYFUNC, "m = M()\nprint(1)", "m.predict(None, 3)"],
        symbol="m",
        live_in=("m",),
        runs="1:1 1:2 2:1 3:1 4:1",
        example=(("", "3"),),
    ),
    "pyfunc, a class": Case(
        cells=["import mlflow\nk = 2\nj = 3", PYFUNC, "M().predict(None, 3)"],
        symbol="M",
        live_in=("M",),
        runs="1:1 1:2 2:1 3:1",
        example=(("", "3"),),
    ),
    # A cell that answers runs for no state.
    "cell": Case(
        cells=["import json\nk = 2\nj = 3", "print(k)", "# POST /score\nprint(json.loads(REQUEST)['body'] * k)"],
        symbol="post_score",
        live_in=("k",),
        runs="1:1 1:2",
        serves="1:1",
    ),
    "cells": Case(
        cells=["k = 2\nj = 3\ni = 4", "# POST /score\nprint(k)", "# GET /rate\nprint(j)"],
        symbol="post_score",
        live_in=("j", "k"),
        runs="1:1 1:2",
    ),
}


WISHES: Mapping[str, Case] = {
    "recreate": Case(
        cells=[
            "import sqlite3",
            "con = sqlite3.connect(':memory:')",
            "w = 2",
            "def predict(x):\n    return con, w * x",
        ],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1 3:1 4:1",
        serves="1:1 2:1 4:1",
        options={"recreate": ("con",)},
    ),
    # The call may change the connection, but is no reason to train when the container starts.
    "recreate, and the example uses it": Case(
        cells=[
            "import sqlite3",
            "con = sqlite3.connect(':memory:')",
            "w = 2",
            "def predict(x):\n    return con.execute('select 1').fetchone(), w * x",
            "predict(1)",
        ],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1 3:1 4:1 5:1",
        serves="1:1 2:1 4:1",
        example=(("x", "1"),),
        options={"recreate": ("con",)},
    ),
    "recreate with what it is made of and changed by": Case(
        cells=[
            "base = 'x'",
            "def connect():\n    return [base]",
            "con = connect()\ncon.append(1)",
            "w = 2",
            "def predict(x):\n    return con, w",
        ],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1 3:1 3:2 4:1 5:1",
        serves="1:1 2:1 3:1 3:2 5:1",
        options={"recreate": ("con",)},
    ),
    "recreate a name that is not there": Case(
        cells=["w = 2", PREDICT],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1",
        serves="2:1",
        options={"recreate": ("no",)},
    ),
    "startup": Case(
        cells=["import math", "raw = [1, 2]\nprint(raw)", "w = sum(raw)", PREDICT, "predict(2)"],
        symbol="predict",
        live_in=(),
        runs="2:1 3:1 4:1 5:1",
        serves="2:1 3:1 4:1",
        example=(("x", "2"),),
        options={"state": StateSource.STARTUP},
    ),
    "startup, an object": Case(
        cells=[MODEL, "m = Model(2)", "print(m.k)", "m.predict(1.0)"],
        symbol="m.predict",
        live_in=(),
        runs="1:1 2:1 4:1",
        serves="1:1 2:1",
        example=(("x", "1.0"),),
        options={"state": StateSource.STARTUP},
    ),
    "keep": Case(
        cells=["print(1)", "w = 2", PREDICT, "unused = 3\nprint(unused)"],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1 3:1 4:1 4:2",
        serves="3:1",
        options={"keep": (1, 4)},
    ),
    "keep, and what the cell needs": Case(
        cells=["v = 1", "print(v)", "w = 2", PREDICT],
        symbol="predict",
        live_in=("w",),
        runs="1:1 2:1 3:1 4:1",
        serves="4:1",
        options={"keep": (2,)},
    ),
    "drop": Case(
        cells=["w = [2]", "w.append(3)", "def predict(x):\n    return w"],
        symbol="predict",
        live_in=("w",),
        runs="1:1 3:1",
        serves="3:1",
        options={"drop": (2,)},
    ),
    "drop what only shows": Case(
        cells=["w = 2", "print(w)", PREDICT],
        symbol="predict",
        live_in=("w",),
        runs="1:1 3:1",
        serves="3:1",
        options={"drop": (2,)},
    ),
    "drop, though nothing can be left out": Case(
        cells=["exec('w = 2')", "print(1)", PREDICT],
        symbol="predict",
        live_in=("w",),
        runs="1:1 3:1",
        serves="3:1",
        options={"drop": (2,)},
    ),
}


UNDECORATED: Mapping[str, tuple[Cells, str, str]] = {
    "fastapi": (
        [
            "from fastapi import FastAPI\napp = FastAPI()\nw = 2",
            "@app.post('/rate')\ndef rate(x: int):\n    return x * w",
        ],
        "# cell 2\ndef rate(x: int):\n    return x * w\n",
        "w",
    ),
    "fastapi, a decorator of several lines": (
        [
            "from fastapi import FastAPI\napp = FastAPI()\nw = 2",
            "@app.post(\n    '/rate',\n)\ndef rate(x: int):\n    return x * w",
        ],
        "# cell 2\ndef rate(x: int):\n    return x * w\n",
        "w",
    ),
    "flask, with another decorator": (
        [
            "from flask import Flask\nfrom functools import lru_cache\napp = Flask('a')",
            "@app.route('/rate', methods=['POST'])\n@lru_cache\ndef rate(x: int):\n    return x",
        ],
        "# cell 1\nfrom functools import lru_cache\n\n\n# cell 2\n@lru_cache\ndef rate(x: int):\n    return x\n",
        "",
    ),
}


READS = "def predict(x):\n    return os.environ['MODE'], x"
# Made for this test; nobody ever had it.
KEY = "AKIAQ3EGRIB7KD5WZHTN"
# Which of the notebook's lines are in the image, and whether the container must be given the variable.
VARIABLES: Mapping[str, tuple[Cells, str, tuple[str, ...]]] = {
    "a literal": (["import os", "os.environ['MODE'] = 'fast'", READS], "2:1", ()),
    "a default": (["import os", "os.environ.setdefault('MODE', 'fast')", READS], "2:1", ()),
    "a literal, read by getenv": (
        ["import os", "os.environ['MODE'] = 'fast'", "def predict(x):\n    return os.getenv('MODE', 'slow')"],
        "2:1",
        (),
    ),
    "a literal, by a name of its own": (
        ["from os import environ", "environ['MODE'] = 'fast'", "def predict(x):\n    return environ['MODE']"],
        "2:1",
        (),
    ),
    "two literals": (["import os", "os.environ['MODE'] = 'a'", "os.environ['MODE'] = 'b'", READS], "3:1", ()),
    "a literal, and then computed": (
        ["import os", "os.environ['MODE'] = 'a'", "os.environ['MODE'] = os.getcwd()", READS],
        "",
        ("MODE",),
    ),
    "a literal, and then taken away": (
        ["import os", "os.environ['MODE'] = 'a'", "os.environ.pop('MODE')", READS],
        "",
        ("MODE",),
    ),
    "a literal of another variable": (["import os", "os.environ['OTHER'] = 'fast'", READS], "", ("MODE",)),
    "nothing": (["import os", READS], "", ("MODE",)),
    "a secret": (["import os", f"os.environ['MODE'] = '{KEY}'", READS], "", ("MODE",)),
    "a secret on the same line": (
        ["import os", f"os.environ['MODE'] = 'fast'; os.environ['KEY'] = '{KEY}'", READS],
        "",
        ("MODE",),
    ),
    "a folder of this machine": (["import os", "os.environ['MODE'] = os.getcwd()", READS], "", ("MODE",)),
    "a text that is put together": (["import os", "v = 'a'\nos.environ['MODE'] = f'{v}'", READS], "", ("MODE",)),
}


_RANDOM = "import random\nimport numpy as np\nimport pandas as pd"
AT_RANDOM: Mapping[str, tuple[Cells, bool]] = {
    "numpy's generator": ([_RANDOM, "def predict(x):\n    return np.random.normal() * x"], True),
    "python's generator": ([_RANDOM, "def predict(x):\n    return random.random() * x"], True),
    "a helper": (
        [_RANDOM, "def noise():\n    return random.gauss(0, 1)", "def predict(x):\n    return noise() * x"],
        True,
    ),
    "a method": ([_RANDOM, "class M:\n    def predict(self, x):\n        return x * random.random()", "m = M()"], True),
    "a sample": ([_RANDOM, "f = pd.DataFrame({'a': [1]})", "def predict(x):\n    return f.sample(1)"], True),
    "a sample with a seed": (
        [_RANDOM, "f = pd.DataFrame({'a': [1]})", "def predict(x):\n    return f.sample(1, random_state=0)"],
        False,
    ),
    "a generator of its own": ([_RANDOM, "def predict(x):\n    return np.random.default_rng(0).normal() * x"], False),
    "only training draws": ([_RANDOM, "w = np.random.normal()", PREDICT], False),
    "a helper that is not called": (
        [_RANDOM, "def noise():\n    return random.random()", "def predict(x):\n    return x"],
        False,
    ),
    "a model that drew when it was fitted": (
        [
            "from sklearn.ensemble import RandomForestClassifier",
            "m = RandomForestClassifier().fit([[1], [2]], [1, 2])",
            "def predict(x):\n    return m.predict([[x]])",
        ],
        False,
    ),
}
