"""Schemas of several functions in one document: named types side by side, and OpenAPI's own words for strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_LOCAL = "#/$defs/"
_SHARED = "#/components/schemas/"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Components:
    """The types that several operations refer to."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self.schemas = schemas
        self._names: dict[int, dict[str, str]] = {}

    def of(self, owner: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return a schema whose named types are components, called after their owner; it is kept by identity."""
        if id(schema) not in self._names:
            # One schema may be asked for several operations.
            self._names[id(schema)] = self._taken_in(owner, schema.get("$defs", {}))
        bare = {key: value for key, value in schema.items() if key not in {"$defs", "$schema"}}
        found: dict[str, Any] = _moved(bare, self._names[id(schema)])
        return found

    def _taken_in(self, owner: str, definitions: Mapping[str, Any]) -> dict[str, str]:
        names: dict[str, str] = {}
        for name in definitions:
            found = _UNSAFE.sub("_", f"{owner}.{name}")
            while found in self.schemas:
                found += "_"
            self.schemas[found] = {}
            names[f"{_LOCAL}{name}"] = f"{_SHARED}{found}"
        for name, definition in definitions.items():
            self.schemas[names[f"{_LOCAL}{name}"][len(_SHARED) :]] = _moved(definition, names)
        return names


def _moved(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_moved(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {
        key: inner if key in {"default", "enum", "examples", "const"} else _moved(inner, names)
        for key, inner in value.items()
    }
    if isinstance(moved.get("$ref"), str):
        moved["$ref"] = names.get(moved["$ref"], moved["$ref"])
    if moved.get("contentEncoding") == "base64":
        # OpenAPI's own word for it, which more readers know.
        moved.setdefault("format", "byte")
    return moved


def problem_schema() -> dict[str, Any]:
    """Return the schema of a refusal. Source: RFC 9457."""
    problem = {
        "type": "object",
        "required": ["field", "expected", "got"],
        "properties": {
            "field": {"type": "string", "description": "where, as in rows[3].age; empty for the body itself"},
            "expected": {"type": "string"},
            "got": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "required": ["title", "status", "detail", "request_id"],
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "request_id": {"type": "string", "description": "under which the log has more"},
            "problems": {"type": "array", "items": problem},
        },
    }
