"""Other people's protocols, beside the plain one: which routes they have, and where what answers them is.

Each is a module with ``routes(served, settings)``, which gives a ``Route`` for each that is listed here. It is
imported when one of them is first asked: a server that is asked in one way starts without all others.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from ..http.messages import Request
from ..http.table import Handler, Route
from ..loading import Served
from ..settings import Settings

# Asked over its own port (``grpc_server``) and not over HTTP.
GRPC_SERVICE = "inference.GRPCInferenceService"
GRPC_METHODS = ("ServerLive", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer")
_ERROR = "error"
_MESSAGE = "message"
# MLflow's names for statuses; as in its own server, what a client cannot mend is INTERNAL_ERROR.
_MLFLOW_CODES = {
    400: "BAD_REQUEST",
    404: "ENDPOINT_NOT_FOUND",
    406: "BAD_REQUEST",
    413: "BAD_REQUEST",
    415: "BAD_REQUEST",
    422: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}
# By module: method, path, words for the list of routes (empty: not listed), and the member that refusals get.
_LISTED: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "v1": (
        ("GET", "/v1/models", "", _ERROR),
        ("GET", "/v1/models/:name", "", _ERROR),
        ("POST", "/v1/models/:name:predict", "KServe V1: instances in, predictions out", _ERROR),
    ),
    "v2": (
        ("GET", "/v2", "", _ERROR),
        ("GET", "/v2/", "", _ERROR),
        ("GET", "/v2/models/:name", "Open Inference Protocol: what the model takes and gives", _ERROR),
        ("GET", "/v2/models/:name/versions/:version", "", _ERROR),
        ("GET", "/v2/models/:name/ready", "", _ERROR),
        ("GET", "/v2/models/:name/versions/:version/ready", "", _ERROR),
        ("POST", "/v2/models/:name/infer", "Open Inference Protocol: tensors in, tensors out", _ERROR),
        ("POST", "/v2/models/:name/versions/:version/infer", "", _ERROR),
        ("POST", "/v2/repository/index", "", _ERROR),
        ("POST", "/v2/repository/models/:name/load", "", _ERROR),
        ("POST", "/v2/repository/models/:name/unload", "", _ERROR),
    ),
    "grpc_v2": tuple(("POST", f"/{GRPC_SERVICE}/{method}", "", "") for method in GRPC_METHODS),
    "mlflow": (("GET", "/version", "", _MESSAGE),),
    "sagemaker": (("POST", "/invocations", "MLflow and SageMaker: rows in, predictions out", _MESSAGE),),
    "azure": (("POST", "/score", "Azure Machine Learning: rows in, predictions out", _MESSAGE),),
}


def all_routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the routes of all protocols, in the order in which they should be listed."""
    for name, listed in _LISTED.items():
        protocol = _Protocol(name, served, settings)
        for method, path, words, error_member in listed:
            codes = _MLFLOW_CODES if error_member == _MESSAGE else None
            yield Route(method, path, protocol.handler(method, path), words, error_member, codes)


def platform_routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the routes that the platform has named when it started us."""
    path = settings.predict_route
    if path:
        handler = _Protocol("vertex", served, settings).handler("POST", path)
        yield Route("POST", path, handler, "Vertex AI: instances in, predictions out", _ERROR)


class _Protocol:
    """A protocol that is not there yet."""

    def __init__(self, name: str, served: Served, settings: Settings) -> None:
        self._name = name
        self._made_of = (served, settings)
        self._handlers: dict[tuple[str, str], Handler] = {}

    def handler(self, method: str, path: str) -> Handler:
        """Return what answers a route; its module is imported by the first request."""

        def handle(request: Request) -> Any:
            if not self._handlers:
                self._load()
            return self._handlers[method, path](request)

        return handle

    def _load(self) -> None:
        # Two threads may both do it: what they make is the same.
        module = importlib.import_module(f".{self._name}", __package__)
        self._handlers = {(route.method, route.path): route.handler for route in module.routes(*self._made_of)}
