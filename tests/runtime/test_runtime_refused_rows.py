"""Rows of the kind that a fitted model takes, and that it refuses all the same: no error of the server's."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from runtime_asking import answering, ask, endpoint, predict, serving
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.estimators import predict_of

PEOPLE = pd.DataFrame({"age": [30.0, 20.0, 50.0, 41.0], "town": ["Bonn", "Ulm", "Rom", "Bonn"]})
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def mixed() -> App:
    """A pipeline that takes any cell, as far as the schema can tell."""
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town"]), remainder="passthrough")
    model = make_pipeline(columns, RandomForestRegressor(n_estimators=2, random_state=0)).fit(PEOPLE, [1, 2, 3, 4])
    return serving(predict_of(model))


ROWS = {
    "a word where numbers were": {"age": "old", "town": "Bonn"},
    "a truth where words were": {"age": 30, "town": True},
    "a number beyond the model's own": {"age": 1e300, "town": "Bonn"},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_predict__model_refuses_the_rows__is_the_clients_mistake(
    mixed: App, row: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What the schema could not tell is refused with 422; the log says why, and nothing counts as an error."""
    with caplog.at_level(logging.WARNING):
        status, answer = predict(mixed, json.dumps({"rows": [row]}).encode())
    assert (status, "rows" in answer["detail"]) == (422, True)
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    fields: Any = record
    assert fields.fields["request_id"] == answer["request_id"]
    assert "Error: " in fields.fields["reason"]
    assert "errors_total 0" in ask(mixed, "GET", "/metrics")[2].decode()


EXAMPLE = {"request": {"rows": [{"age": 41.0, "town": "Bonn"}, {"age": 20.0, "town": "Ulm"}]}}
NAMED = {
    "a word where numbers were": (
        [{"age": 30, "town": "Ulm"}, {"age": "old", "town": "Bonn"}],
        ("rows[1].age", "number, as in the example", 'string "old"'),
    ),
    "a truth where words were": (
        [{"age": 30, "town": True}],
        ("rows[0].town", "string, as in the example", "true"),
    ),
    "a row of the right kinds": (
        [{"age": 1e300, "town": "Bonn"}],
        ("rows[0]", "a row that the model takes", "object with age, town"),
    ),
    "rows of the right kinds": (
        [{"age": 1e300, "town": "Bonn"}, {"age": 1, "town": "Bonn"}],
        ("rows", "rows that the model takes", "array of 2"),
    ),
}


@pytest.mark.parametrize(("rows", "said"), NAMED.values(), ids=NAMED.keys())
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")
def test_predict__model_refuses_the_rows__field_expected_and_got_are_named(
    rows: list[dict[str, Any]], said: tuple[str, str, str]
) -> None:
    """By the notebook's example, as far as that tells; the model's own words are for the log."""
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town"]), remainder="passthrough")
    model = make_pipeline(columns, RandomForestRegressor(n_estimators=2, random_state=0)).fit(PEOPLE, [1, 2, 3, 4])
    made = endpoint(predict_of(model))
    made.description["example"] = EXAMPLE
    status, answer = predict(answering([made]), json.dumps({"rows": rows}).encode())
    assert status == 422
    assert answer["problems"] == [dict(zip(("field", "expected", "got"), said, strict=True))]


def test_infer__model_refuses_the_rows__is_the_clients_mistake(mixed: App) -> None:
    """Other protocols tell it in their own way."""
    body = json.dumps({"instances": [{"age": "old", "town": "Bonn"}]}).encode()
    status, _, answer = ask(mixed, "POST", "/invocations", body, JSON)
    assert (status, json.loads(answer)["error_code"]) == (422, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        (LogisticRegression(), {"predictions": [], "probabilities": []}),
        (LinearRegression(), {"predictions": []}),
    ],
    ids=["classes", "numbers"],
)
def test_predict__no_rows__are_answered_with_none(model: Any, answer: dict[str, Any]) -> None:
    """The schema allows no rows, so they have an answer."""
    model.fit(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1])
    assert predict(serving(predict_of(model)), b'{"rows":[]}') == (200, answer)


def test_predict__function_of_the_users_raises__is_still_an_error() -> None:
    """A function may raise a ValueError for a reason of its own, and nobody can tell."""

    def asked(x: float) -> float:
        raise ValueError(x)

    assert predict(serving(asked), b'{"x":1}')[0] == 500


SHOP = [{"area": 50.0, "town": "Bonn"}, {"area": 70.0, "town": "Ulm"}]
LACKING: dict[str, tuple[Any, Any, tuple[str, str, str]]] = {
    "of an object among several": (
        lambda rows: [row["area"] for row in rows],
        [{"area": 1.0, "town": "Bonn"}, {"town": "Ulm"}],
        ("rows[1].area", "number, as in the example", "nothing"),
    ),
    "of a frame": (
        lambda rows: pd.DataFrame(rows)[["area", "town"]].area.tolist(),
        [{"town": "Ulm"}],
        ("rows[0].area", "number, as in the example", "nothing"),
    ),
    "as an attribute of a frame": (
        lambda rows: pd.DataFrame(rows).area.tolist(),
        [{"town": "Ulm"}],
        ("rows[0].area", "number, as in the example", "nothing"),
    ),
    "of an object": (
        lambda rows: rows["area"],
        {"town": "Ulm"},
        ("rows.area", "number, as in the example", "nothing"),
    ),
}


@pytest.mark.parametrize(("function", "rows", "said"), LACKING.values(), ids=LACKING.keys())
def test_predict__a_name_of_the_example_is_missing_and_asked_for__is_the_clients_mistake(
    function: Any, rows: Any, said: tuple[str, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A function without hints cannot say which names it takes; what it looked for and the example has, it does."""
    request = {"rows": SHOP if isinstance(rows, list) else SHOP[0]}
    made = endpoint(function, route="/predict")
    made.description["example"] = {"request": request}
    app = answering([made])
    with caplog.at_level(logging.WARNING):
        status, answer = predict(app, json.dumps({"rows": rows}).encode())
    assert status == 422
    assert [tuple(problem.values()) for problem in answer["problems"]] == [said]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


OWN: dict[str, Any] = {
    "nothing is missing": [{"area": 1.0, "town": "Bonn"}],
    "another is missing": [{"area": 1.0}],
}


@pytest.mark.parametrize("rows", OWN.values(), ids=OWN.keys())
def test_predict__a_name_that_the_request_does_not_lack__is_the_functions_mistake(rows: Any) -> None:
    """A look-up of the function's own that fails is a 500."""
    made = endpoint(lambda rows: {"Ulm": 1}["area"], route="/predict")
    made.description["example"] = {"request": {"rows": SHOP}}
    assert predict(answering([made]), json.dumps({"rows": rows}).encode())[0] == 500
