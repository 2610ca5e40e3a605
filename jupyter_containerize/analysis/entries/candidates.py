"""Finds everything in a notebook that could answer requests, of every kind, with the evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.entries.cells import find_cells
from jupyter_containerize.analysis.entries.classes import Classes
from jupyter_containerize.analysis.entries.estimators import find_estimators
from jupyter_containerize.analysis.entries.functions import find_functions
from jupyter_containerize.analysis.entries.instances import (
    find_classes,
    find_instances,
    find_logged,
    find_pyfuncs,
    is_pyfunc,
    serving_method,
)
from jupyter_containerize.analysis.entries.known_models import ROOTS
from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.entries.values import Values
from jupyter_containerize.analysis.entries.weights import JOB_WEIGHT, PARAMETERS_TAG
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.domain.notebook import CandidateKind, Cell, Location, ServingCandidate

JOB_SYMBOL = "notebook"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the search for candidates reads of a notebook, once."""

    code: Code
    origins: Origins
    classes: Classes
    values: Values

    @classmethod
    def of(cls, code: Code) -> Facts:
        """Read a notebook's code."""
        origins = Origins.of(code)
        classes = Classes.of(code, origins)
        return cls(code, origins, classes, Values.of(code, origins, classes))


def find_candidates(code: Code) -> tuple[ServingCandidate, ...]:
    """Return what could serve, best first; equals in document order.

    A fitted model is a candidate only where there is no code to answer with, the whole notebook as a job only
    where there is no model either.
    """
    origins = Origins.of(code)
    classes = Classes.of(code, origins)
    found = [*find_functions(code, origins), *find_cells(code)]
    answering = any(serving_method(classes, name) or is_pyfunc(classes, name) for name in classes.by_name)
    if answering or _roots(origins) & (ROOTS | {"mlflow"}):
        facts = Facts(code, origins, classes, Values.of(code, origins, classes))
        found = _merged([*found, *coded(facts)])
        found = found or list(find_estimators(code, facts.values))
    return tuple(sorted(found or find_job(code), key=lambda item: -item.strength))


def coded(facts: Facts) -> Iterator[ServingCandidate]:
    """Yield the candidates that are code of the notebook, but plain functions and cells."""
    code, classes, values = facts.code, facts.classes, facts.values
    yield from find_logged(code, classes, values)
    yield from find_pyfuncs(code, classes, values)
    yield from find_instances(code, classes, values)
    yield from find_classes(code, classes)


def find_job(code: Code) -> Iterator[ServingCandidate]:
    """Yield the notebook itself, if a cell of it is tagged ``parameters`` (papermill)."""
    cell = parameters_cell(code)
    if cell is not None:
        yield ServingCandidate(
            symbol=JOB_SYMBOL,
            kind=CandidateKind.JOB,
            location=Location(path=code.path, cell=cell.index),
            reasons=(f"cell {cell.index} is tagged '{PARAMETERS_TAG}', and nothing in the notebook answers requests",),
            strength=JOB_WEIGHT,
        )


def parameters_cell(code: Code) -> Cell | None:
    """Return the first cell tagged ``parameters``."""
    return next((cell for cell in code.cells if PARAMETERS_TAG in cell.tags and cell.python is not None), None)


def _roots(origins: Origins) -> set[str]:
    return {name.partition(".")[0] for name in [*origins.names.values(), *origins.stars]}


def _merged(found: Iterable[ServingCandidate]) -> list[ServingCandidate]:
    """Return each symbol once, with all that speaks for it."""
    by_symbol: dict[str, ServingCandidate] = {}
    for item in found:
        other = by_symbol.get(item.symbol)
        if other is None:
            by_symbol[item.symbol] = item
            continue
        best, rest = (item, other) if item.strength > other.strength else (other, item)
        by_symbol[item.symbol] = ServingCandidate(
            symbol=best.symbol, kind=best.kind, location=best.location,
            reasons=tuple(dict.fromkeys((*best.reasons, *rest.reasons))),
            strength=best.strength, route=best.route or rest.route, method=best.method if best.route else rest.method,
        )  # fmt: skip
    return list(by_symbol.values())
