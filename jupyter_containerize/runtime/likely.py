"""Classifiers whose prediction is the class that they find most likely: asked for the shares, they have said both.

Asking again would take as long again, which for a forest or for one row is nearly all of the time.
"""

from __future__ import annotations

import sys
from typing import Any

# Between shares that are closer than this, rounding may decide: the model is asked itself.
_CLOSE = 1e-6
_WRAPPERS = frozenset({"Pipeline", "GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV"})
# Not SVC, whose shares come from another model than its predictions, and nothing with a threshold of its own.
_ARGMAX = frozenset(
    {
        "BernoulliNB",
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "ExtraTreesClassifier",
        "GaussianNB",
        "GradientBoostingClassifier",
        "HistGradientBoostingClassifier",
        "KNeighborsClassifier",
        "LinearDiscriminantAnalysis",
        "LogisticRegression",
        "LogisticRegressionCV",
        "MLPClassifier",
        "MultinomialNB",
        "QuadraticDiscriminantAnalysis",
        "RandomForestClassifier",
    }
)


def predicts_likeliest(model: Any) -> bool:
    """Return whether a model of scikit-learn is known to predict the class with the largest share.

    The classes themselves, not those that somebody derived from them: these may predict in a way of their own.
    """
    kind = type(model)
    if kind.__module__.partition(".")[0] != "sklearn":
        return False
    if kind.__name__ in _WRAPPERS:
        inner = getattr(model, "best_estimator_", None)
        if inner is None:
            steps = getattr(model, "steps", None)
            inner = steps[-1][1] if steps else None
        return predicts_likeliest(inner)
    return kind.__name__ in _ARGMAX


def likeliest(labels: Any, shares: Any) -> Any:
    """Return the labels with the largest share of each row, an array; ``None`` if a row leaves it open."""
    if shares.ndim != 2 or shares.shape[1] != len(labels) or len(labels) < 2 or not len(shares):  # noqa: PLR2004
        return None
    ranked = sys.modules["numpy"].partition(shares, -2, axis=1)
    # Written so that a NaN leaves it open.
    if not (ranked[:, -1] - ranked[:, -2] > _CLOSE).all():
        return None
    return labels.take(shares.argmax(axis=1))
