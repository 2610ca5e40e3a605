"""Rows as calls of any endpoint, and its results as a prediction for each row."""

from __future__ import annotations

from typing import Any, NamedTuple

import asked_with_rows as asked
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_containerize.runtime.binding import BodyRejected
from jupyter_containerize.runtime.problems import Problem
from jupyter_containerize.runtime.protocols.given import Given, columns_at, rows_at, split_at
from jupyter_containerize.runtime.protocols.interface import Interface
from jupyter_containerize.runtime.routes import Endpoint

FOUR, ROWS = asked.FOUR, asked.ROWS
NAMED, PLAIN = asked.endpoint_of(asked.NAMED), asked.endpoint_of(asked.PLAIN)
BY_NAME = [dict(zip(FOUR, row, strict=True)) for row in ROWS]
BY_COLUMN = {name: [row[place] for row in ROWS] for place, name in enumerate(FOUR)}
MATRIX = asked.endpoint_of(asked.matrix, {"values": [[1.0, 2.0]]})
VECTOR = asked.endpoint_of(asked.matrix, {"values": [1.0, 2.0]})
FRAME = asked.endpoint_of(asked.frame, {"table": [{"a": 1.0, "b": 2.0}]})


class Case(NamedTuple):
    """Rows for an endpoint, and the predictions."""

    endpoint: Endpoint
    given: Given
    predictions: list[Any]
    calls: int = 1


ANSWERED = {
    "named model, arrays": Case(NAMED, rows_at("instances", ROWS), ["setosa", "virginica"]),
    "named model, objects": Case(NAMED, rows_at("instances", BY_NAME), ["setosa", "virginica"]),
    "named model, columns": Case(NAMED, columns_at("inputs", BY_COLUMN), ["setosa", "virginica"]),
    "named model, split in another order": Case(
        NAMED, split_at("data", FOUR[::-1], [row[::-1] for row in ROWS]), ["setosa", "virginica"]
    ),
    "plain model, arrays": Case(PLAIN, rows_at("instances", ROWS), [0, 2]),
    "plain model, columns": Case(PLAIN, columns_at("inputs", BY_COLUMN), [0, 2]),
    "plain model, by the parameter's name": Case(PLAIN, rows_at("instances", [{"rows": row} for row in ROWS]), [0, 2]),
    "by name": Case(
        asked.endpoint_of(asked.person),
        rows_at("instances", [{"age": 3, "town": "Ulm"}, {"age": 4, "town": "Bonn", "tall": True}]),
        [{"text": "Ulm 3", "tall": False}, {"text": "Bonn 4", "tall": True}],
        2,
    ),
    "by position": Case(
        asked.endpoint_of(asked.person), rows_at("instances", [[3, "Ulm"]]), [{"text": "Ulm 3", "tall": False}]
    ),
    "one row each": Case(asked.endpoint_of(asked.features), rows_at("instances", [[1, 2], [3, 4, 5]]), [3, 12], 2),
    "one row each, by name": Case(asked.endpoint_of(asked.features), rows_at("i", [{"features": [1, 2]}]), [3]),
    "one row each, columns": Case(
        asked.endpoint_of(asked.features), columns_at("i", {"a": [1, 2], "b": [3, 4]}), [4, 6], 2
    ),
    "one number each": Case(
        asked.endpoint_of(asked.half), rows_at("instances", [1, [3], {"x": 5}]), [0.5, 1.5, 2.5], 3
    ),
    "one number each, of two": Case(
        asked.endpoint_of(asked.scaled), rows_at("i", [1, {"x": 1, "factor": 5}, [1, 4]]), [2, 5, 4], 3
    ),
    "one record each": Case(
        asked.endpoint_of(asked.flat), rows_at("i", [{"size": 3}, {"flat": {"size": 4}}]), ["Ulm: 3", "Ulm: 4"], 2
    ),
    "table of records": Case(
        asked.endpoint_of(asked.flats), rows_at("i", [{"size": 3}, [4, "Bonn"]]), ["3 EUR", "4 EUR"]
    ),
    "texts": Case(asked.endpoint_of(asked.words), rows_at("i", ["a", ["bc"], {"texts": "def"}]), [1, 2, 3]),
    "array of two dimensions": Case(MATRIX, rows_at("i", [[1, 2], [3, 4]]), [3, 7]),
    "array of one dimension": Case(VECTOR, rows_at("i", [[1, 2], [3, 4]]), [3, 7], 2),
    "numbers that are known to be rows": Case(
        asked.endpoint_of(lambda features: [2 * x for x in features], {"features": [1.0]}, batch="features"),
        rows_at("i", [1, 2]),
        [2, 4],
    ),
    "frame, objects": Case(FRAME, rows_at("i", [{"a": 1, "b": 2}]), [3]),
    "frame, arrays": Case(FRAME, rows_at("i", [[1, 2], [3, 4]]), [3, 7]),
    "frame without example": Case(asked.endpoint_of(asked.frame), rows_at("i", [{"a": 1, "b": 2}]), [3]),
    "answer by column": Case(
        asked.endpoint_of(asked.columns),
        rows_at("i", [{"a": 1}, {"a": 2}]),
        [{"size": 1, "name": "1"}, {"size": 2, "name": "2"}],
    ),
    "one answer for all": Case(asked.endpoint_of(asked.summary), rows_at("i", [[1, 2], [3, 4]]), [{"total": 10}]),
    "any names": Case(asked.endpoint_of(asked.anything), rows_at("i", [{"a": 1}]), [{"a": 1}]),
    "no rows": Case(NAMED, rows_at("instances", []), [], 0),
}


