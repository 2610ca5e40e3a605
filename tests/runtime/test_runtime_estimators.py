"""A predict that is made for a fitted model: what it takes, and that it gives what the model gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from jupyter_containerize.runtime.binding import BodyRejected, bind
from jupyter_containerize.runtime.encoding import to_json
from jupyter_containerize.runtime.errors import TargetUnusable
from jupyter_containerize.runtime.schema import describe
from jupyter_containerize.runtime.targets import function_of, modules_of, request_of

X, Y = load_iris(return_X_y=True, as_frame=True)
SPECIES = load_iris().target_names[Y]
TEXTS = ["a good film", "a bad film"] * 4
VERDICTS = ["pos", "neg"] * 4
PEOPLE = pd.DataFrame(
    {"age": [30, None, 50, 41], "town": ["Bonn", "Ulm", None, "Bonn"], "floor": [1, 2, 3, 1], "cat": [True, False] * 2}
)
FOUR = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
NUMBER = {"type": "number"}
NUMBER_OR_NULL = {"type": ["number", "null"]}
CELL = {"type": ["number", "string", "boolean", "null"]}


def mixed() -> Any:
    """Return a pipeline that encodes words and fills gaps itself."""
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer([("numbers", numbers, ["age"]), ("words", words, ["town", "floor", "cat"])])
    return make_pipeline(columns, DecisionTreeClassifier(random_state=0)).fit(PEOPLE, [1, 0, 1, 0])


def text_search() -> Any:
    """Return a search over a pipeline that reads words."""
    pipeline = make_pipeline(HashingVectorizer(n_features=64), SGDClassifier(random_state=0))
    return GridSearchCV(pipeline, {"sgdclassifier__alpha": [1e-3, 1e-2]}, cv=2).fit(TEXTS, VERDICTS)


def categories() -> Any:
    """Return a model that was given a column of dtype category, and keeps the categories."""
    table = pd.DataFrame({"town": pd.Categorical(["Ulm", "Bonn"] * 30), "age": range(60)})
    return HistGradientBoostingClassifier(categorical_features="from_dtype").fit(table, [0, 1] * 30)


class Fitted(NamedTuple):
    """A model, what a notebook would ask it, and what one row looks like in the schema."""

    model: Callable[[], Any]
    asked: Any
    row: dict[str, Any]
    probabilities: bool = True
    needs: tuple[str, ...] = ()


def objects(**fields: Any) -> dict[str, Any]:
    """Return the schema of a row with names."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def arrays(items: dict[str, Any], width: int) -> dict[str, Any]:
    """Return the schema of a row without names."""
    return {"type": "array", "items": items, "minItems": width, "maxItems": width}


FITTED = {
    "frame": Fitted(
        lambda: LogisticRegression(max_iter=500).fit(X, Y), X.iloc[::40], objects(**dict.fromkeys(FOUR, NUMBER))
    ),
    "frame, nulls taken": Fitted(
        lambda: RandomForestClassifier(3, random_state=0).fit(X, SPECIES),
        X.iloc[::40],
        objects(**dict.fromkeys(FOUR, NUMBER_OR_NULL)),
    ),
    "array": Fitted(
        lambda: LogisticRegression(max_iter=500).fit(X.to_numpy(), SPECIES), X.to_numpy()[::40], arrays(NUMBER, 4)
    ),
    "regression": Fitted(
        lambda: make_pipeline(StandardScaler(), LinearRegression()).fit(X.to_numpy(), Y),
        X.to_numpy()[::40],
        arrays(NUMBER, 4),
        probabilities=False,
    ),
    "imputer first": Fitted(
        lambda: make_pipeline(SimpleImputer(), LogisticRegression(max_iter=500)).fit(X.to_numpy(), Y),
        np.array([[5.1, np.nan, 1.4, 0.2]]),
        arrays(NUMBER_OR_NULL, 4),
    ),
    "text": Fitted(
        lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, VERDICTS),
        ["good", "bad"],
        {"type": "string"},
    ),
    "text, hashed, searched": Fitted(text_search, pd.Series(["good", "bad"]), {"type": "string"}, probabilities=False),
    "words and gaps": Fitted(mixed, PEOPLE, objects(**dict.fromkeys(PEOPLE.columns, CELL)), needs=("pandas",)),
    "categories": Fitted(
        categories,
        pd.DataFrame({"town": ["Bonn", "Ulm"], "age": [1, 2]}),
        objects(town=CELL, age=CELL),
        needs=("pandas",),
    ),
    "several outputs": Fitted(
        lambda: DecisionTreeClassifier(random_state=0).fit(X.to_numpy(), np.c_[Y, Y > 0]),
        X.to_numpy()[::40],
        arrays(NUMBER_OR_NULL, 4),
        probabilities=False,
    ),
}


