"""Finds the functions that could answer requests, weighs the evidence, and makes the choice."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from jupyter_containerize.analysis.calls import cells_that_call
from jupyter_containerize.analysis.errors import (
    AmbiguousServing,
    FunctionUnreadable,
    NothingToServe,
    SymbolNotFound,
)
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement, read_code
from jupyter_containerize.domain.notebook import Analysis, CandidateKind, Notebook, ServingCandidate

SERVE_TAG = "serve"

# A tag is the user's own word and beats every name; types and calls only tell equals apart.
_TAG_WEIGHT = 100
_NAME_WEIGHTS: Mapping[str, int] = {"predict": 40, "serve": 20, "infer": 20, "score": 20}
_TYPES_WEIGHT = 5
_CALL_WEIGHT = 5

SERVING_NAMES = tuple(_NAME_WEIGHTS)


def find_candidates(code: Code) -> tuple[ServingCandidate, ...]:
    """Return the functions that could serve, best first; equals in document order."""
    found = (_weighed(code, name) for name in code.functions)
    return tuple(sorted((item for item in found if item is not None), key=lambda item: -item.strength))


def choose(analysis: Analysis, notebook: Notebook, *, symbol: str = "") -> ServingCandidate:
    """Return the function to serve: the one that the user names, or the best candidate.

    Raises:
        SymbolNotFound: the notebook has no top-level function ``symbol``.
        NothingToServe: nothing was named and there is no candidate.
        AmbiguousServing: nothing was named and the best candidates are equally good.
        FunctionUnreadable: the function is only defined in code that does not parse.
    """
    code = read_code(notebook)
    if symbol:
        return _named(analysis, code, symbol)
    if not analysis.candidates:
        for name in SERVING_NAMES:
            _check_readable(code, name)
        raise NothingToServe(notebook.path, code.functions)
    best = analysis.candidates[0]
    equals = tuple(item for item in analysis.candidates if item.strength == best.strength)
    if len(equals) > 1:
        raise AmbiguousServing(notebook.path, equals)
    return best


def _named(analysis: Analysis, code: Code, symbol: str) -> ServingCandidate:
    reason = "you asked for it"
    for candidate in analysis.candidates:
        if candidate.symbol == symbol:
            return replace(candidate, reasons=(reason, *candidate.reasons))
    definition = code.definition(symbol)
    if definition is None:
        _check_readable(code, symbol)
        raise SymbolNotFound(code.path, symbol, code.functions)
    return ServingCandidate(symbol=symbol, kind=CandidateKind.FUNCTION, location=definition.location, reasons=(reason,))


def _check_readable(code: Code, function: str) -> None:
    for piece in code.unreadable:
        if piece.defines(function):
            raise FunctionUnreadable(code.path, function, piece.location, piece.reason)


def _weighed(code: Code, name: str) -> ServingCandidate | None:
    definition = code.definition(name)
    if definition is None or not isinstance(definition.node, FunctionNode):
        return None
    strength, reasons = 0, []
    if _is_tagged(code, definition):
        strength += _TAG_WEIGHT
        reasons.append(f"its cell is tagged '{SERVE_TAG}'")
    if name in _NAME_WEIGHTS:
        strength += _NAME_WEIGHTS[name]
        reasons.append(f"it is named '{name}'")
    if not strength:
        return None
    if _is_typed(definition.node):
        strength += _TYPES_WEIGHT
        reasons.append("its parameters have types")
    if cells := cells_that_call(code, definition, name):
        strength += _CALL_WEIGHT
        reasons.append(f"cell {cells[-1]} calls it")
    return ServingCandidate(
        symbol=name,
        kind=CandidateKind.FUNCTION,
        location=definition.location,
        reasons=tuple(reasons),
        strength=strength,
    )


def _is_tagged(code: Code, definition: Statement) -> bool:
    """Tell whether the function is the last one of a cell tagged ``serve``; those above it help it."""
    cell = definition.text.cell
    if SERVE_TAG not in cell.tags:
        return False
    in_cell = [s for s in code.statements if s.text.cell is cell and isinstance(s.node, FunctionNode)]
    return in_cell[-1] is definition


def _is_typed(function: FunctionNode) -> bool:
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return bool(parameters) and all(isinstance(item.annotation, ast.expr) for item in parameters)
