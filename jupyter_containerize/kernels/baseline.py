"""How the data lie that a notebook's models were trained on, for the server to compare requests with.

The data are found by reading: ``model.fit(X_train, y_train)`` names them, and the kernel still has them after the
run. No code of the user's runs for it but the function that serves, on some of the rows.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_containerize.domain.notebook import Cell, Notebook, Slice
from jupyter_containerize.domain.serving import Json
from jupyter_containerize.kernels.describing import entries_of
from jupyter_containerize.kernels.taking import ASKABLE, OF_LIBRARIES, Calling, ask, end_of

logger = logging.getLogger(__name__)

_FITS = frozenset({"fit", "fit_transform", "fit_predict"})
_DATA = ("X", "x", "raw_documents", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One call that trains: of the object named ``model``, with the data that the expression ``data`` gives.

    ``spoiled`` is the name in it that a later statement binds anew, empty if none does.
    """

    model: str
    data: str
    spoiled: str = ""


class Baseline(NamedTuple):
    """How training data lie, and as text what ``inside/baseline.py`` needs to ask changed code; empty: nothing."""

    found: Mapping[str, Json] | None = None
    again: str = ""


def take_baseline(
    kernel: Calling,
    *,
    notebook: Notebook,
    serving: Slice,
    cells: Sequence[Cell],
    into: Path,
    calls_functions: bool = True,
) -> Baseline:
    """Return how the training data lie; where nothing can be found, the log says why.

    To be asked last: it calls what serves.

    Args:
        kernel: has run the cells.
        notebook: says where it stands.
        serving: what serves, and the objects that it needs.
        cells: what ran.
        into: a folder for the exchange; nothing is left there.
        calls_functions: whether the notebook's own code may be called, to see how its answers lie.
    """
    entry = entries_of(notebook, serving)[0]
    if entry.kind not in ASKABLE:
        logger.info("no baseline: %s is no function of rows", entry.symbol)
        return Baseline()
    fits = list(find_fits(cells))
    if not fits:
        logger.info("no baseline: nothing calls fit")
        return Baseline()
    request = {
        "fits": [{"model": fit.model, "data": fit.data, "spoiled": fit.spoiled} for fit in fits],
        "objects": sorted({*serving.live_in, entry.symbol.partition(".")[0]}),
        "kind": entry.kind,
        "symbol": entry.symbol,
        "predicts": calls_functions or entry.kind in OF_LIBRARIES,
    }
    report = ask(kernel, "baseline", "baseline", request, into=into, after=end_of(notebook))
    if report["baseline"] is None:
        logger.info("no baseline: %s", report["reason"])
    return Baseline(report["baseline"], report["again"])


def find_fits(cells: Iterable[Cell]) -> Iterator[Fit]:
    """Yield the calls that train at top level, in the order of the cells; the object and the data must be named."""
    statements = [statement for cell in cells for statement in _statements(cell)]
    for position, statement in enumerate(statements):
        for call in _calls(statement):
            model, data = _model(call, statement), _data(call)
            if model and data is not None:
                later = {name for other in statements[position + 1 :] for name in _bound(other)}
                used = sorted(node.id for node in ast.walk(data) if isinstance(node, ast.Name))
                spoiled = next((name for name in used if name in later), "")
                yield Fit(model=model, data=ast.unparse(data), spoiled=spoiled)


def _statements(cell: Cell) -> list[ast.stmt]:
    try:
        return ast.parse(cell.python or "").body
    except (SyntaxError, ValueError, RecursionError):
        return []


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """Yield the calls of a statement that run when it does."""
    for node in _running(statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FITS:
            yield node


def _running(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _running(child)


def _model(call: ast.Call, statement: ast.stmt) -> str:
    """Return the name of what is trained: ``model.fit(...)``, or ``model = Model().fit(...)``."""
    assert isinstance(call.func, ast.Attribute)  # noqa: S101  # _calls has looked
    if isinstance(call.func.value, ast.Name):
        return call.func.value.id
    if isinstance(statement, ast.Assign) and statement.value is call and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    return ""


def _data(call: ast.Call) -> ast.expr | None:
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    given: dict[Any, ast.expr] = {keyword.arg: keyword.value for keyword in call.keywords}
    return next((given[name] for name in _DATA if name in given), None)


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in _running(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
