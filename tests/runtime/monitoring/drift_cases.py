"""Baselines as data."""

from __future__ import annotations

from typing import Any


def number(name: str = "", *edges: float, **more: Any) -> dict[str, Any]:
    """Return a number's feature, its shares the same in each bin."""
    edges = edges or (1.0, 2.0, 3.0)
    bins = len(edges) + 1
    told = {"name": name, "kind": "number", "edges": list(edges), "shares": [1 / bins] * bins, "missing": 0.0}
    return {**told, "min": edges[0] - 1, "max": edges[-1] + 1, "mean": 2.0, **more}


def category(name: str = "", *values: str, other: float = 0.0) -> dict[str, Any]:
    """Return a category's feature, its shares the same."""
    shares = [(1 - other) / len(values)] * len(values)
    return {"name": name, "kind": "category", "values": list(values), "shares": shares, "other": other, "missing": 0.0}


def baseline(*features: dict[str, Any], prediction: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Return a baseline of features."""
    return {
        "version": 1,
        "model": "model",
        "data": "X",
        "rows": 100,
        "sampled": 100,
        "features": list(features),
        "prediction": list(prediction),
    }
