"""Vertex AI: the route that it names when it starts us takes instances and parameters, and gives predictions.

A raw prediction comes on the same route and is whatever the caller sends: it is read as ``POST /invocations`` reads it.
Source: Vertex AI, "Custom container requirements for inference".
"""

from __future__ import annotations

from collections.abc import Iterator

from ..http.table import Route
from ..loading import Served
from ..settings import Settings
from .mlflow import Scoring


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the route."""
    yield Route("POST", settings.predict_route, Scoring(served, settings, options="parameters"))
