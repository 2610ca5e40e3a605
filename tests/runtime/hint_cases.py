"""Type hints, with what they promise and how they read: shared by the tests of schema and binding."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime as dt
import decimal
import enum
import pathlib
import typing
import uuid
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

T = typing.TypeVar("T")
Bound = typing.TypeVar("Bound", bound=float)
UserId = typing.NewType("UserId", int)


class Color(enum.Enum):
    """An enumeration of words."""

    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    """An enumeration of numbers."""

    SMALL = 1
    LARGE = 2


@dataclasses.dataclass
class Flower:
    """A record with defaults."""

    petals: list[float]
    name: str = "iris"
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Tree:
    """A record that contains itself."""

    value: int
    children: list[Tree] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Chain:
    """A record that may contain itself."""

    next: Chain | None = None


@dataclasses.dataclass
class Add:
    """Half of a choice that contains itself."""

    left: Add | Negate | float
    right: Add | Negate | float = 0.0


@dataclasses.dataclass
class Negate:
    """The other half."""

    left: Add | Negate | float


@dataclasses.dataclass
class Positive:
    """A record with an opinion."""

    value: float

    def __post_init__(self) -> None:
        if self.value <= 0:
            raise ValueError("must be above 0")


class Row(typing.TypedDict, total=False):
    """A dictionary with known names."""

    age: typing.Required[int]
    city: str


class Point(typing.NamedTuple):
    """A tuple with names."""

    x: float
    y: float = 0.0


class Strange:
    """A class that says nothing about JSON."""


ROWS = {"type": "array", "items": {"type": "object"}}
COLUMNS = {"type": "object", "additionalProperties": {"type": "array"}}
FLOWER = {
    "type": "object",
    "properties": {
        "petals": {"type": "array", "items": {"type": "number"}},
        "name": {"type": "string", "default": "iris"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["petals"],
    "additionalProperties": False,
}

# hint, schema, pairs of JSON and what the function gets.
READABLE: dict[str, tuple[Any, dict[str, Any], list[tuple[Any, Any]]]] = {
    "int": (int, {"type": "integer"}, [(1, 1), (1.0, 1), (10**30, 10**30)]),
    "float": (float, {"type": "number"}, [(1.5, 1.5), (2, 2.0)]),
    "bool": (bool, {"type": "boolean"}, [(True, True)]),
    "str": (str, {"type": "string"}, [("a", "a"), ("\ud800", "\ud800")]),
    "None": (None, {"type": "null"}, [(None, None)]),
    "Any": (Any, {}, [({"a": [1]}, {"a": [1]})]),
    "object": (object, {}, [([1], [1])]),
    "strange": (Strange, {}, [("x", "x")]),
    "type variable": (T, {}, [(1, 1)]),
    "bound type variable": (Bound, {"type": "number"}, [(1, 1.0)]),
    "new type": (UserId, {"type": "integer"}, [(1, 1)]),
    "annotated": (typing.Annotated[int, object()], {"type": "integer"}, [(1, 1)]),
    "optional": (
        typing.Optional[int],  # noqa: UP045  # the old spelling is the case
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        [(None, None), (3, 3)],
    ),
    "union prefers JSON's own kind": (
        float | int | str,
        {"anyOf": [{"type": "number"}, {"type": "integer"}, {"type": "string"}]},
        [(1, 1), (1.0, 1.0), ("1", "1")],
    ),
    "union with anything": (typing.Union[int, Any], {}, [("x", "x")]),  # noqa: UP007  # the old spelling is the case
    "literal": (typing.Literal["a", 1], {"enum": ["a", 1]}, [("a", "a"), (1.0, 1)]),
    "enum": (Color, {"enum": ["red", "blue"]}, [("blue", Color.BLUE)]),
    "int enum": (Size, {"enum": [1, 2]}, [(2, Size.LARGE)]),
    "list": (list, {"type": "array"}, [([1, "a"], [1, "a"])]),
    "list of int": (list[int], {"type": "array", "items": {"type": "integer"}}, [([], []), ([1, 2.0], [1, 2])]),
    "old list": (typing.List[float], {"type": "array", "items": {"type": "number"}}, [([1.0, 2], [1.0, 2.0])]),  # noqa: UP006
    "nested list": (
        list[list[bool]],
        {"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}},
        [([[True], []], [[True], []])],
    ),
    "sequence": (
        collections.abc.Sequence[str],
        {"type": "array", "items": {"type": "string"}},
        [(["a"], ["a"])],
    ),
    "set": (set[int], {"type": "array", "items": {"type": "integer"}}, [([1, 1, 2], {1, 2})]),
    "frozenset": (frozenset[str], {"type": "array", "items": {"type": "string"}}, [(["a"], frozenset({"a"}))]),
    "deque": (collections.deque[int], {"type": "array", "items": {"type": "integer"}}, [([1], collections.deque([1]))]),
    "tuple": (tuple, {"type": "array"}, [([1, "a"], (1, "a"))]),
    "tuple of any length": (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}, [([1, 2], (1, 2))]),
    "tuple of two": (
        tuple[int, str],
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
        [([1, "a"], (1, "a"))],
    ),
    "dict": (dict, {"type": "object"}, [({"a": 1}, {"a": 1})]),
    "dict of float": (
        dict[str, float],
        {"type": "object", "additionalProperties": {"type": "number"}},
        [({"a": 1}, {"a": 1.0})],
    ),
    "dict by number": (
        collections.abc.Mapping[int, str],
        {"type": "object", "additionalProperties": {"type": "string"}},
        [({"12": "a"}, {12: "a"})],
    ),
    "dict by enum": (dict[Color, Any], {"type": "object"}, [({"red": 1}, {Color.RED: 1})]),
    "dataclass": (
        Flower,
        {"$ref": "#/$defs/Flower", "$defs": {"Flower": FLOWER}},
        [({"petals": [1]}, Flower([1.0])), ({"petals": [], "name": "x"}, Flower([], "x"))],
    ),
    "recursive dataclass": (
        Tree,
        {
            "$ref": "#/$defs/Tree",
            "$defs": {
                "Tree": {
                    "type": "object",
                    "properties": {
                        "value": {"type": "integer"},
                        "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
                    },
                    "required": ["value"],
                    "additionalProperties": False,
                }
            },
        },
        [({"value": 1, "children": [{"value": 2}]}, Tree(1, [Tree(2)]))],
    ),
    "typed dict": (
        Row,
        {
            "$ref": "#/$defs/Row",
            "$defs": {
                "Row": {
                    "type": "object",
                    "properties": {"age": {"type": "integer"}, "city": {"type": "string"}},
                    "required": ["age"],
                    "additionalProperties": False,
                }
            },
        },
        [({"age": 3}, {"age": 3})],
    ),
    "named tuple": (
        Point,
        {
            "$ref": "#/$defs/Point",
            "$defs": {
                "Point": {
                    "type": "object",
                    "properties": {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}},
                    "required": ["x"],
                    "additionalProperties": False,
                }
            },
        },
        [({"x": 1}, Point(1.0, 0.0))],
    ),
    "datetime": (
        dt.datetime,
        {"type": "string", "format": "date-time"},
        [
            ("2024-02-03T04:05:06.789Z", dt.datetime(2024, 2, 3, 4, 5, 6, 789000, dt.UTC)),
            ("2024-02-03T04:05:06", dt.datetime(2024, 2, 3, 4, 5, 6)),  # noqa: DTZ001  # the case is a naive one
        ],
    ),
    "date": (dt.date, {"type": "string", "format": "date"}, [("2024-02-29", dt.date(2024, 2, 29))]),
    "time": (dt.time, {"type": "string", "format": "time"}, [("04:05:06", dt.time(4, 5, 6))]),
    "timedelta": (dt.timedelta, {"type": "number"}, [(90, dt.timedelta(minutes=1.5))]),
    "uuid": (
        uuid.UUID,
        {"type": "string", "format": "uuid"},
        [("12345678-1234-5678-1234-567812345678", uuid.UUID("12345678123456781234567812345678"))],
    ),
    "bytes": (bytes, {"type": "string", "contentEncoding": "base64"}, [("AP8=", b"\x00\xff")]),
    "path": (pathlib.Path, {"type": "string"}, [("a/b", pathlib.Path("a/b"))]),
    "decimal": (
        decimal.Decimal,
        {"anyOf": [{"type": "number"}, {"type": "string", "format": "decimal"}]},
        [(0.1, decimal.Decimal("0.1")), ("0.10", decimal.Decimal("0.10"))],
    ),
    "numpy float": (np.float32, {"type": "number"}, [(1, 1.0)]),
    "numpy int": (np.int64, {"type": "integer"}, [(1, 1)]),
    "numpy bool": (np.bool_, {"type": "boolean"}, [(True, True)]),
    "numpy datetime": (
        np.datetime64,
        {"type": "string", "format": "date-time"},
        [("2024-02-03", np.datetime64("2024-02-03"))],
    ),
    "timestamp": (
        pd.Timestamp,
        {"type": "string", "format": "date-time"},
        [("2024-02-03T04:05:06Z", pd.Timestamp("2024-02-03T04:05:06Z"))],
    ),
    "array": (
        np.ndarray,
        {"type": "array", "description": "nested arrays of equal lengths"},
        [
            ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
            ([1.5, None], np.array([1.5, np.nan])),
            (["a", "b"], np.array(["a", "b"])),
            ([], np.array([])),
        ],
    ),
    "array of float32": (
        npt.NDArray[np.float32],
        {"type": "array", "description": "nested arrays of equal lengths, of float32"},
        [([1, 2.5], np.array([1, 2.5], dtype="float32")), ([], np.array([], dtype="float32"))],
    ),
    "array of int": (
        npt.NDArray[np.integer[Any]],
        {"type": "array", "description": "nested arrays of equal lengths, of int64"},
        [([1, 2.0], np.array([1, 2]))],
    ),
    "frame": (
        pd.DataFrame,
        {"anyOf": [ROWS, COLUMNS]},
        [
            ([{"a": 1, "b": "x"}, {"a": 2, "b": None}], pd.DataFrame({"a": [1, 2], "b": ["x", None]})),
            ({"a": [1, 2], "b": ["x", None]}, pd.DataFrame({"a": [1, 2], "b": ["x", None]})),
        ],
    ),
    "series": (pd.Series, {"type": "array"}, [([1.5, 2], pd.Series([1.5, 2.0]))]),
}

# hint, JSON, and the problems: field, expected, got.
UNREADABLE: dict[str, tuple[Any, Any, list[tuple[str, str, str]]]] = {
    "bool is not int": (int, True, [("value", "integer", "true")]),
    "bool is not float": (float, False, [("value", "number", "false")]),
    "int is not bool": (bool, 1, [("value", "boolean", "number 1")]),
    "fraction is not int": (int, 1.5, [("value", "integer", "number 1.5")]),
    "too large for float": (float, 10**400, [("value", "number", f"number 1{'0' * 59}…")]),
    "too long to print": (float, 10**5000, [("value", "number", "number of thousands of digits")]),
    "text is not number": (float, "1", [("value", "number", 'string "1"')]),
    "null": (str, None, [("value", "string", "null")]),
    "optional tells of what it is not": (list[int] | None, ["a"], [("value[0]", "integer", 'string "a"')]),
    "union": (int | str, [], [("value", "integer or string", "array of 0")]),
    "literal knows true from 1": (typing.Literal[1, "a"], True, [("value", 'one of 1, "a"', "true")]),
    "enum by name": (Color, "RED", [("value", 'one of "red", "blue"', 'string "RED"')]),
    "object for list": (list, {"a": 1}, [("value", "array", "object with a")]),
    "each item": (
        list[int],
        [1, "a", 2, None],
        [("value[1]", "integer", 'string "a"'), ("value[3]", "integer", "null")],
    ),
    "unhashable in a set": (set, [[1]], [("value", "array (unhashable type: 'list')", "array of 1")]),
    "tuple too short": (tuple[int, int], [1], [("value", "array of exactly 2", "array of 1")]),
    "tuple inside": (tuple[int, int], [1, "x"], [("value[1]", "integer", 'string "x"')]),
    "key": (dict[int, int], {"a": 1}, [("value.a", "integer as the name", 'string "a"')]),
    "values": (dict[str, int], {"a": "x"}, [("value.a", "integer", 'string "x"')]),
    "record": (
        Flower,
        {"petals": [1, "x"], "colour": 1},
        [("value.petals[1]", "number", 'string "x"'), ("value.colour", "one of petals, name, tags", "number 1")],
    ),
    "record without": (Flower, {}, [("value.petals", "array of number", "nothing")]),
    "record is no array": (Point, [1, 2], [("value", "object (Point)", "array of 2")]),
    "record refuses": (
        Positive,
        {"value": 0},
        [("value", "object (Positive) (must be above 0)", "object with value")],
    ),
    "inside itself": (
        Tree,
        {"value": 1, "children": [{"value": "x"}]},
        [("value.children[0].value", "integer", 'string "x"')],
    ),
    "no such day": (dt.date, "2023-02-29", [("value", "date (ISO 8601)", 'string "2023-02-29"')]),
    "now": (pd.Timestamp, "now", [("value", "date and time (ISO 8601)", 'string "now"')]),
    "too long a time": (dt.timedelta, 1e300, [("value", "number of seconds", "number 1e+300")]),
    "no base64": (bytes, "é", [("value", "base64", 'string "é"')]),
    "ragged": (np.ndarray, [[1], [2, 3]], [("value", "nested arrays of equal lengths", "array of 2")]),
    "mixed": (np.ndarray, [1, "a"], [("value", "nested arrays of equal lengths", "array of 2")]),
    "objects in an array": (np.ndarray, [{}], [("value", "nested arrays of equal lengths", "array of 1")]),
    "words for numbers": (
        npt.NDArray[np.float64],
        ["1.5"],
        [("value", "nested arrays of equal lengths, of float64", "array of 1")],
    ),
    "fractions for integers": (
        npt.NDArray[np.int64],
        [1.5],
        [("value", "nested arrays of equal lengths, of int64", "array of 1")],
    ),
    "too large for uint8": (
        npt.NDArray[np.uint8],
        [300],
        [("value", "nested arrays of equal lengths, of uint8", "array of 1")],
    ),
    "null for integers": (
        npt.NDArray[np.int64],
        [None],
        [("value", "nested arrays of equal lengths, of int64", "array of 1")],
    ),
    "rows": (
        pd.DataFrame,
        [{"a": 1, "b": 2}, 3, {"a": 1, "c": 2}],
        [
            ("value[1]", "object", "number 3"),
            ("value[2].b", "a value or null", "nothing"),
            ("value[2].c", "a name that the first row has", "number 2"),
        ],
    ),
    "columns": (
        pd.DataFrame,
        {"a": [1, 2], "b": [1], "c": 3},
        [("value.b", "array of 2, like the first column", "array of 1"), ("value.c", "array", "number 3")],
    ),
    "frame of number": (
        pd.DataFrame,
        1,
        [("value", "array of objects (rows), or object of arrays (columns)", "number 1")],
    ),
    "series of object": (pd.Series, {"a": 1}, [("value", "array", "object with a")]),
}
