"""A predict for a fitted model that has no function around it.

Which family a model is of is told by the names of its type's bases; what it takes and gives by what fitting left on
it: ``feature_names_in_``, ``n_features_in_``, ``classes_``. scikit-learn's way is here, and with it that of all
libraries that follow it; the others are in ``frameworks``.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .containers import members_schema
from .encoding import NotEncodable, to_json, type_roots
from .errors import RowsNotTaken
from .hints import shape_of
from .likely import likeliest, predicts_likeliest
from .rows import CELL, NUMBER_OR_NULL, any_rows, named_rows, number_rows, text_rows
from .shapes import ANYTHING, NUMBER, REFUSALS, Member, Shape
from .tabular import installed

# Steps that take more than numbers, or columns by name. A step of any other library may do anything.
_TAKES_ANYTHING = frozenset(
    {
        "sklearn.ColumnTransformer",
        "sklearn.FunctionTransformer",
        "sklearn.OneHotEncoder",
        "sklearn.OrdinalEncoder",
        "sklearn.TargetEncoder",
        "sklearn.DictVectorizer",
        "sklearn.FeatureHasher",
    }
)
_NUMERIC_LIBRARIES = frozenset({"sklearn", "xgboost", "lightgbm", "imblearn"})
_TEXT = frozenset({"sklearn.CountVectorizer", "sklearn.HashingVectorizer"})
_IMPUTERS = frozenset({"sklearn.SimpleImputer", "sklearn.KNNImputer", "sklearn.IterativeImputer"})
_NULLS_TAKEN = frozenset({"xgboost", "lightgbm", "catboost"})


class Unusable(TypeError):
    """No function can be made of a model; the words say why."""


def predict_of(model: Any) -> Callable[..., Any]:
    """Return ``predict(rows) -> {"predictions": ..., "probabilities": ...}`` of a fitted model.

    It raises ``RowsNotTaken`` for what the model refuses: whoever has answered the notebook's example, and has no code
    of the user's around it, is asked the wrong thing.

    Raises:
        Unusable: it is no model of a known kind, or not one that can be asked row by row.
    """
    from .frameworks import FAMILIES  # noqa: PLC0415  # they build on what is here

    roots = type_roots(type(model))
    make = next((make for root, make in FAMILIES if root in roots), None)
    if make is not None:
        return _blaming(make(model))
    if not callable(getattr(model, "predict", None)):
        raise Unusable("it has no predict")
    return _blaming(_sklearn(model))


def _blaming(function: Callable[..., Any]) -> Callable[..., Any]:
    (name,) = inspect.signature(function).parameters

    @functools.wraps(function)
    def predict(*rows: Any, **by_name: Any) -> Any:
        try:
            return function(*rows, **by_name)
        except REFUSALS as error:
            given = rows[0] if rows else by_name.get(name)
            raise RowsNotTaken(error, name, given) from error

    return predict


def finished(
    function: Callable[..., Any],
    takes: Shape,
    gives: Any,
    *,
    doc: str,
    names: Sequence[str] = (),
    needs: Sequence[str] = (),
) -> Callable[..., Any]:
    """Return the function with the signature that it has; its first parameter keeps its name.

    ``names`` are the features' names, ``needs`` the modules that it imports, for ``targets``.
    """
    (name,) = inspect.signature(function).parameters
    given: Any = function
    given.__annotations__ = {name: takes, "return": gives}
    given.__doc__ = doc
    given.__name__ = "predict"
    given.feature_names = tuple(names)
    given.needs = tuple(needs)
    return function


def answer_shape(predictions: Shape, *, probabilities: bool = False) -> Shape:
    """Return what a made predict answers: the predictions in the rows' order, and probabilities by class."""
    members = [Member("predictions", shape_of(list), required=True)]
    if predictions is not ANYTHING:
        members = [Member("predictions", _list_of(predictions), required=True)]
    if probabilities:
        members.append(Member("probabilities", shape_of(list[dict[str, float]]), required=True))
    return Shape("object", lambda definitions: members_schema(members, None, definitions), lambda value, *_: value)


def _list_of(items: Shape) -> Shape:
    return Shape("array", lambda inner: {"type": "array", "items": items.schema(inner)}, lambda value, *_: value)


def title(model: Any) -> str:
    """Return the doc of a made predict: the model's type, and what it is inside."""
    names = [type(step).__name__ for step in steps(model)]
    inside = f" ({', '.join(names)})" if names[1:] or names[:1] != [type(model).__name__] else ""
    return f"What {type(model).__name__}{inside} predicts."


def class_name(value: Any) -> str:
    """Return a class as the name that JSON has for it: ``True`` is ``true``, 0 is ``0``."""
    try:
        plain = to_json(value)
    except NotEncodable:
        return str(value)
    return plain if isinstance(plain, str) else json.dumps(plain)


def steps(model: Any) -> Iterator[Any]:
    """Yield a model's steps in order: those of pipelines, and the best of a search; a plain model is its own."""
    best = getattr(model, "best_estimator_", None)
    listed = getattr(model, "steps", None)
    if best is not None:
        yield from steps(best)
    elif isinstance(listed, list) and listed and isinstance(listed[0], tuple):
        for _, step in listed:
            if step is not None and not isinstance(step, str):
                yield from steps(step)
    else:
        yield model


