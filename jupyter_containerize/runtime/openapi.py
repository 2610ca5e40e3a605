"""``GET /openapi.json``: everything that this image answers, as OpenAPI 3.1.

Source: OpenAPI Specification 3.1.0. Its schemas are JSON Schema 2020-12, as ours are; but a reference begins at the
whole document, so that named types move to ``components``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .asked import has_body
from .codecs.kinds import JSON, there
from .http.table import Route
from .loading import Served
from .openapi_others import is_left_out, operation_of, part_texts
from .openapi_schemas import Components, problem_schema
from .protocols import interface
from .routes import CELL, Endpoint
from .settings import Settings

_PROBLEM = "application/problem+json"
_PARAMETER = re.compile(r":(\w+)")
_REFUSALS = {
    "400": "The body is not what its content type says.",
    "413": "The body is larger than this server takes.",
    "415": "A content type that this endpoint does not read.",
    "422": "The request does not fit the signature; `problems` says where, what was expected and what came.",
    "500": "The function raised an error; the server's log has it under `request_id`.",
    "503": "Not ready, or too much to do; `retry-after` says when to come again.",
}
_ALSO = f"By parameter name. Tables also as {', '.join(kind for kind in there() if kind != JSON)}."
_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})

Operation = dict[str, Any]


def document(served: Served, settings: Settings, routes: Iterable[Route]) -> dict[str, Any]:
    """Return the document of an image's routes, in their order."""
    components = Components({"Problem": problem_schema()})
    endpoints = served.routes.listed()
    paths: dict[str, dict[str, Operation]] = {}
    known: dict[str, str] = {}
    ids: set[str] = set()
    models = [*interface.models(served, settings)]
    for route in routes:
        if is_left_out(route):
            continue
        template, names = _template(route.path)
        # Two paths that differ in the names of their parts alone are one.
        template = known.setdefault(_PARTS.sub("{}", template), template)
        endpoint = endpoints.get(f"{route.method} {route.path}")
        # By identity of the path: a protocol's route never takes the place of an endpoint's.
        operation = _of_endpoint(endpoint, names, components) if endpoint else _of_route(route, served, components)
        operation["operationId"] = _free_name(f"{route.method.lower()}{route.path}", ids)
        shown = _PARTS.findall(template)
        texts = {} if endpoint else part_texts(models)
        operation["parameters"] = [*_in_path(shown, endpoint, components, texts), *operation.get("parameters", [])]
        paths.setdefault(template, {})[route.method.lower()] = operation
    about = served.description
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": served.title,
            "version": "1",
            "description": about.get("doc") or f"What {served.symbol} answers.",
        },
        "paths": paths,
        "components": {"schemas": components.schemas, "responses": _shared_refusals()},
    }


_PARTS = re.compile(r"\{(\w+)\}")


def _free_name(text: str, taken: set[str]) -> str:
    name = re.sub(r"\W+", "_", text).strip("_")
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _template(path: str) -> tuple[str, list[str]]:
    """Return a path with its varying parts in braces, and their names; each begins a segment."""
    names: list[str] = []

    def braced(segment: str) -> str:
        match = _PARAMETER.match(segment)
        if match is None:
            return segment
        names.append(match[1])
        return f"{{{match[1]}}}{segment[match.end() :]}"

    return "/".join(map(braced, path.split("/"))), names


def _in_path(
    names: Sequence[str], endpoint: Endpoint | None, components: Components, texts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    inputs = _inputs(endpoint, components) if endpoint is not None else {}
    properties: Mapping[str, Any] = inputs.get("properties", {})
    return [
        # An empty part, or one with a slash, is another path.
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {**_PART, **(properties.get(name) or texts.get(name) or _TEXT)},
        }
        for name in names
    ]


_TEXT: Mapping[str, Any] = {"type": "string"}
_PART: Mapping[str, Any] = {"minLength": 1, "pattern": "^[^/]+$"}


