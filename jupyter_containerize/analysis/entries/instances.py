"""Finds the objects and classes of the notebook whose methods could answer requests, and MLflow's Python models."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from jupyter_containerize.analysis.entries.classes import Classes, does_nothing, required_parameters
from jupyter_containerize.analysis.entries.functions import NAME_WEIGHTS
from jupyter_containerize.analysis.entries.values import Values
from jupyter_containerize.analysis.entries.weights import (
    FRAMEWORK_WEIGHT,
    METHOD_WEIGHT,
    MLFLOW_WEIGHT,
    SERVE_TAG,
    TAG_WEIGHT,
)
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.analysis.walk import walk
from jupyter_containerize.domain.notebook import CandidateKind, Location, ServingCandidate

_COG = frozenset({"cog.BasePredictor", "cog.BaseRunner", "cog.predictor.BasePredictor"})
_PYFUNC = frozenset({"mlflow.pyfunc.PythonModel", "mlflow.pyfunc.model.PythonModel"})
# What a class may derive from and still be made by calling it without arguments.
_PLAIN_BASES = frozenset({"abc.ABC", "typing.Generic", "sklearn.base.BaseEstimator"})
_METHODS: Mapping[str, int] = {"predict": 3, "infer": 2, "serve": 2, "score": 1}
_ANSWERING = frozenset({*_METHODS, "run"})
# `__call__` is on many things (a loss, a transform); these words in a class's name say what it is for.
_CALLED = ("predictor", "model", "classifier", "regressor", "service", "server", "inference")


def find_instances(code: Code, classes: Classes, values: Values) -> Iterator[ServingCandidate]:
    """Yield the objects that the notebook binds whose class, of the notebook, has a serving method."""
    for name, location in values.bound_at.items():
        value = values.value(name)
        if value is None or not value.owner or is_pyfunc(classes, value.owner) or values.is_alias(name):
            continue
        method = serving_method(classes, value.owner)
        # A torch module or a keras model is called, and scored, by its library's own rules.
        if method and (value.call is None or method not in {"score", "__call__"}):
            yield _candidate(
                classes, value.owner, f"{name}.{method}", CandidateKind.METHOD, location,
                reasons=[f"'{name}' is a {value.owner}, which has a method '{method}'"],
                tagged=_is_last_in_tagged_cell(code, location, name),
            )  # fmt: skip


def find_classes(code: Code, classes: Classes) -> Iterator[ServingCandidate]:
    """Yield the classes with a serving method that nothing instantiates, and that can be made without arguments."""
    made: frozenset[str] | None = None
    for name, statement in classes.by_name.items():
        method = serving_method(classes, name)
        if method in {"", "score", "__call__"} or is_pyfunc(classes, name):
            continue
        made = instantiated(code) if made is None else made
        if name not in made and not classes.is_abstract(name) and can_be_made(classes, name):
            yield _candidate(
                classes, name, f"{name}.{method}", CandidateKind.CLASS, statement.location,
                reasons=[f"the class {name} has a method '{method}', and nothing makes one"],
                tagged=_is_last_in_tagged_cell(code, statement.location, name),
            )  # fmt: skip


def find_pyfuncs(code: Code, classes: Classes, values: Values) -> Iterator[ServingCandidate]:
    """Yield MLflow's models in Python: objects, or classes that nothing instantiates."""
    made: frozenset[str] | None = None
    for name, location in values.bound_at.items():
        value = values.value(name)
        if value is not None and value.owner and is_pyfunc(classes, value.owner) and not values.is_alias(name):
            yield _pyfunc(name, location, f"'{name}' is a {value.owner}, an MLflow PythonModel")
    for name, statement in classes.by_name.items():
        if not is_pyfunc(classes, name) or classes.is_abstract(name):
            continue
        made = instantiated(code) if made is None else made
        if name not in made and not classes.needs_arguments(name) and classes.method(name, "predict") is not None:
            yield _pyfunc(name, statement.location, f"the class {name} is an MLflow PythonModel")


def find_logged(code: Code, classes: Classes, values: Values) -> Iterator[ServingCandidate]:
    """Yield what the notebook hands to MLflow as its model: ``set_model(x)``, ``log_model(python_model=x)``."""
    for call, statement in values.calls:
        origin = values.origins.of_expression(call.func)
        where = f"cell {statement.text.cell.index}"
        given: ast.expr | None = None
        if origin in {"mlflow.models.set_model", "mlflow.models.model.set_model"}:
            given = _argument(call, "model", 0)
            reason = f"{where} says that it is the model (mlflow.models.set_model)"
        elif origin in {"mlflow.pyfunc.log_model", "mlflow.pyfunc.save_model"}:
            given = _argument(call, "python_model", None)
            reason = f"{where} gives it to {origin}"
        if given is not None and (found := _handed(code, classes, values, given, reason)) is not None:
            yield found


