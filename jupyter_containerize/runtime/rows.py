"""The rows that a fitted model is asked about: their shapes, and a notebook's own values as such rows.

A model knows the names or the number of its features, and a row is an object with exactly those names, or an array
of that length. Rows reach the model's function as JSON has them: dicts, lists, or strings; numbers as floats where
every feature is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .containers import array, record
from .problems import Path, Problems
from .shapes import ANYTHING, NUMBER, STRING, Definitions, Member, Schema, Shape


def _as_it_is(words: str, types: Sequence[str], kinds: frozenset[type]) -> Shape:
    """Return a value without parts of a few kinds, given to the model as it came."""

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if type(value) not in kinds:
            problems.add(path, words, value)
        return value

    return Shape(words, lambda _: {"type": list(types)}, read)


def _number_or_null(value: Any, problems: Problems, path: Path) -> Any:
    return None if value is None else NUMBER.read(value, problems, path)


NUMBER_OR_NULL = Shape("number or null", lambda _: {"type": ["number", "null"]}, _number_or_null)
# What a column of a table holds when the model brings its own encoders: 3 and 3.0 can be two categories.
CELL = _as_it_is(
    "number, string, boolean or null",
    ("number", "string", "boolean", "null"),
    frozenset({int, float, str, bool, type(None)}),
)


class Row:
    """Names the schema of one row."""


def named_rows(names: Sequence[str], cell: Shape, *, defaults: Sequence[tuple[str, float]] = ()) -> Shape:
    """Return an array of objects with exactly these names, any text each; those in ``defaults`` may be absent."""
    given = dict(defaults)
    members = tuple(
        Member(name, cell, name not in given, given[name]) if name in given else Member(name, cell, required=True)
        for name in names
    )
    rows = array(record(Row, lambda: members, dict), list)
    wanted = set(names)

    def plain(row: Any) -> Any:
        return dict(zip(row, map(float, row.values()))) if row.keys() == wanted else None

    return _quick(rows, dict, lambda row: row.values(), plain) if cell is not CELL else rows


def number_rows(width: int, cell: Shape = NUMBER) -> Shape:
    """Return an array of arrays of ``width`` numbers."""
    words = f"array of {width} numbers"
    items = array(cell, list)

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if isinstance(value, list) and len(value) != width:
            problems.add(path, words, value)
            return None
        return items.read(value, problems, path)

    def schema(definitions: Definitions) -> Schema:
        return {**items.schema(definitions), "minItems": width, "maxItems": width}

    rows = array(Shape(words, schema, read), list)
    return _quick(rows, list, lambda row: row, lambda row: [*map(float, row)] if len(row) == width else None)


def text_rows() -> Shape:
    """Return an array of strings."""
    return array(STRING, list)


def any_rows() -> Shape:
    """Return an array of anything, for models that do not say what they take."""
    return array(ANYTHING, list)


def nested_numbers(sizes: Sequence[int | None]) -> Shape:
    """Return an array of rows, each nested as deep as there are ``sizes``; ``None`` is any length."""
    shape = NUMBER
    for size in reversed(sizes):
        shape = array(shape, list) if size is None else _sized(shape, size)
    return array(shape, list)


def _sized(items: Shape, size: int) -> Shape:
    inner = array(items, list)
    words = f"array of {size}"

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if isinstance(value, list) and len(value) != size:
            problems.add(path, words, value)
            return None
        return inner.read(value, problems, path)

    def schema(definitions: Definitions) -> Schema:
        return {**inner.schema(definitions), "minItems": size, "maxItems": size}

    return Shape(words, schema, read)


def _quick(rows: Shape, kind: type, values: Callable[[Any], Any], plain: Callable[[Any], Any]) -> Shape:
    """Return the same shape, which reads rows of plain numbers at C speed: the usual request is nothing else."""
    numbers = {int, float}

    def read(value: Any, problems: Problems, path: Path) -> Any:
        if isinstance(value, list):
            try:
                found = [
                    plain(row) if type(row) is kind and {*map(type, values(row))} <= numbers else None for row in value
                ]
            except OverflowError:
                # An integer beyond every float; the other way says where it is.
                found = [None]
            if None not in found:
                return found
        return rows.read(value, problems, path)

    return Shape(rows.words, rows.schema, read)


def as_rows(value: Any, names: Sequence[str], most: int) -> list[Any]:
    """Return the first rows of what a notebook gave to a model: a frame, an array, a tensor, or a list.

    Frames give objects, of the columns in ``names`` where they have all of those; arrays as wide as there are names
    do, too.

    Raises:
        TypeError: it has no rows that JSON could have.
    """
    if hasattr(value, "columns") and hasattr(value, "head"):
        head = value.head(most)
        head = head.to_pandas() if hasattr(head, "to_pandas") else head
        found = [dict(zip(map(str, head.columns), row)) for row in head.itertuples(index=False, name=None)]
        wanted = names if names and all(name in map(str, head.columns) for name in names) else None
        return [{name: row[name] for name in wanted} for row in found] if wanted else found
    rows = _listed(value, most)
    if names and rows and all(isinstance(row, (list, tuple)) and len(row) == len(names) for row in rows):
        return [dict(zip(names, row)) for row in rows]
    return rows


def _listed(value: Any, most: int) -> list[Any]:
    for step in ("detach", "cpu", "numpy"):
        # A tensor of torch takes all three, one of tensorflow the last.
        value = getattr(value, step)() if callable(getattr(value, step, None)) else value
    if hasattr(value, "toarray"):
        value = value[:most].toarray()
    if isinstance(value, str):
        return [value]
    if not hasattr(value, "__getitem__") or isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} has no rows")
    rows = getattr(value, "iloc", value)[:most]
    return list(rows.tolist() if hasattr(rows, "tolist") else rows)
