"""What one row of an endpoint is: told by its schema, and where that does not say, by the notebook's example."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

NUMBER, INTEGER, BOOLEAN, STRING, OBJECTS, ANY = "number", "integer", "boolean", "string", "object", "any"
_SIMPLE = {NUMBER, INTEGER, BOOLEAN, STRING, OBJECTS}
# What says nothing about a value: a schema of these alone takes any.
_NOTES = frozenset({"$schema", "$defs", "default", "description", "examples", "title"})
_PYTHON = {float: NUMBER, int: INTEGER, bool: BOOLEAN, str: STRING, dict: OBJECTS}
# How a row reaches the function: an object, an array, a value alone, or as it came.
OBJECT, ARRAY, VALUE, AS_IT_IS = "object", "array", "value", "as it is"


@dataclasses.dataclass(frozen=True)
class Column:
    """One value of a row. ``sizes`` are those of its own dimensions, -1 where any will do; empty for a scalar.

    ``is_nullable``: null is a value of its own, or may be. ``is_base64``: its text stands for bytes.
    """

    name: str
    kind: str = ANY
    sizes: tuple[int, ...] = ()
    required: bool = True
    is_nullable: bool = True
    is_base64: bool = False


@dataclasses.dataclass(frozen=True)
class RowForm:
    """What a row is to the function, and its columns."""

    form: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of an object's members; empty if they are not known, or there are none."""
        return tuple(column.name for column in self.columns) if self.form == OBJECT else ()


class Schemas:
    """The schema of an endpoint's parameters, without references and without null."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._definitions = inputs.get("$defs", {})
        self.properties: Mapping[str, Any] = inputs.get("properties", {})
        self.required: Sequence[str] = inputs.get("required", ())

    def plain(self, schema: Any, depth: int = 0) -> dict[str, Any]:
        """Return a schema itself: what a reference names, and of several the one array, or the one beside null."""
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema and depth < 10:  # noqa: PLR2004  # a type that is nothing but itself
            name = str(schema["$ref"]).rpartition("/")[2]
            return self.plain(self._definitions.get(name), depth + 1)
        options = [self.plain(option, depth + 1) for option in schema.get("anyOf", ())]
        if not options:
            return {name: value for name, value in schema.items() if name not in _NOTES}
        some = [option for option in options if option.get("type") != "null"]
        arrays = [option for option in some if option.get("type") == "array"]
        return arrays[0] if arrays else (some[0] if len(some) == 1 else {})

    def column(self, name: str, schema: Any, sample: Any, *, required: bool = True) -> Column:
        """Return a value of a row."""
        kind, sizes = self._measured(schema, sample)
        is_base64 = "contentEncoding" in self.plain(schema)
        return Column(name, kind, sizes, required, self._takes_null(schema), is_base64)

    def _takes_null(self, schema: Any, depth: int = 0) -> bool:
        if not isinstance(schema, dict) or not {"type", "enum", "anyOf", "$ref"} & schema.keys():
            return True
        if "$ref" in schema:
            inner = self._definitions.get(str(schema["$ref"]).rpartition("/")[2])
            return depth < 10 and self._takes_null(inner, depth + 1)  # noqa: PLR2004  # as above
        options = schema.get("anyOf", ())
        given = schema.get("type")
        kinds = given if isinstance(given, list) else [given]
        return "null" in kinds or None in schema.get("enum", ()) or any(map(self._takes_null, options))

    def members(self, schema: Mapping[str, Any], sample: Any) -> tuple[Column, ...]:
        """Return the columns of a row that is an object, none if nothing is known of them."""
        given: Mapping[str, Any] = sample if isinstance(sample, dict) else {}
        required = schema.get("required", ())
        properties = schema.get("properties") or {name: {} for name in given}
        return tuple(
            self.column(name, inner, given.get(name), required=name in required or name not in schema)
            for name, inner in properties.items()
        )

    def rows_of(self, name: str, sample: Any, *, is_joined: bool) -> RowForm | None:
        """Return what a row is to a parameter that takes an array of rows; None if it takes one row.

        ``is_joined``: that it takes rows is known.
        """
        given = self.properties.get(name)
        schema = self.plain(given)
        if isinstance(sample, dict) and sample and all(isinstance(column, list) for column in sample.values()):
            # A frame may be an object of columns, too.
            sample = [dict(zip(sample, row)) for row in zip(*sample.values())] if schema.get("type") == "array" else {}
        first = sample[0] if isinstance(sample, list) and sample else None
        is_array = schema.get("type") == "array" or (not schema and isinstance(sample, list))
        if not (is_array or is_joined) or "prefixItems" in schema:
            return None
        items = self.plain(schema.get("items"))
        form = _form(items, first)
        if form == VALUE and not is_joined and _kind(items, first) != STRING:
            return None
        if form == OBJECT:
            return RowForm(form, self.members(items, first))
        return RowForm(form, (self.column(name, items, first),))

    def _measured(self, schema: Any, sample: Any) -> tuple[str, tuple[int, ...]]:
        """Return the kind of a value's scalars and the sizes of its dimensions."""
        schema = self.plain(schema)
        if schema.get("type") != "array" and not (not schema and isinstance(sample, list)):
            return _kind(schema, sample), ()
        first = sample[0] if isinstance(sample, list) and sample else None
        least, most = schema.get("minItems"), schema.get("maxItems")
        size = least if isinstance(least, int) and least == most else -1
        items = schema.get("items")
        if "prefixItems" in schema:
            kinds = {_kind(self.plain(item), None) for item in schema["prefixItems"]}
            return (kinds.pop() if len(kinds) == 1 else ANY), (size,)
        kind, sizes = self._measured(items, first)
        return kind, (size, *sizes)


def _form(items: Mapping[str, Any], first: Any) -> str:
    kind = items.get("type")
    if kind == "array" or isinstance(first, list):
        return ARRAY
    if kind == "object" or isinstance(first, dict):
        return OBJECT
    return VALUE if kind is not None or first is not None else AS_IT_IS


def _kind(schema: Mapping[str, Any], sample: Any) -> str:
    """Return the kind of a scalar; what may be several kinds is what the example was."""
    given = schema.get("type")
    kinds = {kind for kind in (given if isinstance(given, list) else [given]) if kind != "null"}
    if "enum" in schema:
        kinds = {_PYTHON.get(type(value), ANY) for value in schema["enum"]}
    if len(kinds) == 1 and kinds <= _SIMPLE:
        return str(kinds.pop())
    found = _PYTHON.get(type(sample), ANY)
    # A number in an example may be whole by chance.
    return NUMBER if found == INTEGER else found