def _of_endpoint(endpoint: Endpoint, names: Sequence[str], components: Components) -> Operation:
    doc = str(endpoint.description.get("doc") or "")
    operation: Operation = {
        "summary": doc.partition("\n")[0] or f"What {endpoint.symbol} gives",
        "tags": ["endpoints"],
        "responses": {"200": _answer(endpoint, components), **refusals()},
    }
    if doc:
        operation["description"] = doc
    if endpoint.kind == CELL:
        if has_body(endpoint):
            operation["requestBody"] = {"content": {JSON: {}, "text/plain": {}}}
        return operation
    inputs = without(_inputs(endpoint, components), names)
    given = _example(endpoint, "request")
    if has_body(endpoint):
        example = {name: value for name, value in given.items() if name not in names} if given else None
        content = {"schema": inputs, **({"example": example} if example is not None else {})}
        operation["requestBody"] = {"required": True, "description": _ALSO, "content": {JSON: content}}
    else:
        operation["parameters"] = list(_in_query(inputs, given or {}))
    return operation


def _in_query(inputs: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    required = inputs.get("required", ())
    for name, schema in inputs.get("properties", {}).items():
        plain = _without_null(schema)
        is_needed = name in required
        if _is_scalar(schema):
            shape: Operation = {"schema": schema}
        elif plain.get("type") == "array" and _is_scalar(plain.get("items")):
            # ?tags=a&tags=b; one that has no item is not there.
            shape = {"schema": {**plain, "minItems": 1} if is_needed else plain}
        else:
            shape = {"content": {JSON: {"schema": schema}}}
        example = {"example": given[name]} if given.get(name) is not None and "schema" in shape else {}
        yield {"name": name, "in": "query", "required": is_needed, **shape, **example}


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what there is beside null: in a query, nothing is not to be there."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _is_scalar(schema: Any) -> bool:
    kinds = schema.get("type", ()) if isinstance(schema, Mapping) else ()
    return bool(kinds) and {*([kinds] if isinstance(kinds, str) else kinds)} <= _SCALARS


def _answer(endpoint: Endpoint, components: Components) -> dict[str, Any]:
    if endpoint.kind == CELL:
        return {"description": "What the cell prints.", "content": {JSON: {}, "text/plain": {}}}
    content: dict[str, Any] = {"schema": components.of(endpoint.symbol, endpoint.description.get("output", {}))}
    given = endpoint.description.get("example")
    if isinstance(given, dict) and "response" in given:
        content["example"] = given["response"]
    return {"description": f"What {endpoint.symbol} gives.", "content": {JSON: content}}


def _inputs(endpoint: Endpoint, components: Components) -> dict[str, Any]:
    return components.of(endpoint.symbol, endpoint.description.get("inputs", {}))


def _example(endpoint: Endpoint, part: str) -> dict[str, Any] | None:
    example = endpoint.description.get("example")
    found = example.get(part) if isinstance(example, dict) else None
    return found if isinstance(found, dict) else None


def without(inputs: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an object without some of its properties."""
    if not names or "properties" not in inputs:
        return dict(inputs)
    properties = {name: schema for name, schema in inputs["properties"].items() if name not in names}
    required = [name for name in inputs.get("required", ()) if name not in names]
    return {**inputs, "properties": properties, "required": required}


def refusals() -> dict[str, Any]:
    """Return the answers that are problem documents; ``default`` is any other of them."""
    return {status: {"$ref": f"#/components/responses/{_name(status)}"} for status in (*_REFUSALS, "default")}


def _shared_refusals() -> dict[str, Any]:
    content = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    words = {**_REFUSALS, "default": "A problem document (RFC 9457)."}
    return {_name(status): {"description": said, "content": content} for status, said in words.items()}


def _name(status: str) -> str:
    return "Refused" if status == "default" else f"Refused{status}"


def _of_route(route: Route, served: Served, components: Components) -> Operation:
    found = operation_of(route, served, components)
    found.setdefault("summary", route.words or f"{route.method} {route.path}")
    found["responses"] = {**found["responses"], **refusals()}
    return found
