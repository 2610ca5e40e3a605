"""api/openapi.yaml as something that responses can be checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import yaml

API = yaml.safe_load((Path(__file__).parents[2] / "api" / "openapi.yaml").read_text(encoding="utf-8"))
METHODS = ("get", "post", "delete", "put", "patch")

Operation = tuple[str, str]
"""A method and a path of the API, such as ``("get", "/containerize/builds/{id}")``."""

OPERATIONS: tuple[Operation, ...] = tuple(
    (method, path) for path, item in API["paths"].items() for method in METHODS if method in item
)


def check(body: Any, operation: Operation, status: int) -> None:
    """Fail if the body is not what the API says of this answer; unknown fields fail, too."""
    method, path = operation
    response = _resolved(API["paths"][path][method]["responses"][str(status)])
    jsonschema.validate(body, _json_schema(response["content"]["application/json"]["schema"]))


def check_component(body: Any, name: str) -> None:
    """Fail if the body is not what the API says of the component."""
    jsonschema.validate(body, _json_schema(API["components"]["schemas"][name]))


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        target = API
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def _json_schema(schema: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    """Return an OpenAPI 3.0 schema as JSON Schema 2020-12: nullable becomes a choice, objects are closed."""
    schema = dict(_resolved(schema))
    nullable = schema.pop("nullable", False)
    if "properties" in schema:
        schema["properties"] = {name: _json_schema(item) for name, item in schema["properties"].items()}
    if "items" in schema:
        schema["items"] = _json_schema(schema["items"])
    if "allOf" in schema:
        schema["allOf"] = [_json_schema(item, closed=False) for item in schema["allOf"]]
    if closed and ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        schema["unevaluatedProperties"] = False
    return {"anyOf": [schema, {"type": "null"}]} if nullable else schema
