"""Classifiers that are asked once: what they would have predicted themselves."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_containerize.runtime.estimators import predict_of
from jupyter_containerize.runtime.likely import likeliest, predicts_likeliest

numpy: Any = pytest.importorskip("numpy")
discriminant_analysis: Any = pytest.importorskip("sklearn.discriminant_analysis")
ensemble: Any = pytest.importorskip("sklearn.ensemble")
linear_model: Any = pytest.importorskip("sklearn.linear_model")
model_selection: Any = pytest.importorskip("sklearn.model_selection")
naive_bayes: Any = pytest.importorskip("sklearn.naive_bayes")
neighbors: Any = pytest.importorskip("sklearn.neighbors")
pipeline: Any = pytest.importorskip("sklearn.pipeline")
preprocessing: Any = pytest.importorskip("sklearn.preprocessing")
svm: Any = pytest.importorskip("sklearn.svm")
tree: Any = pytest.importorskip("sklearn.tree")


def _models() -> dict[str, Any]:
    return {
        "logistic": linear_model.LogisticRegression(max_iter=300),
        "forest": ensemble.RandomForestClassifier(7, random_state=0),
        "extra trees": ensemble.ExtraTreesClassifier(4, random_state=0),
        "boosting": ensemble.HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2),
        "tree": tree.DecisionTreeClassifier(max_depth=2, random_state=0),
        "neighbors, even": neighbors.KNeighborsClassifier(4),
        "bayes": naive_bayes.GaussianNB(),
        "discriminant": discriminant_analysis.LinearDiscriminantAnalysis(),
        "pipeline": pipeline.make_pipeline(
            preprocessing.StandardScaler(), linear_model.LogisticRegression(max_iter=300)
        ),
        "search": model_selection.GridSearchCV(linear_model.LogisticRegression(max_iter=300), {"C": [0.5, 1.0]}, cv=2),
    }


def _data() -> tuple[Any, Any]:
    made = numpy.random.default_rng(0)
    rows = made.normal(size=(120, 3)).round(1)
    labels = numpy.array(["low", "mid", "high"])[(rows.sum(axis=1) > 0).astype(int) + (rows[:, 0] > 1)]
    return rows, labels


@pytest.mark.parametrize("model", _models().values(), ids=_models())
def test_predict_of__likeliest_class__is_the_models_own_prediction(model: Any) -> None:
    """Whatever the rows, ties and borders included, the answer is what ``predict`` gives."""
    rows, labels = _data()
    model.fit(rows, labels)
    assert predicts_likeliest(model)
    asked = numpy.concatenate([rows, numpy.random.default_rng(1).normal(size=(500, 3)), numpy.zeros((1, 3))])
    answer = predict_of(model)(asked.tolist())
    assert answer["predictions"].tolist() == model.predict(asked).tolist()
    assert answer["predictions"].dtype == model.predict(asked).dtype


def test_predicts_likeliest__derived_class_or_other_shares__is_asked_itself() -> None:
    """A class of somebody's own may predict as it likes, and so do support vectors."""

    class Own(linear_model.LogisticRegression):
        """Predicts as it likes."""

    assert not predicts_likeliest(Own())
    assert not predicts_likeliest(svm.SVC())


OPEN = {
    "tie": [[0.5, 0.5], [0.1, 0.9]],
    "nan": [[float("nan"), 0.2]],
    "close": [[0.5 + 1e-8, 0.5 - 1e-8]],
    "no rows": numpy.zeros((0, 2)),
    "other width": [[0.1, 0.2, 0.7]],
}


@pytest.mark.parametrize("shares", OPEN.values(), ids=OPEN)
def test_likeliest__open_question__is_none(shares: Any) -> None:
    """Where rounding may decide, or nothing fits, the model itself is to be asked."""
    assert likeliest(numpy.array(["a", "b"]), numpy.array(shares)) is None
