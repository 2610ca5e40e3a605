"""How training data lie is told in a few kilobytes, without their values and without running the user's code."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, StandardScaler

IRIS = load_iris(as_frame=True)
X, Y = IRIS.data, IRIS.target
WORDS = ["good film", "bad film", "good book", "bad book"] * 10


Baseline = Callable[..., dict[str, Any]]


@pytest.fixture
def taken(program: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Baseline:
    """Return what takes the baseline of a namespace."""

    def take(namespace: dict[str, Any], *fits: tuple[str, str], kind: str = "function", **more: Any) -> dict[str, Any]:
        monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(**namespace))
        request = {
            "fits": [{"model": model, "data": data, "spoiled": ""} for model, data in fits],
            "objects": [name for name in namespace if name not in {"X", "Xs", "df"}],
            "kind": kind,
            "symbol": "predict" if kind == "function" else "model",
            "predicts": True,
            **more,
        }
        found: dict[str, Any] = program("baseline").baseline(request)
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        return found

    return take


def by_position(a: float, b: float, c: float, d: float) -> str:
    """Name a species."""
    return "small" if c < 2 else "large"


def test_baseline__an_array_and_parameters__has_bins_and_predictions(taken: Baseline) -> None:
    """Four features by position, tenths of the data between their edges, and how the function answers to them."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X.to_numpy(), Y)
    namespace = {"model": model, "X": X.to_numpy(), "predict": by_position}
    found = taken(namespace, ("model", "X"))["baseline"]
    assert (found["rows"], found["sampled"], found["model"], found["data"]) == (150, 150, "model", "X")
    assert [feature["name"] for feature in found["features"]] == [""] * 4
    first = found["features"][0]
    assert (first["kind"], first["min"], first["max"], first["missing"]) == ("number", 4.3, 7.9, 0)
    assert len(first["edges"]) == 9
    assert sum(first["shares"]) == pytest.approx(1, abs=1e-5)
    assert max(first["shares"]) < 0.2
    (prediction,) = found["prediction"]
    assert prediction["values"] == ["large", "small"]
    assert prediction["shares"] == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    assert len(json.dumps(found)) < 5000


def test_baseline__twice__is_the_same_and_quick(taken: Baseline) -> None:
    """Same data, same bytes; iris takes less than the blink that it may."""
    namespace = {"model": LogisticRegression(max_iter=1000).fit(X, Y), "X": X, "predict": by_position}
    first, second = (json.dumps(taken(namespace, ("model", "X"))) for _ in range(2))
    assert first == second


NAMESPACES: dict[str, tuple[Callable[[], dict[str, Any]], tuple[tuple[str, str], ...], str, list[str]]] = {}


def case(name: str, *fits: tuple[str, str], kind: str = "function", names: list[str]) -> Any:
    """Enter a namespace into the table."""

    def enter(make: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        NAMESPACES[name] = (make, fits, kind, names)
        return make

    return enter


COLUMNS = list(map(str, X.columns))


@case("a frame by an estimator", ("model", "X"), kind="estimator", names=COLUMNS)
def _() -> dict[str, Any]:
    return {"model": RandomForestClassifier(5).fit(X, Y), "X": X}


@case("columns of a frame", ("model", "df[cols]"), kind="estimator", names=COLUMNS[:2])
def _() -> dict[str, Any]:
    return {"model": LinearRegression().fit(X[COLUMNS[:2]], Y), "df": X, "cols": COLUMNS[:2]}


@case("a frame without its target", ("model", "df.drop(columns=['target'])"), kind="estimator", names=COLUMNS)
def _() -> dict[str, Any]:
    return {"model": LinearRegression().fit(X, Y), "df": IRIS.frame}


@case("a frame that has more now", ("model", "X"), kind="estimator", names=COLUMNS)
def _() -> dict[str, Any]:
    return {"model": LinearRegression().fit(X, Y), "X": X.assign(more=1)}


@case("a search", ("search", "X"), kind="estimator", names=COLUMNS)
def _() -> dict[str, Any]:
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [1.0]}).fit(X, Y)
    return {"search": search, "model": search.best_estimator_, "X": X}


@case("scaled first", ("scaler", "X"), ("model", "Xs"), names=COLUMNS)
def _() -> dict[str, Any]:
    scaler = StandardScaler().fit(X)
    scaled = scaler.transform(X)
    return {
        "scaler": scaler,
        "model": LogisticRegression().fit(scaled, Y),
        "X": X,
        "Xs": scaled,
        "predict": by_position,
    }


