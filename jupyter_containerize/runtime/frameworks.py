"""A predict for the models of libraries that do not follow scikit-learn.

Their packages are loaded already: a model's type is from there. Each function gives what the library's own predict
gives for the same rows.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .estimators import Unusable, answer_shape, array_of, class_name, finished, frame_of, title
from .rows import CELL, NUMBER_OR_NULL, any_rows, named_rows, nested_numbers, number_rows, text_rows
from .shapes import ANYTHING, NUMBER

Function = Callable[..., Any]
_PREDICTIONS = answer_shape(ANYTHING)


def _xgboost(model: Any) -> Function:
    names = tuple(model.feature_names or ())
    if "c" in (model.feature_types or ()):
        raise Unusable("it was trained on categories, whose codes it does not keep; write a predict that makes them")
    matrix = sys.modules["xgboost"].DMatrix

    def predict(rows: Any) -> Any:
        values = _values(rows, names)
        data = matrix(values, feature_names=list(names) or None, feature_types=model.feature_types)
        return {"predictions": model.predict(data)}

    return _numeric(predict, model, names, model.num_features())


def _lightgbm(model: Any) -> Function:
    if model.pandas_categorical:
        raise Unusable("it was trained on columns of dtype category; write a predict that makes them")
    names = tuple(model.feature_name())
    if names == tuple(f"Column_{index}" for index in range(len(names))):
        names = ()

    def predict(rows: Any) -> Any:
        return {"predictions": model.predict(_values(rows, names))}

    return _numeric(predict, model, names, model.num_feature())


def _numeric(predict: Function, model: Any, names: tuple[str, ...], width: int) -> Function:
    takes = named_rows(names, NUMBER_OR_NULL) if names else number_rows(width, NUMBER_OR_NULL)
    return finished(predict, takes, _PREDICTIONS, doc=title(model), names=names)


def _values(rows: Any, names: Sequence[str]) -> Any:
    return array_of([[row[name] for name in names] for row in rows] if names else rows)


def _catboost(model: Any) -> Function:
    names = tuple(map(str, model.feature_names_ or ()))
    if not names:
        raise Unusable("it is not fitted")
    unnamed = names == tuple(str(index) for index in range(len(names)))
    mixed = bool(model.get_cat_feature_indices() or model.get_text_feature_indices())
    classes = [class_name(label) for label in model.classes_] if hasattr(model, "predict_proba") else []

    def predict(rows: Any) -> Any:
        # Lists and not an array: a category may be a word, and 1 is one where 1.0 is none.
        values = rows if unnamed else [[row[name] for name in names] for row in rows]
        answer = {"predictions": model.predict(values)}
        if classes:
            answer["probabilities"] = [dict(zip(classes, row)) for row in model.predict_proba(values).tolist()]
        return answer

    plain = any_rows() if mixed else number_rows(len(names), NUMBER_OR_NULL)
    takes = plain if unnamed else named_rows(names, CELL if mixed else NUMBER_OR_NULL)
    gives = answer_shape(ANYTHING, probabilities=bool(classes))
    return finished(predict, takes, gives, doc=title(model), names=() if unnamed else names)


def _statsmodels(results: Any) -> Function:
    model = results.model
    formula = getattr(model, "formula", None)
    if formula is not None:
        return _formula(results, str(formula))
    if getattr(model, "exog", None) is None or hasattr(results, "forecast"):
        raise Unusable("it forecasts steps and is not asked row by row; write a predict")
    names = tuple(map(str, model.exog_names))
    # What add_constant adds is not for a caller to say.
    defaults = [(name, 1.0) for name in names if name == "const"]

    def predict(rows: Any) -> Any:
        values = [[row.get(name, 1.0) if name == "const" else row[name] for name in names] for row in rows]
        return {"predictions": results.predict(array_of(values))}

    takes = named_rows(names, NUMBER, defaults=defaults)
    return finished(predict, takes, _PREDICTIONS, doc=_title_of_results(results), names=names)


def _formula(results: Any, formula: str) -> Function:
    frame = getattr(results.model.data, "frame", None)
    if frame is None:
        raise Unusable("its data was removed, and with it the names of its columns")
    words = set(re.findall(r"\w+", formula.partition("~")[2]))
    names = tuple(str(name) for name in frame.columns if str(name) in words)
    if not names:
        raise Unusable(f"none of its columns is named in {formula}; write a predict")
    mixed = any(frame[name].dtype.kind not in "iuf" for name in names)
    table = frame_of(names, mixed=mixed)

    def predict(rows: Any) -> Any:
        return {"predictions": results.predict(table(rows)).to_numpy()}

    takes = named_rows(names, CELL if mixed else NUMBER)
    doc = f"{_title_of_results(results)}\n\n{formula}"
    return finished(predict, takes, _PREDICTIONS, doc=doc, names=names, needs=("pandas",))


def _title_of_results(results: Any) -> str:
    return f"What {type(results.model).__name__} predicts."


def _keras(model: Any) -> Function:
    sizes = getattr(model, "input_shape", None)
    if not isinstance(sizes, tuple) or not sizes or not all(size is None or isinstance(size, int) for size in sizes):
        raise Unusable("it takes several inputs, or was never built; write a predict")
    dtype = str(model.inputs[0].dtype) if getattr(model, "inputs", None) else "float32"
    # keras compiles a model when it is first asked, which two threads must not do at a time.
    turn = threading.Lock()

    def predict(rows: Any) -> Any:
        with turn:
            return {"predictions": model.predict(array_of(rows).astype(dtype), verbose=0)}

    return finished(predict, nested_numbers(sizes[1:]), _PREDICTIONS, doc=title(model))


def _torch(model: Any) -> Function:
    torch = sys.modules["torch"]
    first = next(iter(model.parameters()), None)
    layer = next((part for part in model.modules() if not any(True for _ in part.children())), model)
    dtype = torch.float32 if first is None else first.dtype
    if type(layer).__name__.startswith("Embedding"):
        dtype = torch.int64
    # One that comes in the mood for training is asked by one thread at a time: its mood is shared.
    moody = any(part.training for part in model.modules())
    turn: Any = threading.Lock() if moody else contextlib.nullcontext()

    def predict(rows: Any) -> Any:
        with turn, _asked(model):
            tensor = torch.tensor(rows, dtype=dtype, device=None if first is None else first.device)
            return {"predictions": _lists(model(tensor))}

    # Only a Sequential calls its parts in the order in which it has them.
    width = getattr(layer, "in_features", None) if type(model) is torch.nn.Sequential else None
    takes = number_rows(width) if isinstance(width, int) else any_rows()
    return finished(predict, takes, _PREDICTIONS, doc=title(model))


@contextlib.contextmanager
def _asked(model: Any) -> Iterator[None]:
    """Let a module answer and not train, and leave it as it was: in a notebook it is not ours."""
    training = [part for part in model.modules() if part.training]
    for part in training:
        part.training = False
    try:
        with sys.modules["torch"].no_grad():
            yield
    finally:
        for part in training:
            part.training = True


def _lists(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _transformers(model: Any) -> Function:
    if getattr(model, "tokenizer", None) is None or getattr(model, "image_processor", None) is not None:
        raise Unusable(f"its task {model.task!r} does not take text alone; write a predict")

    def predict(inputs: Any) -> Any:
        return model(inputs)

    return finished(predict, text_rows(), list, doc=f"What a pipeline for {model.task} gives for each text.")


def _onnx(session: Any) -> Function:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise Unusable(f"it takes {len(inputs)} inputs; write a predict")
    (taken,) = inputs
    dtype = {"float": "float32", "double": "float64"}.get(taken.type[len("tensor(") : -1], taken.type[7:-1])
    if not re.fullmatch(r"u?int\d+|float\d+", dtype):
        raise Unusable(f"it takes {taken.type}; write a predict")
    outputs = [output.name for output in session.get_outputs()]

    def predict(rows: Any) -> Any:
        return dict(zip(outputs, session.run(None, {taken.name: array_of(rows).astype(dtype)})))

    sizes = [size if isinstance(size, int) else None for size in taken.shape[1:]]
    return finished(predict, nested_numbers(sizes), dict, doc="What the ONNX model gives.")


# The first that fits. XGBClassifier and its like follow scikit-learn and are not here.
FAMILIES: tuple[tuple[str, Callable[[Any], Function]], ...] = (
    ("xgboost.Booster", _xgboost),
    ("lightgbm.Booster", _lightgbm),
    ("catboost.CatBoost", _catboost),
    ("statsmodels.ResultsWrapper", _statsmodels),
    ("statsmodels.Results", _statsmodels),
    ("keras.Model", _keras),
    ("tensorflow.Model", _keras),
    ("tf_keras.Model", _keras),
    ("torch.Module", _torch),
    ("transformers.Pipeline", _transformers),
    ("onnxruntime.InferenceSession", _onnx),
)
