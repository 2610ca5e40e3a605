"""Finds the functions that could answer requests, and weighs the evidence for each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from jupyter_containerize.analysis.entries.calls import cells_that_call
from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.entries.routes import Route, route_of
from jupyter_containerize.analysis.entries.weights import (
    CALL_WEIGHT,
    DECORATED_WEIGHT,
    ROUTE_WEIGHT,
    SERVE_TAG,
    TAG_WEIGHT,
    TYPES_WEIGHT,
)
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.domain.notebook import CandidateKind, ServingCandidate

NAME_WEIGHTS: Mapping[str, int] = {"predict": 40, "serve": 20, "infer": 20, "score": 20}
SERVING_NAMES = tuple(NAME_WEIGHTS)

# Put on what answers requests: traced, or served, elsewhere.
_DECORATORS = frozenset({"mlflow.trace", "bentoml.api", "bentoml.task"})


def find_functions(code: Code, origins: Origins) -> Iterator[ServingCandidate]:
    """Yield the functions that could serve, in order of their first definition."""
    for name in code.functions:
        definition = code.definition(name)
        if definition is not None and (found := _weighed(code, origins, name, definition)) is not None:
            yield found


def _weighed(code: Code, origins: Origins, name: str, definition: Statement) -> ServingCandidate | None:
    assert isinstance(definition.node, FunctionNode)  # noqa: S101  # the definitions of functions are
    strength, reasons = 0, []
    if is_tagged(code, definition):
        strength += TAG_WEIGHT
        reasons.append(f"its cell is tagged '{SERVE_TAG}'")
    route = route_of(code, origins, definition.node)
    if route is not None:
        strength += ROUTE_WEIGHT
        reasons.append(f"it answers {route.method} {route.path} ({route.decorator}, which is not served itself)")
    if name in NAME_WEIGHTS:
        strength += NAME_WEIGHTS[name]
        reasons.append(f"it is named '{name}'")
    if route is None and (decorator := _serving_decorator(origins, definition.node)):
        strength += DECORATED_WEIGHT
        reasons.append(f"it is decorated with @{decorator}")
    if not strength:
        return None
    if _is_typed(definition.node):
        strength += TYPES_WEIGHT
        reasons.append("its parameters have types")
    if cells := cells_that_call(code, definition, name):
        strength += CALL_WEIGHT
        reasons.append(f"cell {cells[-1]} calls it")
    return ServingCandidate(
        symbol=name,
        kind=CandidateKind.FUNCTION,
        location=definition.location,
        reasons=tuple(reasons),
        strength=strength,
        **_answering(route),
    )


def _answering(route: Route | None) -> dict[str, str]:
    return {} if route is None else {"route": route.path, "method": route.method}


def is_tagged(code: Code, definition: Statement) -> bool:
    """Tell whether the function is the last one of a cell tagged ``serve``; those above it help it."""
    cell = definition.text.cell
    if SERVE_TAG not in cell.tags:
        return False
    in_cell = [s for s in code.statements if s.text.cell is cell and isinstance(s.node, FunctionNode)]
    return in_cell[-1] is definition


def _serving_decorator(origins: Origins, function: FunctionNode) -> str:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        origin = origins.of_expression(called)
        if origin in _DECORATORS:
            return origin
    return ""


def _is_typed(function: FunctionNode) -> bool:
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return bool(parameters) and all(isinstance(item.annotation, ast.expr) for item in parameters)
