"""Azure Machine Learning: POST /score, and its liveness route."""

from __future__ import annotations

from typing import Any

import pytest
from runtime_asking import ask, serving
from scored import area, of_array, of_frame, post, scaled

SPLIT = {"columns": ["width", "length"], "index": [0, 1], "data": [[5, 1], [1, 8]]}
ROWS = [[1, 5], [8, 1]]
BOTH = ["small", "large"]
TAKEN: dict[str, tuple[Any, Any, Any]] = {
    "a frame": (of_frame, {"input_data": SPLIT}, BOTH),
    "rows": (of_array, {"input_data": ROWS}, BOTH),
    "records": (of_frame, {"input_data": [{"length": 1, "width": 5}]}, BOTH[:1]),
    "data": (of_array, {"data": ROWS}, BOTH),
    "a format of MLflow": (of_frame, {"dataframe_split": SPLIT}, BOTH),
    "params": (lambda: serving(scaled), {"input_data": [[1, 2]], "params": {"by": 2}}, [6.0]),
    "parameters by name": (lambda: serving(area), {"length": 2, "width": 3}, "6.0 m"),
}


@pytest.mark.parametrize(("app", "body", "answer"), TAKEN.values(), ids=TAKEN)
def test_score__rows__predictions_alone(app: Any, body: Any, answer: Any) -> None:
    """The answer is the array itself."""
    assert post(app(), "/score", body)[::2] == (200, answer)


BAD: dict[str, tuple[Any, str]] = {
    "no frame": ({"input_data": 3}, "input_data"),
    "a frame without data": ({"input_data": {"columns": []}}, "input_data"),
    "a word": ({"input_data": {"columns": ["length", "width"], "data": [[1, "x"]]}}, "input_data.data[0][1]"),
    "data that is none": ({"data": "x"}, "data"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_score__bad_rows__names_the_place(body: Any, field: str) -> None:
    """The place is that in the caller's body."""
    status, _, answer = post(of_frame(), "/score", body)
    assert (status, [problem["field"] for problem in answer["problems"]]) == (422, [field])


def test_root__liveness__is_200() -> None:
    """The platform asks there whether we live."""
    assert ask(of_frame(), "GET", "/")[0] == 200