@case("labels encoded", ("labels", "Y"), ("model", "X"), names=[""] * 4)
def _() -> dict[str, Any]:
    values = X.to_numpy()
    return {
        "labels": LabelEncoder().fit(Y),
        "Y": Y,
        "model": LinearRegression().fit(values, Y),
        "X": values,
        "predict": by_position,
    }


@case("texts", ("model", "X"), kind="estimator", names=[""])
def _() -> dict[str, Any]:
    return {"model": make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(WORDS, [1, 0] * 20), "X": WORDS}


@case("held by another object", ("model", "X"), names=COLUMNS)
def _() -> dict[str, Any]:
    model = LinearRegression().fit(X, Y)
    return {"kept": {"parts": [model]}, "model": model, "X": X, "predict": lambda rows: rows}


@case("lists", ("model", "X"), names=[""] * 2)
def _() -> dict[str, Any]:
    rows = [[float(n), n % 3] for n in range(30)]
    return {"model": LinearRegression().fit(rows, range(30)), "X": rows, "predict": lambda rows: rows}


@pytest.mark.parametrize("name", NAMESPACES)
def test_baseline__what_models_are_trained_with__is_found(taken: Baseline, name: str) -> None:
    """Frames, arrays, lists and texts; through pipelines, searches and whatever holds the model."""
    make, fits, kind, names = NAMESPACES[name]
    report = taken(make(), *fits, kind=kind)
    assert report["reason"] == ""
    assert [feature["name"] for feature in report["baseline"]["features"]] == names
    if kind == "estimator":
        assert report["baseline"]["prediction"]


class Trap:
    """Says if anything of it runs."""

    def __init__(self) -> None:
        self.sprung = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.sprung = True
        return self

    def __getitem__(self, _: Any) -> Any:
        self.sprung = True
        return self


NONE: dict[str, tuple[str, str]] = {
    "computed": ("X + 1", "computed"),
    "a call": ("load(X)", "computed"),
    "of the user's": ("trap.data", "no known library"),
    "a part of the user's": ("trap['x']", "no known library"),
    "in place": ("X.drop(columns=[], inplace=True)", "changes"),
    "gone": ("nothing", "not there"),
    "another width": ("X[cols]", "2 columns"),
    "no rows": ("three", "no rows"),
    "sparse": ("sparse", "sparse"),
    "pictures": ("cube", "3 dimensions"),
}


