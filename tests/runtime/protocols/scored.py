"""Applications that platforms ask: a fitted model of named columns, one of an array, and functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from runtime_asking import ask, serving
from sklearn.linear_model import LogisticRegression

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.targets import function_of

JSON = {"content-type": "application/json"}
NAMES = ("length", "width")
_X = pd.DataFrame([[1.0, 5.0], [2.0, 4.0], [8.0, 1.0], [9.0, 2.0]], columns=list(NAMES))
_Y = np.array(["small", "small", "large", "large"])


def of_frame(**settings: Any) -> App:
    """Serve a model that was fitted on a frame: it knows its columns by name."""
    return serving(_predict(LogisticRegression().fit(_X, _Y)), **settings)


def of_array(**settings: Any) -> App:
    """Serve a model that was fitted on an array: it knows how many columns it has."""
    return serving(_predict(LogisticRegression().fit(_X.to_numpy(), _Y)), **settings)


def _predict(model: LogisticRegression) -> Any:
    function = function_of("estimator", "model", {"model": model})
    function.__name__ = "predict"
    return function


def area(length: float, width: float, unit: str = "m") -> str:
    """Take one row at a time, by name."""
    return f"{length * width} {unit}"


def scaled(rows: list[list[float]], by: float = 1.0) -> list[float]:
    """Take a table, and a parameter beside it."""
    return [by * sum(row) for row in rows]


def spoken(inputs: str) -> dict[str, Any]:
    """Take one text, under a name that protocols have too."""
    return {"said": inputs}


def post(app: App, target: str, body: Any, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and the answer, read as JSON where it is."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, received, answer = ask(app, "POST", target, content, {**JSON, **(headers or {})})
    return status, received, json.loads(answer) if "json" in received["content-type"] else answer
