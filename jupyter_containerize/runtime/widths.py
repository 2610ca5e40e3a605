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
# ``least`` is how many arrays there have to be of the latter.
Widths = Mapping[str, Mapping[str, int]]


def with_widths(members: Sequence[Member], widths: Widths) -> tuple[Member, ...]:
    """Return the parameters; those of a known width take arrays of that length only."""
    return tuple(
        dataclasses.replace(item, shape=_fixed(item.shape, widths[item.name])) if item.name in widths else item
        for item in members
    )


def _fixed(shape: Shape, width: Mapping[str, int]) -> Shape:
    length, least, is_flat = width["items"], width.get("least", 0), width["depth"] == 0
    check = _one(length) if is_flat else _several(length, least)
    bounds = {"type": "array", "minItems": length, "maxItems": length}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        before = problems.count
        check.read(value, problems, path)
        return None if problems.count > before else shape.read(value, problems, path)

    def schema(definitions: Definitions) -> Schema:
        inner = shape.schema(definitions)
        if is_flat:
            return {**inner, **bounds}
        some = {"minItems": least} if least else {}
        return {**inner, "type": "array", **some, "items": {**inner.get("items", {}), **bounds}}

    return Shape(check.words, schema, read)


def _one(length: int) -> Shape:
    words = f"array of {length}"

    def read(value: Any, problems: Problems, path: Path) -> None:
        if not isinstance(value, list) or len(value) != length:
            problems.add(path, words, value)

    return Shape(words, lambda _: {}, read)


def _several(length: int, least: int) -> Shape:
    words = f"{'one or more' if least else 'array of'} arrays of {length}"
    row = _one(length)

    def read(value: Any, problems: Problems, path: Path) -> None:
        if not isinstance(value, list) or len(value) < least:
            problems.add(path, words, value)
        # The usual request, at C speed.
        elif {*map(type, value)} != {list} or {*map(len, value)} != {length}:
            for index, item in enumerate(value):
                row.read(item, problems, (*path, index))

    return Shape(words, lambda _: {}, read)
