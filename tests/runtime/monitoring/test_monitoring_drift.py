"""What requests bring is compared with the training data, wherever a call holds it."""

from __future__ import annotations

import asyncio
import dataclasses
import http.client
import json
import random
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drift_cases import baseline, category, number
from prometheus_client.parser import text_string_to_metric_families
from runtime_asking import ask, endpoint, serving
from runtime_process import started, write_app

from jupyter_containerize.runtime.calling import Work
from jupyter_containerize.runtime.http.messages import Answer
from jupyter_containerize.runtime.monitoring.counts import Counts
from jupyter_containerize.runtime.monitoring.drift import Drift
from jupyter_containerize.runtime.monitoring.inputs import Inputs, outputs
from jupyter_containerize.runtime.monitoring.sketches import Report, Sketch
from jupyter_containerize.runtime.settings import Settings
from jupyter_containerize.runtime.watching import Watch

JSON = {"content-type": "application/json"}


@dataclasses.dataclass
class Flower:
    """A request as a value of the notebook's own class."""

    sepal_length: float
    sepal_width: float


@dataclasses.dataclass(frozen=True)
class Found:
    """Where values are found: the features' names, the parameters, the arguments, and the columns that come of it."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    arguments: dict[str, Any]
    columns: list[list[Any]]


NAMES = ("sepal_length", "sepal_width")
FRAME = pd.DataFrame({"Sepal Width": [2.0, 4.0], "Sepal Length": [1.0, 3.0]})
PLACES: dict[str, Found] = {
    "by name": Found(NAMES, ("sepal_width", "sepal_length"), {"sepal_width": 2.0, "sepal_length": 1.0}, [[1.0], [2.0]]),
    "named otherwise": Found(
        ("Sepal Length (cm)", "sepal width"),
        ("sepal_length", "SepalWidth"),
        {"sepal_length": 1.0, "SepalWidth": 2.0},
        [[1.0], [2.0]],
    ),
    "by position": Found(("", ""), ("a", "b"), {"a": 1.0, "b": 2.0}, [[1.0], [2.0]]),
    "some by name": Found(
        (*NAMES, "extra"), ("sepal_width", "mode"), {"sepal_width": 2.0, "mode": "x"}, [[], [2.0], []]
    ),
    "absent": Found(NAMES, NAMES, {"sepal_length": 1.0}, [[1.0], []]),
    "null": Found(NAMES, NAMES, {"sepal_length": None, "sepal_width": 2.0}, [[None], [2.0]]),
    "parameters of many": Found(
        NAMES, NAMES, {"sepal_length": [1.0, 3.0], "sepal_width": np.array([2.0, 4.0])}, [[1.0, 3.0], [2.0, 4.0]]
    ),
    "rows of objects": Found(NAMES, ("rows",), {"rows": [{"sepal_length": 1.0, "sepal_width": 2.0}]}, [[1.0], [2.0]]),
    "rows of arrays": Found(("", ""), ("rows",), {"rows": [[1.0, 2.0], [3.0, 4.0]]}, [[1.0, 3.0], [2.0, 4.0]]),
    "a matrix": Found(NAMES, ("rows",), {"rows": np.array([[1.0, 2.0], [3.0, 4.0]])}, [[1.0, 3.0], [2.0, 4.0]]),
    "a vector": Found(NAMES, ("features",), {"features": [1.0, 2.0]}, [[1.0], [2.0]]),
    "an array": Found(("", ""), ("features",), {"features": np.array([1.0, 2.0])}, [[1.0], [2.0]]),
    "a frame": Found(NAMES, ("frame",), {"frame": FRAME}, [[1.0, 3.0], [2.0, 4.0]]),
    "a frame by position": Found(("", ""), ("frame",), {"frame": FRAME}, [[2.0, 4.0], [1.0, 3.0]]),
    "an object": Found(NAMES, ("flower",), {"flower": Flower(1.0, 2.0)}, [[1.0], [2.0]]),
    "objects": Found(NAMES, ("flowers",), {"flowers": [Flower(1.0, 2.0), Flower(3.0, 4.0)]}, [[1.0, 3.0], [2.0, 4.0]]),
    "a dict": Found(NAMES, ("flower",), {"flower": {"Sepal Length": 1.0, "sepal_width": 2.0}}, [[1.0], [2.0]]),
    "a dict of columns": Found(
        NAMES, ("data",), {"data": {"sepal_length": [1.0, 3.0], "sepal_width": [2.0, 4.0]}}, [[1.0, 3.0], [2.0, 4.0]]
    ),
    "a text": Found(("",), ("text",), {"text": "hello"}, [["hello"]]),
    "texts": Found(("",), ("texts",), {"texts": ["hello", "you"]}, [["hello", "you"]]),
    "another width": Found(("", ""), ("rows",), {"rows": [[1.0, 2.0, 3.0]]}, [[], []]),
    "nothing": Found(NAMES, ("rows",), {"rows": []}, [[], []]),
    "something else": Found(NAMES, ("rows",), {"rows": object()}, [[], []]),
}


@pytest.mark.parametrize("case", PLACES, ids=str)
def test_inputs__arguments_of_any_form__give_a_column_for_each_feature(case: str) -> None:
    """The same features come as parameters, rows, vectors, frames and objects; what is none of these gives nothing."""
    found = PLACES[case]
    columns: list[list[Any]] = [[] for _ in found.names]
    Inputs(found.names, found.parameters).add(found.arguments, columns)
    assert columns == found.columns


ANSWERS: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "a number": (1.5, {"prediction": [1.5]}),
    "a numpy number": (np.float64(1.5), {"prediction": [1.5]}),
    "a name": ("setosa", {"prediction": ["setosa"]}),
    "an array": (np.array([1, 2]), {"prediction": [1, 2]}),
    "an object": ({"species": "a", "p": {"a": 0.9, "b": 0.1}}, {"species": ["a"], "p.a": [0.9], "p.b": [0.1]}),
    "a made predict's": (
        {"predictions": np.array(["a", "b"]), "probabilities": [{"a": 0.9}, {"a": 0.2}]},
        {"predictions": ["a", "b"], "probabilities.a": [0.9, 0.2]},
    ),
    "a frame": (pd.DataFrame({"y": [1, 2]}), {"y": [1, 2]}),
    "a value of a class": (Flower(1.0, 2.0), {"sepal_length": [1.0], "sepal_width": [2.0]}),
    "nothing": (None, {"prediction": [None]}),
    "a generator": ((x for x in "ab"), {}),
}


@pytest.mark.parametrize("case", ANSWERS, ids=str)
def test_outputs__answers_of_any_form__are_found_by_their_place(case: str) -> None:
    """Values of one place are one column, over rows too."""
    answer, expected = ANSWERS[case]
    assert outputs(answer) == expected


def report(feature: dict[str, Any], values: list[Any]) -> Report:
    """Return what is told of values in one go."""
    sketch = Sketch(feature, "input", 0)
    row = memoryview(bytearray(8 * sketch.size)).cast("d")
    sketch.count(values, row, 1.0)
    return sketch.report(row.tolist())[0]


NAN = float("nan")
VALUES: dict[str, tuple[dict[str, Any], list[Any], dict[str, float]]] = {
    "as in training": (number("x"), [0.5, 1.5, 2.5, 3.5] * 50, {"psi": 0.0, "missing": 0.0, "unseen": 0.0}),
    "many, as in training": (number("x"), [0.5, 1.5, 2.5, 3.5] * 500, {"psi": 0.0}),
    "on the edges": (number("x"), [0, 1, 2, 3], {"psi": 0.0, "unseen": 0.0}),
    "truth": (number("x", 1.0), [True, False], {"psi": 0.0}),
    "missing": (number("x"), [None, NAN, 1.5, 2.5], {"missing": 0.5}),
    "many missing": (number("x"), [None, NAN, 1.5, 2.5] * 50, {"missing": 0.5}),
    "out of range": (number("x"), [-1.0, 5.0, 1.0, 2.0], {"unseen": 0.5}),
    "no number": (number("x"), ["a", 1.0], {"missing": 0.5}),
    "too large for a float": (number("x"), [10**400, 1.0], {"missing": 0.5}),
    "known categories": (category("c", "a", "b"), ["a", "b"] * 50, {"psi": 0.0, "unseen": 0.0}),
    "a new category": (category("c", "a", "b"), ["a", "b", "z", "z"], {"unseen": 0.5}),
    "rare ones were there": (category("c", "a", "b", other=0.5), ["a", "b", "z", "z"], {"unseen": 0.0}),
    "numbers as categories": (category("c", "1", "2"), [1, 2.0], {"psi": 0.0, "unseen": 0.0}),
    "a missing category": (category("c", "a"), ["a", None, NAN, "a"], {"missing": 0.5}),
    "text by its length": (number("t", kind="text"), ["", "a", "bb", "ccc"], {"psi": 0.0, "missing": 0.0}),
}


@pytest.mark.parametrize("case", VALUES, ids=str)
def test_sketch__values__are_told_in_shares(case: str) -> None:
    """Few values are counted one by one and many as an array. A bin that training left empty counts as almost so."""
    feature, values, expected = VALUES[case]
    found = report(feature, values)
    assert found.rows == len(values)
    assert {key: getattr(found, key) for key in expected} == pytest.approx(expected, abs=1e-3)


def test_psi__shifted__is_large_and_few_rows_say_little() -> None:
    """A shift is seen with many rows; ten rows of one bin are no alarm as large."""
    many = report(number("x"), [3.5] * 1000).psi
    few = report(number("x"), [3.5] * 2).psi
    assert many is not None
    assert few is not None
    assert many > 1
    assert few < 0.5
    assert report(number("x"), [None]).psi is None


def test_drift__recent_rows__weigh_more() -> None:
    """After a change, the window follows it while the whole does not forget."""
    drift = drift_of(baseline(number("x")), lambda x: x)
    for value, calls in ((0.5, 20), (3.5, 40)):
        for _ in range(calls):
            drift.count(deque([([{"x": value}] * 1000, [])]), 0)
    found = {item.window: item for item in drift.reports()}
    assert found["all"].rows == 60_000
    assert found["recent"].rows == pytest.approx(10_000, rel=0.06)
    assert found["recent"].psi > found["all"].psi  # type: ignore[operator]


def drift_of(content: dict[str, Any], function: Callable[..., Any]) -> Drift:
    """Return what counts the calls of a function."""
    return Drift(content, endpoint(function), Counts())


def test_drift__features_that_are_not_counted__keep_their_place() -> None:
    """A date among numbers is passed over; the number behind it is found."""
    drift = drift_of(baseline({"name": "", "kind": ""}, number("")), lambda rows: rows)
    drift.count(deque([([{"rows": [["2024-01-01", 1.5]]}], [])]), 1)
    assert [(item.name, item.rows) for item in drift.reports() if item.window == "all"] == [("feature_1", 1)]


def test_drift__a_value_that_raises__is_left_out() -> None:
    """Nothing that a request brings ends the server."""

    class Bad:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    drift = drift_of(baseline(number("x")), lambda x: x)
    drift.count(deque([([{"x": Bad()}], []), ([{"x": 1.5}], [])]), 2)
    assert (drift.counted, drift.left_out) == (2, 0)
    assert next(drift.reports()).rows == 1


def served(tmp_path: Path, content: Any, function: Callable[..., Any]) -> Any:
    """Return an application with a baseline."""
    (tmp_path / "baseline.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return serving(function, app=tmp_path)


def drifted(app: Any) -> dict[tuple[str, str, str], float]:
    """Return the index by feature, what it is of, and window."""
    text = ask(app, "GET", "/metrics")[2].decode()
    return {
        (sample.labels["feature"], sample.labels["of"], sample.labels["window"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "jupyter_containerize_drift_psi"
    }


def test_metrics__requests_like_training__then_shifted__tell_both(tmp_path: Path) -> None:
    """Below 0.1 while requests are like the training data, above 0.2 when they are not; predictions too."""

    def predict(x: float) -> str:
        return "low" if x < 2 else "high"

    app = served(tmp_path, baseline(number("x"), prediction=(category("prediction", "low", "high"),)), predict)
    draw = random.Random(1)
    for _ in range(300):
        ask(app, "POST", "/predict", json.dumps({"x": draw.uniform(0, 4)}).encode(), JSON)
    before = drifted(app)
    for _ in range(300):
        ask(app, "POST", "/predict", json.dumps({"x": draw.uniform(3, 4)}).encode(), JSON)
    after = drifted(app)
    assert len(before) == 4
    assert max(before.values()) < 0.1
    assert after["x", "input", "recent"] > 0.2
    assert after["prediction", "prediction", "recent"] > 0.2


UNUSABLE: dict[str, Any] = {"no JSON": "{", "another form": {"features": 1}, "a list": [], "a kind": {"features": [{}]}}


@pytest.mark.parametrize("case", UNUSABLE, ids=str)
def test_metrics__a_baseline_of_no_use__is_said_once_and_nothing_fails(
    tmp_path: Path, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The server answers as without it."""
    app = served(tmp_path, UNUSABLE[case], lambda x: x)
    assert drifted(app) == drifted(app) == {}
    assert [record.getMessage() for record in caplog.records].count("drift is not counted") == 1


