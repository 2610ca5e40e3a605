"""POST /invocations as MLflow's scoring server answers it: every format of rows, its answers and its errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from runtime_asking import answering, ask, endpoint, serving
from scored import area, of_array, of_frame, post, scaled, spoken

from jupyter_containerize.runtime.app import App

SPLIT = {"columns": ["width", "length"], "index": [7, 9], "data": [[5.0, 1.0], [1.0, 8.0]]}
COUNTED = {"columns": [0, 1], "data": [[1.0, 5.0], [8.0, 1.0]]}
RECORDS = [{"length": 1.0, "width": 5.0}, {"width": 1.0, "length": 8.0}]
COLUMNS = {"length": [1.0, 8.0], "width": [5.0, 1.0]}
ROWS = [[1.0, 5.0], [8.0, 1.0]]
BOTH = ["small", "large"]


def _area() -> App:
    return serving(area)


def _scaled() -> App:
    return serving(scaled)


class Case(NamedTuple):
    """A body in JSON and its predictions."""

    app: Callable[[], App]
    body: Any
    predictions: Any
    kind: str = "application/json"


TAKEN = {
    "split": Case(of_frame, {"dataframe_split": SPLIT}, BOTH),
    "split of counted columns, by name": Case(of_frame, {"dataframe_split": COUNTED}, BOTH),
    "split of counted columns": Case(of_array, {"dataframe_split": COUNTED}, BOTH),
    "split of names for an array": Case(of_array, {"dataframe_split": {**COUNTED, "columns": ["a", "b"]}}, BOTH),
    "split without columns": Case(of_array, {"dataframe_split": {"data": ROWS}}, BOTH),
    "split for a function": Case(_area, {"dataframe_split": SPLIT}, ["5.0 m", "8.0 m"]),
    "records": Case(of_frame, {"dataframe_records": RECORDS}, BOTH),
    "records for an array": Case(of_array, {"dataframe_records": RECORDS[:1]}, BOTH[:1]),
    "records for a function": Case(_area, {"dataframe_records": RECORDS}, ["5.0 m", "8.0 m"]),
    "instances by name": Case(of_frame, {"instances": RECORDS}, BOTH),
    "instances in order": Case(of_frame, {"instances": ROWS}, BOTH),
    "instances for an array": Case(of_array, {"instances": ROWS}, BOTH),
    "inputs by column": Case(of_frame, {"inputs": COLUMNS}, BOTH),
    "inputs as a tensor": Case(of_array, {"inputs": ROWS}, BOTH),
    "inputs as one record": Case(of_frame, {"inputs": RECORDS[1]}, BOTH[1:]),
    "inputs that are the function's own": Case(lambda: serving(spoken), {"inputs": "hello"}, None),
    "params": Case(_scaled, {"instances": [[1, 2]], "params": {"by": 3}}, [9.0]),
    "params of another model": Case(_scaled, {"instances": [[1, 2]], "params": {"by": 3, "top": 1}}, [9.0]),
    "params where there are none": Case(of_frame, {"instances": ROWS, "params": {"top": 1}}, BOTH),
    "no rows": Case(of_frame, {"dataframe_records": []}, []),
    "the old split": Case(of_frame, SPLIT, BOTH),
    "the old split that says so": Case(of_frame, SPLIT, BOTH, "application/json; format=pandas-split"),
    "the old records": Case(of_frame, RECORDS, BOTH, "application/json; format=pandas-records"),
    "a list": Case(of_frame, RECORDS, BOTH),
    "utf-8": Case(of_frame, {"instances": ROWS}, BOTH, "application/json; charset=UTF-8"),
    "csv": Case(of_frame, b"width,length\n5,1\n1,8\n", BOTH, "text/csv"),
    "csv of counted columns": Case(of_array, b"1,5\n8,1\n", BOTH, "text/csv"),
}


@pytest.mark.parametrize("case", TAKEN.values(), ids=TAKEN)
def test_invocations__rows_in_a_format__are_predicted(case: Case) -> None:
    """All formats of the protocol are one table."""
    status, headers, answer = post(case.app(), "/invocations", case.body, {"content-type": case.kind})
    wanted = {"said": "hello"} if case.predictions is None else {"predictions": case.predictions}
    assert (status, headers["content-type"], answer) == (200, "application/json", wanted)


def test_invocations__parameters_by_name__answers_as_predict_does() -> None:
    """What is in none of the formats is the function's own."""
    assert post(_area(), "/invocations", {"length": 2, "width": 3, "unit": "km"})[::2] == (200, "6.0 km")


