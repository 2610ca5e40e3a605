"""The operations that are no endpoint of the notebook: the server's own, and those of other people's protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .http.table import Route
from .loading import Served
from .openapi_schemas import Components
from .protocols import GRPC_SERVICE
from .protocols.inference import VERSION
from .protocols.interface import Interface
from .routes import CELL, Endpoint

_JSON = "application/json"
_ANY: Mapping[str, Any] = {}
_OBJECT: Mapping[str, Any] = {"type": "object"}
_STATUS: Mapping[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string"}},
}
_HTML, _PLAIN = "text/html", "text/plain"
_SIZES = ("8", "16", "32", "64")
_DATATYPES = ["BOOL", *(f"{kind}{size}" for kind in ("UINT", "INT", "FP") for size in _SIZES if kind + size != "FP8")]

# The server's own: by path, the content types of the answer and their schemas.
_OWN: Mapping[str, Mapping[str, Any]] = {
    "/": {_JSON: _OBJECT, _HTML: {"type": "string"}},
    "/schema": {_JSON: _OBJECT},
    "/openapi.json": {_JSON: _OBJECT},
    "/health/live": {_JSON: _STATUS},
    "/health/ready": {_JSON: _STATUS},
    "/metrics": {_PLAIN: {"type": "string"}},
}


def is_left_out(route: Route) -> bool:
    """Return whether a route is none of HTTP's own, or does nothing but refuse."""
    return route.path.startswith((f"/{GRPC_SERVICE}/", "/v2/repository/models/"))


def part_texts(models: list[str]) -> dict[str, Any]:
    """Return what the varying parts of the protocols' paths may be, by name."""
    return {"name": {"enum": models}, "version": {"enum": [VERSION]}} if models else {}


def operation_of(route: Route, served: Served, components: Components) -> dict[str, Any]:
    """Return an operation without its parameters and refusals."""
    if route.method == "GET" and route.path in _OWN:
        content = {kind: {"schema": schema} for kind, schema in _OWN[route.path].items()}
        return {"tags": ["server"], "responses": {"200": _answer(content)}}
    operation: dict[str, Any] = {"tags": ["protocols"]}
    models = [endpoint for endpoint in served.endpoints if endpoint.kind != CELL]
    tail = route.path.rpartition("/")[2]
    make = next((make for ending, make in _BODIES.items() if tail.endswith(ending)), None)
    if make is not None and models and route.method == "POST":
        # Of several models the first: what a name stands for, no schema can say.
        taken, given = make(models[0] if len(models) == 1 else None, components)
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": taken}}}
        operation["responses"] = {"200": _answer({_JSON: {"schema": given}})}
        return operation
    if route.method == "POST":
        operation["requestBody"] = {"content": {_JSON: {"schema": _ANY}}}
    operation["responses"] = {"200": _answer({_JSON: {"schema": _ANY}, _PLAIN: {"schema": _ANY}})}
    return operation


def _instances(endpoint: Endpoint | None, components: Components) -> tuple[Any, Any]:
    """Return what KServe's first protocol takes and gives, and Vertex AI after it."""
    row, example = _row(endpoint, components)
    instances = {"type": "array", "items": row, **({"examples": [example]} if example else {})}
    taken = {"type": "object", "required": ["instances"], "properties": {"instances": instances}}
    predictions = {"type": "object", "properties": {"predictions": {"type": "array"}}}
    return taken, predictions


def _tensors(_endpoint: Endpoint | None, _components: Components) -> tuple[Any, Any]:
    """Return what the Open Inference Protocol takes and gives. Source: its REST specification, "Inference"."""
    tensor = {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "datatype": {"enum": [*_DATATYPES, "BYTES"]},
            "parameters": _OBJECT,
            "data": {"type": "array"},
        },
    }
    output = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    taken = {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string"},
            "parameters": _OBJECT,
            "inputs": {"type": "array", "items": tensor},
            "outputs": {"type": "array", "items": output},
        },
    }
    given = {
        "type": "object",
        "required": ["model_name", "outputs"],
        "properties": {"model_name": {"type": "string"}, "outputs": {"type": "array", "items": tensor}},
    }
    return taken, given


def _scored(endpoint: Endpoint | None, components: Components) -> tuple[Any, Any]:
    """Return what Azure's scoring takes, and what it gives: the predictions alone."""
    taken, _ = _tables(endpoint, components)
    return taken, {"type": "array"}


def _tables(endpoint: Endpoint | None, components: Components) -> tuple[Any, Any]:
    """Return what MLflow's scoring protocol takes and gives."""
    row, _ = _row(endpoint, components)
    split = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array"}}}
    choices = {
        "dataframe_split": split,
        "dataframe_records": {"type": "array", "items": row},
        "instances": {"type": "array"},
        "inputs": _ANY,
    }
    taken = {"type": "object", "properties": choices, "minProperties": 1}
    return taken, _ANY


def _row(endpoint: Endpoint | None, components: Components) -> tuple[Any, Any]:
    """Return the schema of one row, and the rows of the notebook's example; nothing if it is not known whose."""
    if endpoint is None:
        return _ANY, None
    interface = Interface(endpoint)
    inputs = components.of(endpoint.symbol, endpoint.description.get("inputs", {}))
    example = endpoint.description.get("example")
    request = example.get("request") if isinstance(example, dict) else None
    if not interface.takes_table:
        return inputs, [request] if request else None
    schema = inputs.get("properties", {}).get(interface.parameter, {})
    rows = request.get(interface.parameter) if isinstance(request, dict) else None
    return schema.get("items", _ANY), rows


def _answer(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": "The answer.", "content": dict(content)}


_BODIES: Mapping[str, Callable[[Endpoint | None, Components], tuple[Any, Any]]] = {
    ":predict": _instances,
    "infer": _tensors,
    "invocations": _tables,
    "score": _scored,
}
