"""Which endpoint answers a path: the routes of ``model.json``, and ``/predict`` for the first of them.

A route's segments that begin with a colon stand for anything but a slash: ``/hello/:name``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .schema import Signature

CELL = "cell"
PREDICT = "/predict"
_OURS = "/health"


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One function and where it answers. ``description`` is what ``/schema`` says of it, as JSON values.

    ``name`` is the model's name in protocols that have models; ``batch`` is the parameter whose rows of several
    requests may be joined into one call, empty if calls may not be joined.
    """

    symbol: str
    function: Callable[..., Any]
    signature: Signature
    description: dict[str, Any]
    kind: str = "function"
    route: str = PREDICT
    method: str = "POST"
    name: str = "model"
    batch: str = ""


class RouteTaken(ValueError):
    """Two endpoints of one route and method, or one of a route that is the server's own. ``route`` is both."""

    def __init__(self, route: str) -> None:
        super().__init__(route)
        self.route = route


class Routes:
    """All endpoints, by route and method. Paths that are written out go before those with colons."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Take the endpoints in.

        Raises:
            RouteTaken: it is not clear who answers.
        """
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[tuple[str, ...], dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            self._add(endpoint.route, endpoint)
        for first in endpoints[:1]:
            if ":" not in first.route:
                self._exact.setdefault(PREDICT, {}).setdefault(first.method, first)

    def _add(self, route: str, endpoint: Endpoint) -> None:
        segments = tuple(route.split("/"))
        known = self._patterns.setdefault(segments, {}) if ":" in route else self._exact.setdefault(route, {})
        if endpoint.method in known or segments[:2] == tuple(_OURS.split("/")):
            raise RouteTaken(f"{endpoint.method} {route}")
        known[endpoint.method] = endpoint

    def find(self, path: str) -> tuple[Mapping[str, Endpoint], dict[str, str]]:
        """Return who answers a path, by method, and what its colons stand for; nobody for one that is not there."""
        if path in self._exact:
            return self._exact[path], {}
        given = path.split("/")
        for segments, endpoints in self._patterns.items():
            pairs = list(zip(segments, given))
            if len(segments) == len(given) and all(part if word[:1] == ":" else word == part for word, part in pairs):
                return endpoints, {word[1:]: part for word, part in pairs if word[:1] == ":"}
        return {}, {}

    def listed(self) -> dict[str, Endpoint]:
        """Return every endpoint by method and route, in the order of ``model.json``, ``/predict`` after its own."""
        patterns = {"/".join(segments): endpoints for segments, endpoints in self._patterns.items()}
        return {
            f"{method} {route}": endpoint
            for route, endpoints in {**self._exact, **patterns}.items()
            for method, endpoint in endpoints.items()
        }
