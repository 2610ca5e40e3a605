"""How long arrays have to be, where hints do not say: what the build found out, as part of the parameters' shapes.

A function whose rows go to a model takes rows as wide as the model was trained on, and raises for all others. The
build asks it and writes into ``model.json`` what it found, so that a row of another width is the caller's mistake.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .problems import Path, Problems
from .shapes import Definitions, Member, Schema, Shape

# By parameter ``items``, the length of arrays: of the parameter itself (``depth`` 0), or of each array in it (1);
# ``least`` is how many arrays there have to be of the latter, ``cells`` the kinds of JSON that they may hold.
Widths = Mapping[str, Mapping[str, Any]]
_NUMBERS = {int, float}
_DECIMAL = "decimal"
_TYPES: Mapping[str, tuple[type, ...]] = {
    _DECIMAL: (str,),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def with_widths(members: Sequence[Member], widths: Widths) -> tuple[Member, ...]:
    """Return the parameters; those of a known width take arrays of that length only."""
    return tuple(
        dataclasses.replace(item, shape=_fixed(item.shape, widths[item.name])) if item.name in widths else item
        for item in members
    )


def _fixed(shape: Shape, width: Mapping[str, Any]) -> Shape:
    one = _one(width["items"], width.get("cells"))
    check = one if width["depth"] == 0 else _several(one, width["items"], width.get("least", 0))

    def read(value: Any, problems: Problems, path: Path) -> Any:
        before = problems.count
        check.read(value, problems, path)
        return None if problems.count > before else shape.read(value, problems, path)

    def schema(definitions: Definitions) -> Schema:
        return _both(shape.schema(definitions), check.schema(definitions))

    return Shape(check.words, schema, read)


def _one(length: int, cells: Sequence[str] | None) -> Shape:
    words = f"array of {length}"
    check = _cell(cells) if cells else None

    def schema(definitions: Definitions) -> Schema:
        items = {"items": check.schema(definitions)} if check is not None else {}
        return {"type": "array", "minItems": length, "maxItems": length, **items}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if not isinstance(value, list) or len(value) != length:
            problems.add(path, words, value)
        # The usual row, at C speed.
        elif check is not None and not {*map(type, value)} <= _NUMBERS:
            for index, cell in enumerate(value):
                check.read(cell, problems, (*path, index))

    return Shape(words, schema, read)


def _cell(kinds: Sequence[str]) -> Shape:
    """Return a value of some kinds; ``decimal`` are strings that Python reads as numbers, as libraries do."""
    words = " or ".join("number as a string" if kind == _DECIMAL else kind for kind in kinds)
    types = {kind for name in kinds for kind in _TYPES[name]}
    is_decimal = _DECIMAL in kinds
    names = sorted({"string" if kind == _DECIMAL else kind for kind in kinds})
    schema = {"type": names if len(names) > 1 else names[0], **({"format": _DECIMAL} if is_decimal else {})}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if type(value) not in types or (is_decimal and type(value) is str and not _is_decimal(value)):
            problems.add(path, words, value)

    return Shape(words, lambda _: dict(schema), read)


def _is_decimal(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _several(row: Shape, length: int, least: int) -> Shape:
    words = f"{'one or more' if least else 'array of'} arrays of {length}"
    some = {"minItems": least} if least else {}

    def read(value: Any, problems: Problems, path: Path) -> None:
        if not isinstance(value, list) or len(value) < least:
            problems.add(path, words, value)
            return
        for index, item in enumerate(value):
            row.read(item, problems, (*path, index))

    return Shape(words, lambda definitions: {"type": "array", **some, "items": row.schema(definitions)}, read)


def _both(hinted: Schema, found: Schema) -> Schema:
    """Return the schema of arrays that fit both; where both name a kind, what was found is as narrow or narrower."""
    items = _both(hinted["items"], found["items"]) if "items" in hinted and "items" in found else {}
    return {**hinted, **found, **({"items": items} if items else {})}
