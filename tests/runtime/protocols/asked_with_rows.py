"""Functions and models of each kind that protocols ask with rows."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Optional

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from jupyter_containerize.runtime.routes import Endpoint
from jupyter_containerize.runtime.schema import describe, read_signature
from jupyter_containerize.runtime.targets import function_of

X, Y = load_iris(return_X_y=True, as_frame=True)
FOUR = list(X.columns)
SPECIES = load_iris().target_names[Y]
NAMED = function_of("estimator", "m", {"m": LogisticRegression(max_iter=500).fit(X, SPECIES)})
PLAIN = function_of("estimator", "m", {"m": DecisionTreeClassifier(random_state=0).fit(X.to_numpy(), Y)})
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 2.0]]


@dataclasses.dataclass
class Flat:
    """A row with known names."""

    size: float
    town: str = "Ulm"


def person(age: float, town: str, tall: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # a served function
    """Take one row by name."""
    return {"text": f"{town} {age:g}", "tall": tall}


def features(features: list[float]) -> float:
    """Take one row as its only parameter."""
    return sum(features)


def half(x: float) -> float:
    """Take one number."""
    return x / 2


def scaled(x: float, factor: float = 2.0) -> float:
    """Take one number, and another that may be absent."""
    return x * factor


def flat(flat: Flat) -> str:
    """Take one record."""
    return f"{flat.town}: {flat.size:g}"


def flats(rows: list[Flat], currency: str = "EUR") -> list[str]:
    """Take a table of records, and something beside it."""
    return [f"{row.size:g} {currency}" for row in rows]


def words(texts: list[str]) -> list[int]:
    """Take a table of texts."""
    return [len(text) for text in texts]


def matrix(values: np.ndarray) -> Any:
    """Take an array; of how many dimensions, its example says."""
    return values.sum(axis=-1)


def frame(table: pd.DataFrame) -> Any:
    """Take a frame, whose columns its example says."""
    return table.sum(axis=1, numeric_only=True)


def columns(table: pd.DataFrame) -> dict[str, Any]:
    """Answer with columns."""
    return {"size": list(table["a"]), "name": [str(value) for value in table["a"]]}


def summary(rows: list[list[float]]) -> dict[str, float]:
    """Answer once for the whole table."""
    return {"total": sum(map(sum, rows))}


def size(content: bytes) -> int:
    """Take bytes."""
    return len(content)


def kinds(a: int, b: Optional[float], c: Literal["x", "y"], d: dict[str, Any]) -> str:  # noqa: UP045  # as in 3.9
    """Take a value of each kind."""
    return f"{a} {b} {c} {sorted(d)}"


def anything(**given: Any) -> dict[str, Any]:
    """Take any names at all."""
    return given


def endpoint_of(function: Any, example: Any = None, *, response: Any = None, batch: str = "") -> Endpoint:
    """Return a function as an endpoint with its notebook's example."""
    shown = None if example is None else {"request": example, "response": response}
    description = {**describe(function), "example": shown}
    return Endpoint(function.__name__, function, read_signature(function), description, name="model", batch=batch)