@pytest.mark.parametrize("name", NONE)
def test_baseline__data_that_cannot_be_had__is_none_with_a_reason(taken: Baseline, name: str) -> None:
    """Nothing of the user's runs to find out."""
    expression, words = NONE[name]
    trap = Trap()
    namespace = {
        "model": LinearRegression().fit(X.to_numpy(), Y),
        "X": X,
        "trap": trap,
        "cols": COLUMNS[:2],
        "three": 3,
    }
    namespace |= {"sparse": TfidfVectorizer().fit_transform(WORDS), "cube": np.zeros((2, 3, 4)), "load": trap}
    report = taken({**namespace, "predict": by_position}, ("model", expression))
    assert report["baseline"] is None
    assert words in report["reason"]
    assert not trap.sprung


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "another model serves": ({"objects": ["predict"]}, "model does not serve"),
    "bound anew": ({"fits": [{"model": "model", "data": "X", "spoiled": "X"}]}, "X is bound anew later"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_baseline__training_that_says_nothing_of_serving__is_none(taken: Baseline, name: str) -> None:
    """A reason is told."""
    more, words = UNFIT[name]
    report = taken({"model": LinearRegression().fit(X, Y), "X": X, "predict": by_position}, ("model", "X"), **more)
    assert words in report["reason"]


def test_baseline__function_fails_for_rows__has_no_predictions(taken: Baseline) -> None:
    """The training data are told anyway."""

    def predict(rows: list) -> None:  # type: ignore[type-arg]
        raise ValueError(len(rows))

    found = taken({"model": LinearRegression().fit(X, Y), "X": X, "predict": predict}, ("model", "X"))["baseline"]
    assert found["prediction"] == []
    assert len(found["features"]) == 4


ASKED: dict[str, tuple[Any, Any]] = {
    "rows": (X, lambda rows: [len(row) for row in rows]),
    "one row": (X, lambda row: row["sepal length (cm)"] + 1),
    "a vector": (X.to_numpy(), lambda features: features[0] + 1),
    "a text": (pd.Series(WORDS, name="text"), lambda headline: headline.upper()),
    "texts": (WORDS, lambda texts: [text.upper() for text in texts]),
}


@pytest.mark.parametrize("name", ASKED)
def test_baseline__function_of_one_parameter__is_asked_in_the_way_that_it_takes(taken: Baseline, name: str) -> None:
    """All rows at once, and where that fails each alone."""
    data, predict = ASKED[name]
    model = SimpleNamespace()
    (prediction,) = taken({"model": model, "X": data, "predict": predict}, ("model", "X"))["baseline"]["prediction"]
    assert prediction["kind"]


def test_baseline__slow_function__is_asked_a_few_times(taken: Baseline) -> None:
    """A build does not wait for what each call takes, and a few answers say nothing of how others lie."""
    asked = []

    def predict(a: float, b: float, c: float, d: float) -> float:
        asked.append(a)
        time.sleep(0.06)
        return a

    found = taken({"model": LinearRegression().fit(X, Y), "X": X.to_numpy(), "predict": predict}, ("model", "X"))
    assert found["baseline"]["prediction"] == []
    assert len(found["baseline"]["features"]) == 4
    assert len(asked) == 3


def test_baseline__function_alone__is_asked_as_often_on_every_machine(taken: Baseline) -> None:
    """A hundred rows of all parts of the data, however quick the first answers are."""
    asked: list[float] = []

    def predict(a: float, b: float, c: float, d: float) -> float:
        if len(asked) % 2:
            time.sleep(0.003)
        asked.append(c)
        return a

    taken({"model": LinearRegression().fit(X, Y), "X": X.to_numpy(), "predict": predict}, ("model", "X"))
    assert asked == [float(X.iloc[place * 150 // 100, 2]) for place in range(100)]


SUMMARIES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "numbers": (
        [1.0, 2.0, None, float("nan")],
        {"kind": "number", "missing": 0.5, "min": 1.0, "max": 2.0, "mean": 1.5},
    ),
    "endless": ([1.0, float("inf"), 3.0, 2.0], {"kind": "number", "missing": 0.25, "max": 3.0}),
    "digits": ([1 / 3] * 3, {"edges": [0.333333], "min": 0.333333, "max": 0.333334}),
    "below 0": ([-1 / 3] * 3, {"min": -0.333334, "max": -0.333333}),
    "truth": ([True, False] * 5, {"kind": "number", "min": 0.0, "max": 1.0, "mean": 0.5}),
    "categories": (["a"] * 6 + ["b"] * 5 + ["z"], {"kind": "category", "values": ["a", "b"], "other": 0.083333}),
    "rare categories": (["a"] * 6 + ["b"] * 4 + ["c"] * 2, {"values": ["a"], "other": 0.5}),
    "free text": ([f"text {n}" for n in range(20)], {"kind": "text", "min": 6.0, "max": 7.0}),
    "few of each": (["a", "b", "c", "d"] * 4, {"kind": "text"}),
    "nothing": ([None, None], {"kind": ""}),
    "dates": ([pd.Timestamp("2024-01-01")] * 9, {"kind": ""}),
    "missing words": (["a", pd.NA] * 6, {"kind": "category", "missing": 0.5}),
    "objects": ([{}, {}], {"kind": ""}),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_summary__values__are_told_in_shares(program: Callable[[str], Any], name: str) -> None:
    """A category is named only if five rows have it; bounds are rounded outwards."""
    values, expected = SUMMARIES[name]
    found = program("baseline").summary("x", values)
    assert {key: found[key] for key in expected} == expected


def test_baseline__many_features__stay_small(taken: Baseline) -> None:
    """What does not fit keeps its place, uncounted; beyond a thousand features there is nothing."""
    draw = np.random.default_rng(1)
    wide = draw.normal(size=(60, 700))
    model = LinearRegression().fit(wide, wide[:, 0])
    found = taken({"model": model, "X": wide, "predict": lambda rows: rows}, ("model", "X"))["baseline"]
    assert len(json.dumps(found)) < 64_000
    kinds = [feature["kind"] for feature in found["features"]]
    assert len(kinds) == 700
    assert 50 < kinds.count("number") < 700
    wider = np.hstack([wide, wide])
    model = LinearRegression().fit(wider, wide[:, 0])
    assert "1400 features" in taken({"model": model, "X": wider, "predict": len}, ("model", "X"))["reason"]


def test_baseline__many_rows__are_sampled(taken: Baseline) -> None:
    """Ten thousand rows spread over all tell enough."""
    frame = pd.DataFrame({"a": np.arange(50_000.0)})
    model = LinearRegression().fit(frame, frame["a"])
    found = taken({"model": model, "X": frame}, ("model", "X"), kind="estimator")["baseline"]
    assert (found["rows"], found["sampled"]) == (50_000, 10_000)
    assert found["features"][0]["edges"][4] == pytest.approx(25_000, rel=0.01)
