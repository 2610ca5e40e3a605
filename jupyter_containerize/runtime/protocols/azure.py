"""Azure Machine Learning: ``POST /score``, with rows as its models of MLflow and its examples have them.

    {"input_data": {"columns": [...], "index": [...], "data": [...]}, "params": {...}}, or an array of rows there
    {"data": [...]}
    anything that POST /invocations takes

The answer is the array of predictions alone, as the platform's own servers have it. Source: Azure Machine
Learning, "Deploy MLflow models to online endpoints".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..codecs.asking import Written
from ..codecs.kinds import Media
from ..codecs.tables import Named
from ..http.messages import Answer, Request
from ..http.table import Route
from ..loading import Served
from ..settings import Settings
from .given import Given, rows_at
from .mlflow import Scoring, split_of

_INPUT_DATA, _DATA = "input_data", "data"


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the route."""
    yield Route("POST", "/score", _Score(served, settings))


class _Score(Scoring):
    """Scoring whose predictions stand alone."""

    def answer(self, results: list[Any], rows: int, written: Written, _request: Request) -> Answer:
        return written(self.asking.interface.predictions(results, rows))

    def of_json(self, value: Any, given: Media) -> tuple[Given | Named, dict[str, Any]]:
        if isinstance(value, dict):
            if _INPUT_DATA in value and not self.is_own(_INPUT_DATA):
                table = value[_INPUT_DATA]
                rows = split_of(table, _INPUT_DATA) if isinstance(table, dict) else rows_at(_INPUT_DATA, table)
                return rows, self.beside(value)
            if value.keys() == {_DATA} and not self.is_own(_DATA):
                return rows_at(_DATA, value[_DATA]), {}
        return super().of_json(value, given)
