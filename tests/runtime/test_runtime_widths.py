"""Arrays of a length that the build found out: refused at the door, shown in the schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_containerize.runtime.binding import BodyRejected, read_body
from jupyter_containerize.runtime.schema import describe, read_signature

ROWS = {"rows": {"depth": 1, "items": 3}}
SOME = {"rows": {"depth": 1, "items": 3, "least": 1}}
ROW = {"rows": {"depth": 0, "items": 3}}
CELLS = {"rows": {"depth": 1, "items": 3, "cells": ["boolean", "number"]}}

DIGITS = {"rows": {"depth": 0, "items": 2, "cells": ["decimal", "number"]}}


def plain(rows):  # type: ignore[no-untyped-def]  # as most notebooks have it
    """Take anything."""
    return rows


def hinted(rows: list[list[float]]) -> list[list[float]]:
    """Take rows."""
    return rows


def optional(rows: list[list[float]] | None = None) -> Any:
    """Take rows or nothing."""
    return rows


TAKEN = {
    "rows": (plain, ROWS, [[1, 2, 3], [4, 5, 6]]),
    "no rows": (plain, ROWS, []),
    "rows with a hint": (hinted, SOME, [[1.0, 2.0, 3.0]]),
    "a row": (plain, ROW, [1, "x", None]),
    "numbers as strings": (plain, DIGITS, ["-1.5e3", 2]),
    "cells of the kinds": (plain, CELLS, [[1, 2.5, True]]),
}


@pytest.mark.parametrize(("function", "widths", "value"), TAKEN.values(), ids=TAKEN)
def test_read_body__array_of_the_width__is_taken(function: Any, widths: Any, value: Any) -> None:
    """What fits reaches the function as it would without."""
    assert read_body(read_signature(function, widths), {"rows": value}) == {"rows": value}


REFUSED = {
    "a short row": (plain, ROWS, [[1, 2, 3], [4, 5]], ("rows[1]", "array of 3", "array of 2")),
    "a long row": (hinted, ROWS, [[1.0, 2.0, 3.0, 4.0]], ("rows[0]", "array of 3", "array of 4")),
    "no array in the array": (plain, ROWS, [1, 2, 3], ("rows[0]", "array of 3", "number 1")),
    "no array": (plain, ROWS, "x", ("rows", "array of arrays of 3", 'string "x"')),
    "null": (optional, ROWS, None, ("rows", "array of arrays of 3", "null")),
    "none where there has to be one": (hinted, SOME, [], ("rows", "one or more arrays of 3", "array of 0")),
    "a short array": (plain, ROW, [1], ("rows", "array of 3", "array of 1")),
    "a word for a number": (plain, DIGITS, [1, "x"], ("rows[1]", "number as a string or number", 'string "x"')),
    "another cell": (plain, CELLS, [[1, 2.5, None]], ("rows[0][2]", "boolean or number", "null")),
    "a word": (hinted, ROWS, [[1, "x", 3]], ("rows[0][1]", "number", 'string "x"')),
}


@pytest.mark.parametrize(("function", "widths", "value", "said"), REFUSED.values(), ids=REFUSED)
def test_read_body__array_of_another_width__is_refused_by_name(
    function: Any, widths: Any, value: Any, said: tuple[str, str, str]
) -> None:
    """The client is told which array, how long it has to be and how long it is."""
    with pytest.raises(BodyRejected) as caught:
        read_body(read_signature(function, widths), {"rows": value})
    first = caught.value.problems[0]
    assert (first.field, first.expected, first.got) == said


SCHEMAS = {
    "rows": (plain, SOME, {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 3, "maxItems": 3}}),
    "hinted": (
        hinted,
        ROWS,
        {"type": "array", "items": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}},
    ),
    "cells": (
        plain,
        CELLS,
        {
            "type": "array",
            "items": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": ["boolean", "number"]}},
        },
    ),
    "numbers as strings": (
        plain,
        DIGITS,
        {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["number", "string"], "format": "decimal"}},
    ),
    "a row": (plain, ROW, {"type": "array", "minItems": 3, "maxItems": 3}),
}


@pytest.mark.parametrize(("function", "widths", "schema"), SCHEMAS.values(), ids=SCHEMAS)
def test_describe__known_width__is_in_the_schema(function: Any, widths: Any, schema: dict[str, Any]) -> None:
    """So clients, forms and OpenAPI have it."""
    assert describe(function, widths)["inputs"]["properties"]["rows"] == schema
    json.dumps(schema)
