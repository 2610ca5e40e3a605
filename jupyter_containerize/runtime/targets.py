"""What the notebook serves with, as a plain function: the same in the image and in the kernel that is captured.

    function   the function itself
    method     a bound method: ``model.predict``
    class      a method of a class that is made now: ``Predictor.predict``; ``setup`` is called first
    estimator  a predict for a fitted model of a known library (``estimators``)
    pyfunc     an MLflow model in Python, instance or class
    cell       a function of one text, ``REQUEST``: a cell that Kernel Gateway would serve

Every result has a true signature, so that ``schema`` and ``binding`` read it as they read any function. The standard
library only; of the libraries that models are from, none is imported that unpickling did not load, but pandas.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

from .encoding import type_name
from .errors import TargetMissing, TargetUnusable
from .tabular import installed

Function = Callable[..., Any]


def function_of(kind: str, symbol: str, namespace: Mapping[str, Any]) -> Function:
    """Return the function that answers for ``symbol``; ``namespace`` is where the serving code has run.

    ``kind`` is the value of a ``CandidateKind`` other than ``job``.

    Raises:
        TargetMissing: the symbol is not bound, or an attribute of it is not there.
        TargetUnusable: what is bound cannot be called, or cannot be made into a function.
    """
    make = _MAKERS.get(kind)
    if make is None:
        raise TargetUnusable(symbol, kind, f"serving a {kind} is not known here")
    return make(symbol, namespace)


def request_of(function: Function, value: Any, most: int = 3) -> dict[str, Any]:
    """Return the request that asks what a notebook asked with ``model.predict(value)``: its first rows.

    For functions made of estimators and pyfunc models, which take rows: as JSON values once ``to_json`` has read
    them, with names where the function wants names and the value is an array without.

    Raises:
        TypeError: the value has no rows.
    """
    from .rows import as_rows  # noqa: PLC0415  # as below

    name = next(iter(inspect.signature(function).parameters))
    return {name: as_rows(value, getattr(function, "feature_names", ()), most)}


def modules_of(function: Function) -> tuple[str, ...]:
    """Return the modules that a made function imports, beside those that loading its object does."""
    return tuple(getattr(function, "needs", ()))


def _function(symbol: str, namespace: Mapping[str, Any]) -> Function:
    found: Any = _bound(symbol, namespace)
    if not callable(found):
        raise TargetUnusable(symbol, type_name(type(found)), "it cannot be called")
    function: Function = found
    return function


def _made(symbol: str, namespace: Mapping[str, Any]) -> Function:
    """Return a method of a class that nothing has made yet."""
    owner, _, method = symbol.partition(".")
    from .fields import plain  # noqa: PLC0415  # of use here alone

    made = _set_up(symbol, _bound(owner, namespace))
    return plain(_function(f"{owner}.{method or 'predict'}", {owner: made}))


def _set_up(symbol: str, kind: Any) -> Any:
    if not isinstance(kind, type):
        return kind
    made = _tried(symbol, kind, kind)
    if callable(getattr(made, "setup", None)):
        # Cog hands over where weights lie, when the method asks for it; the state is in the image already.
        weights = (None,) if _required(made.setup) else ()
        _tried(symbol, kind, functools.partial(made.setup, *weights))
    return made


def _estimator(symbol: str, namespace: Mapping[str, Any]) -> Function:
    # Here, not above: most images serve a function of their own, and start without all this.
    from . import estimators  # noqa: PLC0415

    model = _bound(symbol, namespace)
    try:
        function = estimators.predict_of(model)
    except estimators.Unusable as error:
        raise TargetUnusable(symbol, type_name(type(model)), str(error)) from error
    function.__qualname__ = f"{symbol}.predict"
    return function


def _pyfunc(symbol: str, namespace: Mapping[str, Any]) -> Function:
    from .estimators import finished  # noqa: PLC0415  # as above
    from .rows import any_rows  # noqa: PLC0415

    model = _bound(symbol, namespace)
    # What load_context leaves on an instance is for this function alone.
    model = _tried(symbol, model, model) if isinstance(model, type) else copy.copy(model)
    if not callable(getattr(model, "predict", None)):
        raise TargetUnusable(symbol, type_name(type(model)), "it has no predict")
    context = types.SimpleNamespace(artifacts={}, model_config={})
    if callable(getattr(model, "load_context", None)):
        _tried(symbol, type(model), functools.partial(model.load_context, context))
    # MLflow's newer models leave the context out; params are the caller's, and a request has none.
    required = [name for name in _required(model.predict) if name != "params"]
    first = (context,) if len(required) > 1 else ()
    further: dict[str, Any] = {"params": None} if "params" in _required(model.predict) else {}

    # By MLflow's contract the rows are a frame; without pandas nobody can have meant one.
    pandas = installed("pandas")

    def predict(rows: Any) -> Any:
        tabular = pandas is not None and rows and isinstance(rows[0], dict)
        return model.predict(*first, pandas.DataFrame(rows) if tabular else rows, **further)

    # Their own: inspect would find what MLflow says of every model.
    doc = getattr(model.predict, "__doc__", None) or type(model).__doc__ or ""
    needs = () if pandas is None else ("pandas",)
    return finished(predict, any_rows(), Any, doc=inspect.cleandoc(doc), needs=needs)


def _bound(symbol: str, namespace: Mapping[str, Any]) -> Any:
    first, *rest = symbol.split(".")
    if first not in namespace:
        raise TargetMissing(symbol, first)
    found = namespace[first]
    for count, part in enumerate(rest, start=1):
        if not hasattr(found, part):
            raise TargetMissing(symbol, ".".join([first, *rest[:count]]))
        found = getattr(found, part)
    return found


def _tried(symbol: str, kind: type, step: Callable[[], Any]) -> Any:
    """Return what the notebook's own code makes, which may raise anything."""
    try:
        return step()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        raise TargetUnusable(symbol, type_name(kind), reason) from error


def _required(function: Function) -> list[str]:
    """Return the positional parameters that have no default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    by_position = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    return [item.name for item in parameters if item.default is item.empty and item.kind in by_position]


_MAKERS: dict[str, Callable[[str, Mapping[str, Any]], Function]] = {
    "function": _function,
    "method": _function,
    "cell": _function,
    "class": _made,
    "estimator": _estimator,
    "pyfunc": _pyfunc,
}
