"""Makes the choice of what serves: what the user names, or what the evidence says without doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from jupyter_containerize.analysis.bindings import BindingKind, read_bindings
from jupyter_containerize.analysis.entries.candidates import (
    JOB_SYMBOL,
    Facts,
    coded,
    find_job,
    parameters_cell,
)
from jupyter_containerize.analysis.entries.cells import endpoint_named, find_cells
from jupyter_containerize.analysis.entries.estimators import find_estimators
from jupyter_containerize.analysis.entries.functions import SERVING_NAMES
from jupyter_containerize.analysis.entries.instances import can_be_made, is_pyfunc, serving_method
from jupyter_containerize.analysis.entries.weights import ROUTE_WEIGHT, TAG_WEIGHT
from jupyter_containerize.analysis.errors import (
    AmbiguousServing,
    FunctionUnreadable,
    NothingToServe,
    RouteTaken,
    SymbolNotFound,
    SymbolUnusable,
)
from jupyter_containerize.analysis.statements import Code, read_code
from jupyter_containerize.domain.notebook import Analysis, CandidateKind, Location, Notebook, ServingCandidate

_ASKED = "you asked for it"
# What the server inside the image answers itself, whatever is served.
_OWN_ROUTES = frozenset({"/", "/schema", "/openapi.json", "/metrics", "/health/live", "/health/ready"})
_PRIMARY = "/predict"


def choose(analysis: Analysis, notebook: Notebook, *, symbols: Sequence[str] = ()) -> tuple[ServingCandidate, ...]:
    """Return what serves, the first on ``/predict`` too: what the user names, in that order, or the best candidate.

    With none named, several serve only if the notebook says so: cells tagged ``serve``, Kernel Gateway's
    cells, functions with routes. Then they are in document order, but one that answers on ``/predict`` comes first.
    Each has its ``route``, but for a job.

    Args:
        analysis: The facts of the notebook.
        notebook: The notebook.
        symbols: A function, ``object.method``, ``Class.method``, a model, ``post_score`` or ``POST /score`` for a
            cell, ``notebook`` for a job.

    Raises:
        SymbolNotFound: the notebook binds no such name at top level.
        SymbolUnusable: it does, but what is bound cannot answer.
        NothingToServe: nothing was named and there is no candidate.
        AmbiguousServing: nothing was named and the best candidates are equally good.
        FunctionUnreadable: the function is only defined in code that does not parse.
        RouteTaken: two would answer on one route.
    """
    code = read_code(notebook)
    if symbols:
        chosen = [_named(analysis, code, symbol) for symbol in dict.fromkeys(symbols)]
    else:
        chosen = _found(analysis, code)
    if len(chosen) > 1 and any(item.kind is CandidateKind.JOB for item in chosen):
        raise SymbolUnusable(
            code.path, JOB_SYMBOL, "a job runs once and ends, so that nothing else can answer beside it"
        )
    routed = [item if item.kind is CandidateKind.JOB else replace(item, route=route_of(item)) for item in chosen]
    _check_routes(code.path, routed)
    return tuple(routed)


def route_of(candidate: ServingCandidate) -> str:
    """Return the path that a candidate answers on: its own, or ``/`` and the last part of its symbol."""
    return candidate.route or f"/{candidate.symbol.rpartition('.')[2].strip('_')}"


def _found(analysis: Analysis, code: Code) -> list[ServingCandidate]:
    if not analysis.candidates:
        for name in SERVING_NAMES:
            _check_readable(code, name)
        raise NothingToServe(code.path, code.functions)
    best = analysis.candidates[0]
    if together := _together(analysis.candidates, best):
        ordered = sorted(together, key=lambda item: (item.location.cell or 0, item.location.line or 0))
        return sorted(ordered, key=lambda item: route_of(item) != _PRIMARY)
    equals = tuple(item for item in analysis.candidates if item.strength == best.strength)
    if len(equals) > 1:
        raise AmbiguousServing(code.path, equals)
    return [best]


def _together(candidates: Iterable[ServingCandidate], best: ServingCandidate) -> list[ServingCandidate]:
    """Return the candidates that the notebook itself says are endpoints beside the best one."""
    if best.strength >= TAG_WEIGHT:
        return [item for item in candidates if item.strength >= TAG_WEIGHT]
    if best.kind is CandidateKind.CELL:
        return [item for item in candidates if item.kind is CandidateKind.CELL]
    if best.route:
        return [item for item in candidates if item.route and item.strength >= ROUTE_WEIGHT]
    return []


def _named(analysis: Analysis, code: Code, symbol: str) -> ServingCandidate:
    for candidate in analysis.candidates:
        if candidate.symbol == symbol:
            return replace(candidate, reasons=(_ASKED, *candidate.reasons))
    definition = code.definition(symbol)
    if definition is not None:
        return _asked(symbol, CandidateKind.FUNCTION, definition.location)
    if (endpoint := endpoint_named(code, symbol)) is not None:
        [cell] = [item for item in find_cells(code) if item.symbol == endpoint.symbol]
        return replace(cell, reasons=(_ASKED, *cell.reasons))
    found = _of_names(code, symbol)
    if found is not None:
        return found
    if symbol == JOB_SYMBOL:
        return _job(code)
    _check_readable(code, symbol)
    seen = dict.fromkeys((*code.functions, *(item.symbol for item in analysis.candidates)))
    raise SymbolNotFound(code.path, symbol, tuple(seen))


def _of_names(code: Code, symbol: str) -> ServingCandidate | None:
    """Return what a name, or a method of one, can serve as, or ``None`` if the notebook does not bind it."""
    facts = Facts.of(code)
    name, _, method = symbol.partition(".")
    for candidate in (*coded(facts), *find_estimators(code, facts.values)):
        if candidate.symbol == symbol or (
            candidate.kind is CandidateKind.ESTIMATOR and symbol == f"{candidate.symbol}.predict"
        ):
            return replace(candidate, reasons=(_ASKED, *candidate.reasons))
    if name in facts.classes.by_name:
        return _of_class(facts, name, method)
    location = _bound_at(code, name)
    if location is None:
        return None
    value = facts.values.value(name)
    if value is not None and value.owner and is_pyfunc(facts.classes, value.owner):
        return _asked(name, CandidateKind.PYFUNC, location)
    if value is not None and value.owner and value.call is None:
        method = method or serving_method(facts.classes, value.owner)
        if not method or facts.classes.method(value.owner, method) is None:
            known = not facts.classes.bases(value.owner)
            if known or not method:
                raise SymbolUnusable(code.path, symbol, f"{value.owner} has no method {method or 'predict'}")
    if method:
        return _asked(f"{name}.{method}", CandidateKind.METHOD, location)
    return _asked(name, CandidateKind.ESTIMATOR, location)


def _of_class(facts: Facts, name: str, method: str) -> ServingCandidate:
    classes, path = facts.classes, facts.code.path
    location = classes.by_name[name].location
    if is_pyfunc(classes, name):
        return _asked(name, CandidateKind.PYFUNC, location)
    method = method or serving_method(classes, name)
    if not method or classes.method(name, method) is None:
        raise SymbolUnusable(path, name, f"the class {name} has no method {method or 'predict'}")
    if not can_be_made(classes, name) and (classes.needs_arguments(name) or not classes.bases(name)):
        reason = (
            f"{name}() and its setup() cannot be called without arguments; bind one to a name and serve its {method}"
        )
        raise SymbolUnusable(path, f"{name}.{method}", reason)
    return _asked(f"{name}.{method}", CandidateKind.CLASS, location)


def _bound_at(code: Code, name: str) -> Location | None:
    history = read_bindings(code).history.get(name, ())
    values = [item for item in history if item.kind in {BindingKind.VALUE, BindingKind.DELETED}]
    if not values or values[-1].kind is BindingKind.DELETED:
        return None
    return values[-1].statement.location


def _job(code: Code) -> ServingCandidate:
    for candidate in find_job(code):
        return replace(candidate, reasons=(_ASKED, f"cell {candidate.location.cell} is tagged 'parameters'"))
    first = parameters_cell(code) or next((cell for cell in code.cells if cell.python is not None), None)
    return _asked(JOB_SYMBOL, CandidateKind.JOB, Location(path=code.path, cell=first.index if first else None))


def _asked(symbol: str, kind: CandidateKind, location: Location) -> ServingCandidate:
    return ServingCandidate(symbol=symbol, kind=kind, location=location, reasons=(_ASKED,))


def _check_readable(code: Code, function: str) -> None:
    for piece in code.unreadable:
        if piece.defines(function):
            raise FunctionUnreadable(code.path, function, piece.location, piece.reason)


def _check_routes(path: str, chosen: Iterable[ServingCandidate]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for item in chosen:
        if item.kind is CandidateKind.JOB:
            continue
        # Two patterns that differ only in the names of their parts answer the same requests.
        where = (item.method, re.sub(r":[^/]+", ":", item.route))
        if item.method == "GET" and item.route in _OWN_ROUTES:
            raise RouteTaken(path, item.method, item.route, (item.symbol,))
        if where in taken:
            raise RouteTaken(path, item.method, item.route, (taken[where], item.symbol))
        taken[where] = item.symbol