def test_invocations__nan__is_null() -> None:
    """MLflow's client writes NaN for what is missing; a model that cannot have it says where."""
    status, _, answer = post(of_frame(), "/invocations", b'{"dataframe_records": [{"length": NaN, "width": 1}]}')
    assert (status, answer["problems"]) == (
        422,
        [{"field": "dataframe_records[0].length", "expected": "number", "got": "null"}],
    )


class Bad(NamedTuple):
    """A body, the status, MLflow's code for it, and the field at fault."""

    body: Any
    status: int
    code: str
    field: str | None = None


INVALID = "INVALID_PARAMETER_VALUE"
BAD = {
    "no JSON": Bad(b'{"instances": [[1, 2]', 400, "BAD_REQUEST"),
    "infinity": Bad(b'{"instances": [[1, Infinity]]}', 400, "BAD_REQUEST"),
    "too deep": Bad(b'{"instances": ' + b"[" * 1000 + b"]" * 1000 + b"}", 400, "BAD_REQUEST"),
    "no format": Bad({"rows": 1}, 422, INVALID, "rows"),
    "two formats": Bad({"instances": ROWS, "inputs": ROWS}, 422, INVALID, ""),
    "a text": Bad(b'"x"', 422, INVALID, ""),
    "instances that are no array": Bad({"instances": 3}, 422, INVALID, "instances"),
    "a word": Bad({"instances": [[1, 2], [3, "x"]]}, 422, INVALID, "instances[1][1]"),
    "a short row": Bad({"instances": [[1, 2], [3]]}, 422, INVALID, "instances[1]"),
    "an unknown column": Bad(
        {"dataframe_records": [{"length": 1, "width": 2, "z": 3}]}, 422, INVALID, "dataframe_records[0].z"
    ),
    "columns of two lengths": Bad({"inputs": {"length": [1, 2], "width": [1]}}, 422, INVALID, "inputs.width"),
    "split that is none": Bad({"dataframe_split": [1]}, 422, INVALID, "dataframe_split"),
    "split without data": Bad({"dataframe_split": {"columns": ["length"]}}, 422, INVALID, "dataframe_split"),
    "split with a short row": Bad(
        {"dataframe_split": {**SPLIT, "data": [[1]]}}, 422, INVALID, "dataframe_split.data[0]"
    ),
    "split with a word": Bad(
        {"dataframe_split": {**SPLIT, "data": [[1, "x"]]}}, 422, INVALID, "dataframe_split.data[0][1]"
    ),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_invocations__bad_body__is_an_error_of_mlflow(case: Bad) -> None:
    """MLflow's clients read error_code and message; ours, the problems with their places."""
    status, headers, answer = post(of_frame(), "/invocations", case.body)
    assert (status, headers["content-type"]) == (case.status, "application/problem+json")
    assert (answer["error_code"], answer["message"]) == (case.code, answer["detail"])
    if case.field is not None:
        assert case.field in [problem["field"] for problem in answer["problems"]]


def test_invocations__function_fails__is_an_internal_error() -> None:
    """An error of the notebook's has MLflow's code, and none of its words."""

    def predict(x: float) -> float:
        raise ValueError(x)

    status, _, answer = post(serving(predict), "/invocations", {"instances": [[1]]})
    assert (status, answer["error_code"]) == (500, "INTERNAL_ERROR")


def test_invocations__a_cell__says_where_it_is_asked() -> None:
    """A cell reads its requests itself, and has no rows."""
    app = answering([endpoint(area, "cell", "/area")])
    status, _, answer = post(app, "/invocations", {"instances": ROWS})
    assert (status, answer["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert "/area" in answer["message"]


def test_ping_health_version__loaded__are_there() -> None:
    """What MLflow's client asks beside predictions."""
    found = [ask(of_frame(), "GET", target)[0] for target in ("/ping", "/health", "/version")]
    assert found == [200, 200, 200]


def test_ping__not_loaded_and_stopping__is_not_ready() -> None:
    """Platforms send no requests before and after."""
    app = of_frame()
    app.stop()
    stopped = ask(app, "GET", "/ping")
    assert stopped[0] == 503
    assert json.loads(stopped[2])["detail"] == "stopping"