def serving_method(classes: Classes, name: str) -> str:
    """Return the method of a class that answers, the first of those that we know, or nothing."""
    if any(base in _COG for base in classes.bases(name)) and classes.method(name, "predict") is None:
        return "run" if classes.method(name, "run") is not None else ""
    for method in _METHODS:
        found = classes.method(name, method)
        if found is not None and not does_nothing(found):
            return method
    called = any(word in name.lower() for word in _CALLED) and classes.method(name, "__call__") is not None
    return "__call__" if called else ""


def is_pyfunc(classes: Classes, name: str) -> bool:
    """Tell whether a class of the notebook is an MLflow PythonModel."""
    return any(base in _PYFUNC for base in classes.bases(name))


def can_be_made(classes: Classes, name: str) -> bool:
    """Tell whether the runtime can make one: ``Predictor()`` and ``setup()`` need no arguments."""
    if any(base not in _PLAIN_BASES | _COG for base in classes.bases(name)) or classes.needs_arguments(name):
        return False
    setup = classes.method(name, "setup")
    return setup is None or not required_parameters(setup)


def _candidate(
    classes: Classes, owner: str, symbol: str, kind: CandidateKind, location: Location, *,
    reasons: list[str], tagged: bool,
) -> ServingCandidate:  # fmt: skip
    strength = METHOD_WEIGHT + _METHODS.get(symbol.rpartition(".")[2], 0)
    if base := next((base for base in classes.bases(owner) if base in _COG), ""):
        strength += FRAMEWORK_WEIGHT
        reasons.append(f"it is a Cog {base.rpartition('.')[2]}")
    if tagged:
        strength += TAG_WEIGHT
        reasons.insert(0, f"its cell is tagged '{SERVE_TAG}'")
    return ServingCandidate(symbol=symbol, kind=kind, location=location, reasons=tuple(reasons), strength=strength)


def _pyfunc(symbol: str, location: Location, *reasons: str, strength: int = FRAMEWORK_WEIGHT) -> ServingCandidate:
    return ServingCandidate(
        symbol=symbol, kind=CandidateKind.PYFUNC, location=location, reasons=reasons, strength=strength
    )


def _handed(code: Code, classes: Classes, values: Values, given: ast.expr, reason: str) -> ServingCandidate | None:
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and not given.args and not given.keywords:
        given = given.func
    if not isinstance(given, ast.Name):
        return None
    name = given.id
    value = values.value(name)
    owner = value.owner if value is not None else name
    statement = classes.by_name.get(name)
    location = values.bound_at.get(name) or (statement.location if statement else None)
    if is_pyfunc(classes, owner) and location is not None:
        return _pyfunc(name, location, reason, f"it is an MLflow PythonModel ({owner})", strength=MLFLOW_WEIGHT)
    definition = code.definition(name)
    if definition is not None and isinstance(definition.node, FunctionNode):
        strength = MLFLOW_WEIGHT + NAME_WEIGHTS.get(name, 0)
        return ServingCandidate(
            symbol=name, kind=CandidateKind.FUNCTION, location=definition.location, reasons=(reason,), strength=strength
        )
    return None


def _argument(call: ast.Call, name: str, position: int | None) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if position is not None and len(call.args) > position else None


def instantiated(code: Code) -> frozenset[str]:
    """Return the names that are called anywhere, but for a class that is only made to be tried, or handed to MLflow.

    That is ``Predictor().predict(...)`` at top level, ``python_model=Model()`` and ``set_model(Model())``.
    """
    calls: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for statement in code.statements:
        at_top = not isinstance(statement.node, FunctionNode | ast.ClassDef)
        for node in walk([statement.node]):
            match node:
                case ast.Call(func=ast.Name(id=name)):
                    calls[name] += 1
                case ast.Call(func=ast.Attribute(attr=attr, value=value)) if at_top and attr in _ANSWERING:
                    tried[_made_class(value)] += 1
                case ast.keyword(arg="python_model", value=value):
                    tried[_made_class(value)] += 1
            match node:
                case ast.Call(func=ast.Attribute(attr="set_model") | ast.Name(id="set_model"), args=[value]):
                    tried[_made_class(value)] += 1
    return frozenset(name for name, count in calls.items() if count > tried[name])


def _made_class(node: ast.expr) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name
    return ""


def _is_last_in_tagged_cell(code: Code, location: Location, name: str) -> bool:
    """Tell whether a tagged cell without functions ends with what binds the name."""
    in_cell = [item for item in code.statements if item.text.cell.index == location.cell]
    if not in_cell or SERVE_TAG not in in_cell[0].text.cell.tags:
        return False
    if any(isinstance(item.node, FunctionNode) for item in in_cell):
        return False
    binding = [item for item in in_cell if isinstance(item.node, ast.Assign | ast.AnnAssign | ast.ClassDef)]
    return bool(binding) and _binds(binding[-1], name)


def _binds(statement: Statement, name: str) -> bool:
    node = statement.node
    if isinstance(node, ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
