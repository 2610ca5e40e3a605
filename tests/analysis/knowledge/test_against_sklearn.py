"""What the tables say of every estimator of scikit-learn is what it does when it is fitted."""

from __future__ import annotations

import importlib
import inspect
import warnings

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators
from trying import generators

from jupyter_containerize.analysis.knowledge import knowledge

pytestmark = pytest.mark.slow
TABLES = knowledge()
ESTIMATORS = dict(all_estimators())
_DRAWN = np.random.RandomState(0).normal(size=(60, 4))
X = np.abs(_DRAWN) + 0.1
Y = (X[:, 0] > X[:, 1]).astype(int)
WORDS = ["red green", "green blue"] * 9
# Estimators need data of different kinds; the first that goes is taken.
DATA = (
    (X, Y), (X, X[:, 0]), ((X * 3).astype(int), Y), (Y, None), (X[:, 0], X[:, 1]), (WORDS, None),
    ([{"a": 1}] * 5, None), (X, np.c_[Y, 1 - Y]), (X, X[:, :2]), (X @ X.T, None), (X[:, :2], None),
)  # fmt: skip
NEEDED = {
    "ColumnTransformer": {"transformers": [("one", StandardScaler(), [0])]},
    "DictionaryLearning": {"max_iter": 20},
    "FeatureUnion": {"transformer_list": [("one", StandardScaler())]},
    "FrozenEstimator": {"estimator": LogisticRegression().fit(X, Y)},
    "GaussianRandomProjection": {"n_components": 2},
    "GridSearchCV": {"param_grid": {"C": [1, 2]}},
    "Pipeline": {"steps": [("one", LogisticRegression())]},
    "HistGradientBoostingClassifier": {"max_iter": 3},
    "HistGradientBoostingRegressor": {"max_iter": 3},
    "RandomizedSearchCV": {"param_distributions": {"C": [1, 2]}, "n_iter": 1},
    "SequentialFeatureSelector": {"n_features_to_select": 1},
    "SparseCoder": {"dictionary": X[:4]},
    "SparseRandomProjection": {"n_components": 2},
    "TSNE": {"max_iter": 250},
}
PURE = (
    "apply", "decision_function", "decision_path", "get_feature_names_out", "get_params", "get_support",
    "inverse_transform", "kneighbors", "predict", "predict_log_proba", "predict_proba", "score", "score_samples",
    "transform",
)  # fmt: skip
# These count their calls or remember how they were last called; the answers do not depend on it.
COUNTING = {
    "Isomap",
    "KernelDensity",
    "LocalOutlierFactor",
    "LocallyLinearEmbedding",
    "MultiLabelBinarizer",
    "SplineTransformer",
}


def _dotted(name: str) -> str:
    parts = [part for part in ESTIMATORS[name].__module__.split(".") if not part.startswith("_")]
    for count in range(len(parts), 1, -1):
        module = ".".join(parts[:count])
        try:
            if name in getattr(importlib.import_module(module), "__all__", ()):
                return f"{module}.{name}"
        except ImportError:
            continue
    return ".".join([*parts, name])


def _made(name: str):
    keywords = dict(NEEDED.get(name, {}))
    base = LinearRegression() if "Regress" in name else LogisticRegression()
    parameters = inspect.signature(ESTIMATORS[name].__init__).parameters
    if "estimator" in parameters and "estimator" not in keywords:
        keywords["estimator"] = base
    if "n_estimators" in parameters:
        keywords["n_estimators"] = 5  # a small forest does what a large one does
    if "estimators" in parameters:
        keywords["estimators"] = [("one", base)]
    return ESTIMATORS[name](**keywords)


def _fitted(name: str):
    """Return a fitted estimator, its data, and whether fitting drew from numpy's global generator."""
    for data in DATA:
        for given in (data, data[:1], data[1:]):
            estimator = _made(name)
            before, states = joblib.hash(given), generators()
            try:
                estimator.fit(*given)
            except Exception:  # noqa: BLE001 - the data do not suit it
                continue
            assert joblib.hash(given) == before, "fit changed the data"
            return estimator, given, generators()["numpy"] != states["numpy"]
    return pytest.fail("no data suit it: give it some in DATA or NEEDED")


def _print_of(estimator, given):
    own = {key: value for key, value in vars(estimator).items() if key != "cv_results_"}  # masked arrays have no hash
    return joblib.hash((own, given))


def _shared(one, other, depth=3) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.may_share_memory(one, other)
    if not depth or isinstance(one, str | int | float | bool | type(None)):
        return False
    inner = one if isinstance(one, list | tuple) else vars(one).values() if hasattr(one, "__dict__") else ()
    return any(_shared(item, other, depth - 1) for item in inner)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_estimator__fitted__does_no_more_than_said(name):
    """Fitting draws only where it is said, keeps the data only where it is said, and other methods are pure."""
    made = TABLES.function(_dotted(name))
    assert made is not None
    assert made.type
    fit = TABLES.method(made.type, "fit")
    assert fit is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator, given, drew = _fitted(name)
        assert not drew or "numpy" in made.holds
        own = [value for key, value in vars(estimator).items() if key not in estimator.get_params(deep=False)]
        assert fit.keeps or not any(_shared(value, item) for value in own for item in given)
        found = [line for method in PURE for line in _impure(estimator, made.type, method, given)]
    assert not found


def _impure(estimator, of_type, method, given):
    call = getattr(estimator, method, None)
    if call is None:
        return
    effect = TABLES.method(of_type, method)
    assert effect is not None, method
    for arguments in (given[:1], given, ()):
        before, states = _print_of(estimator, given), generators()
        try:
            result = call(*arguments)
        except Exception:  # noqa: BLE001 - it wants others
            continue
        counts = type(estimator).__name__ in COUNTING or "Neighbors" in type(estimator).__name__
        if "self" not in effect.changes and not counts and _print_of(estimator, given) != before:
            yield f"{method} changes"
        if generators() != states and not effect.draws:
            yield f"{method} draws"
        if effect.result == "fresh" and any(_shared(result, item) for item in [*given, *vars(estimator).values()]):
            yield f"{method} shares"
        return


@pytest.mark.parametrize("name", ["RandomForestClassifier", "KMeans", "MLPClassifier", "SGDClassifier", "SVR"])
def test_estimator__without_random_state__draws(name):
    """What is said to draw does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert _fitted(name)[2]
