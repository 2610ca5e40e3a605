"""Finds the fitted models of known libraries that a notebook ends with."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_containerize.analysis.entries.known_models import Fit
from jupyter_containerize.analysis.entries.values import Value, Values, values_in
from jupyter_containerize.analysis.entries.weights import (
    CHOSEN_WEIGHT,
    FITTED_WEIGHT,
    NAMED_WEIGHT,
    SAVED_WEIGHT,
    SERVE_TAG,
    TAG_WEIGHT,
)
from jupyter_containerize.analysis.statements import Code, FunctionNode
from jupyter_containerize.domain.notebook import CandidateKind, ServingCandidate

_CHOSEN_NAMES = ("best", "final", "production", "deployed")
_DUMPS = frozenset({
    "joblib.dump", "pickle.dump", "pickle.dumps", "cloudpickle.dump", "dill.dump", "torch.save", "skops.io.dump",
    "sklearn.externals.joblib.dump", "keras.models.save_model", "tensorflow.keras.models.save_model",
})  # fmt: skip
_SAVES = frozenset({"save", "save_model", "save_pretrained"})


def find_estimators(code: Code, values: Values) -> Iterator[ServingCandidate]:
    """Yield the names that end up with a fitted model, in the order in which they were bound last.

    One model of two names counts under the later one. What another fitted one was made of (the steps of a pipeline,
    what a search tried, the search that a best estimator came from) is left out: the other stands for it.
    """
    named = {name: value for name in values.bound_at if (value := values.value(name)) is not None and value.fitted}
    named = {name: value for name, value in named.items() if value.call is not None}
    held = {id(part) for value in named.values() if _stands_for_parts(value) for part in _all_parts(value)}
    last = {id(value): name for name, value in named.items()}
    for name, value in named.items():
        if id(value) not in held and last[id(value)] == name:
            yield _candidate(code, values, name, value)


def _candidate(code: Code, values: Values, name: str, value: Value) -> ServingCandidate:
    strength = FITTED_WEIGHT
    reasons = [_what_it_is(value)]
    saved, logged = _kept(values, value)
    if logged:
        strength += SAVED_WEIGHT
        reasons.append(f"the notebook logs it ({logged})")
    elif saved:
        strength += SAVED_WEIGHT
        reasons.append(f"the notebook saves it ({saved})")
    if value.chosen or name in values.aliases:
        strength += CHOSEN_WEIGHT
        origin = f"assigned from '{values.aliases[name]}'" if name in values.aliases else "the best of a search"
        reasons.append(f"it is {origin}")
    if name.lower().startswith(_CHOSEN_NAMES):
        strength += NAMED_WEIGHT
        reasons.append(f"it is named '{name}'")
    location = values.bound_at[name]
    if _is_tagged(code, location.cell, name):
        strength += TAG_WEIGHT
        reasons.insert(0, f"its cell is tagged '{SERVE_TAG}'")
    return ServingCandidate(
        symbol=name, kind=CandidateKind.ESTIMATOR, location=location, reasons=tuple(reasons), strength=strength
    )


def _what_it_is(value: Value) -> str:
    assert value.call is not None  # noqa: S101  # only models come here
    made = f"({value.owner or value.call.name}, {value.call.library})"
    if value.call.fit is Fit.DONE:
        return f"it is a model that is ready to predict {made}"
    trained = "model that the notebook trains" if value.call.fit is Fit.TRAINED else "fitted model"
    return f"it is a {trained} {made}"


def _stands_for_parts(value: Value) -> bool:
    if value.chosen:
        return True
    return value.call is not None and (value.call.contains or value.call.fit in {Fit.HISTORY, Fit.TRAINED})


def _all_parts(value: Value) -> Iterator[Value]:
    for part in value.parts:
        yield part
        yield from _all_parts(part)


def _kept(values: Values, value: Value) -> tuple[str, str]:
    """Return the call that saves the model, and the one that logs it with MLflow; empty where there is none."""
    saved = logged = ""
    for call, statement in values.calls:
        origin = values.origins.of_expression(call.func)
        first = call.args[0] if call.args else None
        if origin.startswith("mlflow.") and origin.endswith((".log_model", ".save_model")):
            named = (word.value for word in call.keywords if word.arg is not None and word.arg.endswith("model"))
            given = first if first is not None else next(named, None)
            if _is(values, given, value):
                logged = origin
        elif origin in _DUMPS and _is(values, first, value):
            saved = origin
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _SAVES and _is(values, call.func.value, value):
            saved = f".{call.func.attr}, cell {statement.text.cell.index}"
    return saved, logged


def _is(values: Values, node: ast.expr | None, value: Value) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name() as inner, attr="state_dict")):
            node = inner
    return isinstance(node, ast.Name) and value in tuple(values_in(values.names.get(node.id)))


def _is_tagged(code: Code, cell: int | None, name: str) -> bool:
    in_cell = [item for item in code.statements if item.text.cell.index == cell]
    if not in_cell or SERVE_TAG not in in_cell[0].text.cell.tags:
        return False
    if any(isinstance(item.node, FunctionNode | ast.ClassDef) for item in in_cell):
        return False
    bound = [
        target.id for item in in_cell for target in getattr(item.node, "targets", ()) if isinstance(target, ast.Name)
    ]
    return bound[-1:] == [name]
