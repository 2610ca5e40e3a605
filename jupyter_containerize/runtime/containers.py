"""Shapes with parts: arrays, objects with any names, and records with known ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .problems import MISSING, Path, Problems
from .shapes import ANYTHING, REFUSALS, Definitions, Member, Schema, Shape


def array(items: Shape, build: Callable[[list[Any]], Any]) -> Shape:
    """Return an array of any length, given to the function as ``build`` makes it from a list."""
    words = "array" if items is ANYTHING else f"array of {items.words}"
    plain = frozenset((items.exact,))

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, list):
            problems.add(path, words, value)
            return None
        before = problems.count
        # Long arrays of plain numbers are the usual request, and are told at C speed.
        if items is ANYTHING or (items.exact is not None and plain.issuperset(map(type, value))):
            read_items = value
        else:
            read_items = [items.read(item, problems, (*path, index)) for index, item in enumerate(value)]
            if problems.count > before:
                return None
        return _built(build, read_items, problems, path, words)

    return Shape(words, lambda definitions: {"type": "array", **_unless_empty(items, definitions)}, read)


def _unless_empty(items: Shape, definitions: Definitions) -> Schema:
    schema = items.schema(definitions)
    return {"items": schema} if schema else {}


def _built(build: Callable[[Any], Any], parts: Any, problems: Problems, path: Path, words: str) -> Any:
    try:
        return build(parts)
    except REFUSALS as error:
        problems.add(path, f"{words} ({error})", parts)
        return None


def fixed_array(items: Sequence[Shape]) -> Shape:
    """Return an array with a place for each of ``items``, given to the function as a tuple."""
    words = f"array of exactly {len(items)}"

    def schema(definitions: Definitions) -> Schema:
        places = [item.schema(definitions) for item in items]
        return {"type": "array", "prefixItems": places, "minItems": len(items), "maxItems": len(items)}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, list) or len(value) != len(items):
            problems.add(path, words, value)
            return None
        pairs = enumerate(zip(items, value))
        return tuple(shape.read(item, problems, (*path, index)) for index, (shape, item) in pairs)

    return Shape(words, schema, read)


def table(keys: Shape, values: Shape, build: Callable[[dict[Any, Any]], Any]) -> Shape:
    """Return an object with any names. Names are read as ``keys``; where those are numbers, from their digits."""
    words = "object"

    def read_key(name: str, problems: Problems, path: Path) -> Any:
        if keys.exact not in {int, float}:
            return keys.read(name, problems, path)
        try:
            return keys.exact(name)
        except ValueError:
            problems.add(path, f"{keys.words} as the name", name)
            return None

    def schema(definitions: Definitions) -> Schema:
        inner = values.schema(definitions)
        return {"type": "object", **({"additionalProperties": inner} if inner else {})}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, dict):
            problems.add(path, words, value)
            return None
        before = problems.count
        read_items = {
            read_key(name, problems, (*path, name)): values.read(item, problems, (*path, name))
            for name, item in value.items()
        }
        return None if problems.count > before else _built(build, read_items, problems, path, words)

    return Shape(words, schema, read)


def record(owner: type, members: Callable[[], Sequence[Member]], build: Callable[..., Any]) -> Shape:
    """Return an object with known names, given to the function as ``build(**members)``.

    ``members`` is asked late and may be asked again: a record's member may be of its own type.
    """
    words = f"object ({owner.__name__})"

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, dict):
            problems.add(path, words, value)
            return None
        before = problems.count
        given = read_members({member.name: member for member in members()}, None, value, problems, path)
        if problems.count > before:
            return None
        return _built(lambda parts: build(**parts), given, problems, path, words)

    def schema(definitions: Definitions) -> Schema:
        return definitions.refer(owner, lambda: members_schema(members(), None, definitions))

    return Shape(words, schema, read)


def members_schema(members: Iterable[Member], extra: Shape | None, definitions: Definitions) -> Schema:
    """Return the schema of an object with these members; ``extra`` is the shape of further ones, if any may come."""
    properties: Schema = {}
    required = []
    for member in members:
        properties[member.name] = dict(member.shape.schema(definitions))
        if member.default is not MISSING:
            properties[member.name]["default"] = member.default
        if member.description:
            properties[member.name]["description"] = member.description
        if member.required:
            required.append(member.name)
    additional = False if extra is None else (extra.schema(definitions) or True)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": additional}


def read_members(
    known: Mapping[str, Member], extra: Shape | None, value: dict[str, Any], problems: Problems, path: Path
) -> dict[str, Any]:
    """Return an object's members by name. What is absent and not required is absent in the result."""
    given: dict[str, Any] = {}
    for name, item in value.items():
        member = known.get(name)
        shape = extra if member is None else member.shape
        if shape is None:
            problems.add((*path, name), f"one of {', '.join(known)}" if known else "nothing", item)
        else:
            given[name] = shape.read(item, problems, (*path, name))
    if len(given) < len(known) or extra is not None:
        for name, member in known.items():
            if member.required and name not in value:
                problems.add((*path, name), member.shape.words, MISSING)
    return given


def model(owner: Any) -> Shape:
    """Return a pydantic model, which brings its own schema and its own checks."""
    words = f"object ({owner.__name__})"

    def make(definitions: Definitions) -> Schema:
        own: Schema = owner.model_json_schema()
        definitions.schemas.update(own.pop("$defs", {}))
        return own

    def read(value: Any, problems: Problems, path: Path) -> Any:
        try:
            return owner.model_validate(value)
        except ValueError as error:
            _add_all(error, words, value, problems, path)
            return None

    return Shape(words, lambda definitions: definitions.refer(owner, lambda: make(definitions)), read)


def _add_all(error: Any, words: str, value: Any, problems: Problems, path: Path) -> None:
    """Take over pydantic's own list of what is wrong; a plain ValueError has none."""
    if not hasattr(error, "errors"):
        problems.add(path, f"{words} ({error})", value)
        return
    for found in error.errors():
        problems.add((*path, *found["loc"]), found["msg"], found["input"])