@pytest.mark.parametrize("case", FITTED.values(), ids=FITTED)
def test_estimator__asked_over_json__gives_what_the_model_gives(case: Fitted) -> None:
    """The way through JSON changes no prediction, and the schema says what a row is."""
    model = case.model()
    function = function_of("estimator", "model", {"model": model})
    request = json.loads(json.dumps(to_json(request_of(function, case.asked))))
    answer = to_json(function(**bind(function, request)))
    first = case.asked[:3]
    assert answer["predictions"] == to_json(model.predict(first))
    if case.probabilities:
        rows = [list(row.values()) for row in answer["probabilities"]]
        assert rows == model.predict_proba(first).tolist()
        assert [list(row) for row in answer["probabilities"]] == [[str(label) for label in model.classes_]] * len(rows)
    else:
        assert list(answer) == ["predictions"]
    inputs = describe(function)["inputs"]
    assert (inputs.get("$defs", {}).get("Row") or inputs["properties"]["rows"]["items"]) == case.row
    assert modules_of(function) == case.needs


REFUSED = {
    "name missing": ([dict.fromkeys(FOUR[1:], 1)], ["rows[0].sepal length (cm)"]),
    "name unknown": ([{**dict.fromkeys(FOUR, 1), "colour": 1}], ["rows[0].colour"]),
    "word": ([dict.fromkeys(FOUR, 1), {**dict.fromkeys(FOUR, 1), FOUR[2]: "long"}], ["rows[1].petal length (cm)"]),
    "beyond every float": ([{**dict.fromkeys(FOUR, 1), FOUR[0]: 10**400}], ["rows[0].sepal length (cm)"]),
    "true": ([{**dict.fromkeys(FOUR, 1), FOUR[0]: True}], ["rows[0].sepal length (cm)"]),
    "array": ([[1, 2, 3, 4]], ["rows[0]"]),
    "one row": (dict.fromkeys(FOUR, 1), ["rows"]),
}


@pytest.mark.parametrize(("rows", "fields"), REFUSED.values(), ids=REFUSED)
def test_estimator__row_does_not_fit__is_told_where(rows: Any, fields: list[str]) -> None:
    """A wrong row is refused with its place, before the model sees it."""
    function = function_of("estimator", "m", {"m": LogisticRegression(max_iter=500).fit(X, Y)})
    with pytest.raises(BodyRejected) as caught:
        bind(function, {"rows": rows})
    assert [problem.field for problem in caught.value.problems] == fields


def test_estimator__row_too_short__is_told_its_length() -> None:
    """Without names, the number of values counts."""
    function = function_of("estimator", "m", {"m": LogisticRegression(max_iter=500).fit(X.to_numpy(), Y)})
    with pytest.raises(BodyRejected) as caught:
        bind(function, {"rows": [[1, 2, 3, 4], [1, 2, 3]]})
    assert [(problem.field, problem.expected) for problem in caught.value.problems] == [
        ("rows[1]", "array of 4 numbers")
    ]


def test_estimator__names_in_another_order__are_the_same_row() -> None:
    """A JSON object has no order, and the model's columns have one."""
    model = LogisticRegression(max_iter=500).fit(X, Y)
    function = function_of("estimator", "m", {"m": model})
    row = X.iloc[60].to_dict()
    answers = [
        to_json(function(**bind(function, {"rows": [given]}))) for given in (row, dict(reversed(list(row.items()))))
    ]
    assert answers[0] == answers[1]


def test_estimator__column_is_all_null__is_imputed() -> None:
    """A column of words without any word is still one of words."""
    model = mixed()
    function = function_of("estimator", "m", {"m": model})
    row = {"age": None, "town": None, "floor": 1, "cat": True}
    answer = to_json(function(**bind(function, {"rows": [row]})))
    assert answer["predictions"] == model.predict(pd.DataFrame([row]).fillna(np.nan)).tolist()


def test_estimator__array_for_a_model_with_names__becomes_objects() -> None:
    """A notebook may ask with a list what it trained with a frame."""
    function = function_of("estimator", "m", {"m": LogisticRegression(max_iter=500).fit(X, Y)})
    assert request_of(function, [[5.1, 3.5, 1.4, 0.2]]) == {
        "rows": [dict(zip(FOUR, [5.1, 3.5, 1.4, 0.2], strict=True))]
    }


def test_estimator__transformer__is_unusable() -> None:
    """What does not predict is said so, with its type."""
    with pytest.raises(TargetUnusable, match=r"s \(sklearn\..*StandardScaler\) cannot serve: it has no predict"):
        function_of("estimator", "s", {"s": StandardScaler().fit(X)})