@pytest.mark.parametrize("case", ANSWERED.values(), ids=ANSWERED)
def test_calls__rows_that_fit__give_a_prediction_each(case: Case) -> None:
    """Whatever the function takes, each row has its prediction, in as few calls as can be."""
    interface = Interface(case.endpoint)
    calls = interface.calls(case.given)
    assert len(calls) == case.calls
    results = [case.endpoint.function(**arguments) for arguments in calls]
    assert interface.predictions(results, len(case.given.rows)) == case.predictions


REFUSED: dict[str, tuple[Endpoint, Given, list[tuple[str, str]]]] = {
    "object's value": (
        NAMED,
        rows_at("instances", [{**BY_NAME[0], FOUR[1]: "x"}]),
        [(f"instances[0].{FOUR[1]}", "number")],
    ),
    "array's value": (NAMED, rows_at("instances", [ROWS[0], [1, 2, "x", 4]]), [("instances[1][2]", "number")]),
    "array too short": (NAMED, rows_at("instances", [[1, 2]]), [("instances[0]", "array of 4, or object")]),
    "column's value": (
        NAMED,
        columns_at("inputs", {**BY_COLUMN, FOUR[0]: [1, "x"]}),
        [(f"inputs.{FOUR[0]}[1]", "number")],
    ),
    "column that is missing": (
        NAMED,
        columns_at("inputs", {name: BY_COLUMN[name] for name in FOUR[1:]}),
        [(f"inputs.{FOUR[0]}", "number")],
    ),
    "split value": (NAMED, split_at("data", FOUR, [[1, 2, 3, None]]), [("data[0][3]", "number")]),
    "column of a plain model": (
        PLAIN,
        columns_at("inputs", {**BY_COLUMN, FOUR[2]: [1, "x"]}),
        [(f"inputs.{FOUR[2]}[1]", "number")],
    ),
    "by name": (
        asked.endpoint_of(asked.person),
        rows_at("instances", [{"age": "x"}, 3]),
        [("instances[0].age", "number"), ("instances[0].town", "string")],
    ),
    "nothing by position": (
        asked.endpoint_of(asked.person),
        rows_at("i", [3]),
        [("i[0]", "object with age, town, tall, or array of them in this order")],
    ),
    "one row each": (asked.endpoint_of(asked.features), rows_at("i", [[1], [1, "x"]]), [("i[1][1]", "number")]),
    "record inside": (asked.endpoint_of(asked.flat), rows_at("i", [{"size": "x"}]), [("i[0].size", "number")]),
    "row that is none": (PLAIN, rows_at("i", [3]), [("i[0]", "array of number or null")]),
}


@pytest.mark.parametrize(("endpoint", "given_rows", "problems"), REFUSED.values(), ids=REFUSED)
def test_calls__rows_that_do_not_fit__are_named_as_the_caller_wrote_them(
    endpoint: Endpoint, given_rows: Given, problems: list[tuple[str, str]]
) -> None:
    """A refusal names the place in the request and not in the function's argument."""
    with pytest.raises(BodyRejected) as caught:
        Interface(endpoint).calls(given_rows)
    assert [(item.field, item.expected) for item in caught.value.problems][: len(problems)] == problems


SHAPELESS: dict[str, Any] = {
    "rows that are none": lambda: rows_at("instances", {"a": 1}),
    "no columns": lambda: columns_at("inputs", {}),
    "columns of other lengths": lambda: columns_at("inputs", {"a": [1], "b": [1, 2]}),
    "a column that is none": lambda: columns_at("inputs", {"a": [1], "b": 2}),
    "a name twice": lambda: split_at("data", ["a", "a"], [[1, 2]]),
    "a row as long as no names": lambda: split_at("data", ["a"], [[1, 2]]),
    "no rows at all": lambda: split_at("data", ["a"], 3),
}


@pytest.mark.parametrize("make", SHAPELESS.values(), ids=SHAPELESS)
def test_given__no_table__is_refused(make: Any) -> None:
    """What has no rows is refused before any endpoint is asked."""
    with pytest.raises(BodyRejected):
        make()


def test_calls__options_beside_rows__reach_the_function() -> None:
    """A parameter that is no part of rows is given for all of them."""
    endpoint = asked.endpoint_of(asked.flats)
    interface = Interface(endpoint)
    assert interface.options == ("currency",)
    calls = interface.calls(rows_at("i", [{"size": 3}]), {"currency": "CHF"})
    assert endpoint.function(**calls[0]) == ["3 CHF"]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.sampled_from(FOUR),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2) | st.sampled_from(FOUR), inner, max_size=4)
    ),
    max_leaves=8,
)
ENDPOINTS = [case.endpoint for case in ANSWERED.values()]


@settings(deadline=None, max_examples=200)
@given(endpoint=st.sampled_from(ENDPOINTS), rows=st.lists(_VALUES, max_size=4))
def test_calls__any_rows__are_arguments_or_refused(endpoint: Endpoint, rows: list[Any]) -> None:
    """No JSON at all makes anything but calls or a refusal with places."""
    problems: tuple[Problem, ...] = ()
    calls: list[dict[str, Any]] = []
    try:
        calls = Interface(endpoint).calls(rows_at("instances", rows))
    except BodyRejected as error:
        problems = error.problems
    assert len(calls) <= max(1, len(rows))
    assert bool(calls) != bool(problems) or not rows
    assert all(item.field.startswith("instances") for item in problems)