def _sklearn(model: Any) -> Callable[..., Any]:
    _refuse_categories(next(steps(model)))
    names = _names(model)
    takes, table, needs = _inputs(model, names)
    labels = _attribute(model, "classes_")
    single = labels is not None and not isinstance(labels, list)
    likely = single and callable(_attribute(model, "predict_proba"))
    classes = [class_name(label) for label in labels] if likely else []

    is_likeliest = likely and predicts_likeliest(model)

    def predict(rows: Any) -> Any:
        if not rows:
            # Who takes tables of no rows is the exception among models.
            return {"predictions": [], "probabilities": []} if likely else {"predictions": []}
        data = table(rows)
        if not likely:
            return {"predictions": model.predict(data)}
        shares = model.predict_proba(data)
        found = likeliest(labels, shares) if is_likeliest else None
        answer = {"predictions": model.predict(data) if found is None else found}
        answer["probabilities"] = [dict(zip(classes, row)) for row in shares.tolist()]
        return answer

    # Several labels at a time come as a row of zeros and ones.
    outcome = _kind_of(labels) if single and not _attribute(model, "multilabel_") else ANYTHING
    gives = answer_shape(outcome, probabilities=likely)
    return finished(predict, takes, gives, doc=title(model), names=names, needs=needs)


def _inputs(model: Any, names: tuple[str, ...]) -> tuple[Shape, Callable[[Any], Any], tuple[str, ...]]:
    """Return the shape of rows, what makes of them what the model takes, and the module that this imports."""
    parts = list(steps(model))
    if parts and type_roots(type(parts[0])) & _TEXT:
        return text_rows(), lambda rows: rows, ()
    mixed = any(_takes_anything(part) for part in parts)
    null = _takes_null(parts)
    cell = CELL if mixed else (NUMBER_OR_NULL if null else NUMBER)
    if names:
        by_name = mixed and installed("pandas") is None
        if by_name:
            raise Unusable("its columns go by name, and pandas, which holds them, is not installed")
        return named_rows(names, cell), frame_of(names, mixed=mixed), ("pandas",) if mixed else ()
    width = _attribute(model, "n_features_in_")
    if isinstance(width, int) and not mixed:
        return number_rows(width, cell), array_of, ()
    return any_rows(), _guess, ()


def _refuse_categories(first: Any) -> None:
    """Raise for a booster that was given columns of dtype category: it needs them again, and does not keep them all."""
    booster = _attribute(first, "booster_")
    types = first.get_booster().feature_types if _attribute(first, "enable_categorical") else None
    if _attribute(booster, "pandas_categorical") or "c" in (types or ()):
        raise Unusable("it was trained on columns of dtype category; write a predict that makes them")


def _names(model: Any) -> tuple[str, ...]:
    found = _attribute(model, "feature_names_in_")
    return () if found is None else tuple(str(name) for name in found)


def _attribute(model: Any, name: str) -> Any:
    try:
        return getattr(model, name, None)
    except Exception:  # a property of any library, which may raise anything for what it does not have
        return None


def _takes_anything(part: Any) -> bool:
    if type_roots(type(part)) & _TAKES_ANYTHING or type(part).__module__.partition(".")[0] not in _NUMERIC_LIBRARIES:
        return True
    return _attribute(part, "is_categorical_") is not None


def _takes_null(parts: Sequence[Any]) -> bool:
    for part in parts:
        if type_roots(type(part)) & _IMPUTERS:
            return True
        if type(part).__module__.partition(".")[0] not in _NULLS_TAKEN and not _allows_nan(part):
            return False
    return True


def _allows_nan(part: Any) -> bool:
    try:
        return bool(part.__sklearn_tags__().input_tags.allow_nan)
    except Exception:  # older versions have other tags, and a library's own may be anything
        return False


def _kind_of(labels: Any) -> Shape:
    """Return the shape of a class: what its label is in JSON, if all are of a kind."""
    kinds = {type(to_json(label)) for label in labels}
    return shape_of(kinds.pop()) if len(kinds) == 1 and kinds <= {str, int, float, bool} else ANYTHING


def frame_of(names: tuple[str, ...], *, mixed: bool) -> Callable[[Any], Any]:
    """Return what makes a frame of objects, its columns as in ``names``; an array where pandas is not installed."""
    pandas = installed("pandas")

    def numbers(rows: Any) -> Any:
        values = array_of([[row[name] for name in names] for row in rows]).reshape(len(rows), len(names))
        return values if pandas is None else pandas.DataFrame(values, columns=list(names))

    def cells(rows: Any) -> Any:
        # A column's null is what reading a file gives for nothing: NaN, also among words.
        missing = float("nan")
        columns = {name: [missing if row[name] is None else row[name] for row in rows] for name in names}
        made = pandas.DataFrame(columns, columns=list(names))
        empty = [name for name in names if all(row[name] is None for row in rows)]
        # Only words have none of their own kind; every imputer of numbers reads objects too.
        return made.astype(dict.fromkeys(empty, object)) if empty else made

    return cells if mixed else numbers


def array_of(rows: Any) -> Any:
    """Return numbers as an array of float64; null is NaN."""
    import numpy as np  # noqa: PLC0415  # whoever has a model that takes arrays has it

    return np.array(rows, dtype="float64")


def _guess(rows: Any) -> Any:
    """Return rows of which nothing is known as what a notebook would have given: a frame, an array, or the list."""
    first = rows[0] if rows else None
    if isinstance(first, dict):
        pandas = installed("pandas")
        return rows if pandas is None else pandas.DataFrame(rows)
    return array_of(rows) if isinstance(first, list) and all(type(x) in {int, float} for x in first) else rows