def test_observed__more_calls_than_can_be_counted__one_of_several_is(tmp_path: Path) -> None:
    """Under load some calls are looked at, evenly, and it is told how many were not."""

    def predict(x: float) -> float:
        return x

    (tmp_path / "baseline.json").write_text(json.dumps(baseline(number("x"))))
    one = endpoint(predict)
    watch = Watch(Settings(app=tmp_path))
    watch.begin(SimpleNamespace(endpoints=(one,), description={}), ())  # type: ignore[arg-type]

    async def ask_many() -> None:
        for place in range(4000):
            work = watch.observed(Work(one, ({"x": 1.5},), lambda _: Answer(200, b"")))
            work.finish([1.5])
            if place % 1000 == 999:
                watch._count_drift()

    asyncio.run(ask_many())
    drift = watch.drain()
    assert drift is not None
    assert 1200 <= drift.counted <= 1400
    assert drift.counted + drift.left_out == pytest.approx(4000, abs=20)


def test_drift__a_real_server__counts_after_answering(tmp_path: Path) -> None:
    """Also what nobody asked for yet is counted, by the event loop; joined or not, each call counts once."""
    source = "def predict(x: float) -> float:\n    return x\n"
    app = write_app(tmp_path / "app", source)
    (app / "baseline.json").write_text(json.dumps(baseline(number("x"))))
    with started(app) as server:
        for _ in range(30):
            assert server.predict({"x": 1.5})[0] == 200
        client_text = _metrics(server.port)
    assert 'drift_rows{feature="x",of="input",window="all"} 30' in client_text


def _metrics(port: int) -> str:

    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", "/metrics")
    text = client.getresponse().read().decode()
    client.close()
    return text
