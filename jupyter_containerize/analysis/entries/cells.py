"""Reads Kernel Gateway's annotations: a cell that begins with ``# POST /score`` answers there.

Source: Jupyter Kernel Gateway, "notebook-http Mode". Cells of one method and path are one endpoint, in document
order. ``# ResponseInfo POST /score`` belongs to that endpoint and says its status and headers. Neither runs with the
rest of the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.entries.weights import CALL_WEIGHT, CELL_WEIGHT, SERVE_TAG, TAG_WEIGHT
from jupyter_containerize.analysis.statements import Code, Statement
from jupyter_containerize.domain.notebook import CandidateKind, Cell, Location, ServingCandidate

_ANNOTATION = re.compile(r"#[ \t]+(ResponseInfo[ \t]+)?(GET|PUT|POST|DELETE)[ \t]+(/[^\r\n]*)")
_NAMED = re.compile(r"(GET|PUT|POST|DELETE)\s+(/.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Cells that answer together. ``symbol`` is the function that is made of them: ``post_score``."""

    symbol: str
    method: str
    path: str
    cells: tuple[Cell, ...]
    infos: tuple[Cell, ...]

    def statements(self, code: Code) -> tuple[Statement, ...]:
        """Return the statements of its cells, in document order."""
        mine = {cell.index for cell in self.cells}
        return tuple(statement for statement in code.statements if statement.text.cell.index in mine)


def endpoints(code: Code) -> tuple[Endpoint, ...]:
    """Return the endpoints of a notebook, in order of their first cells."""
    found: dict[tuple[str, str], tuple[list[Cell], list[Cell]]] = {}
    for cell in code.cells:
        if cell.python is None or (annotation := _annotation(cell)) is None:
            continue
        info, method, path = annotation
        cells, infos = found.setdefault((method, path), ([], []))
        (infos if info else cells).append(cell)
    taken = set(code.functions)
    made = []
    for (method, path), (cells, infos) in found.items():
        if not cells:
            continue
        symbol = _symbol(method, path, taken)
        taken.add(symbol)
        made.append(Endpoint(symbol=symbol, method=method, path=path, cells=tuple(cells), infos=tuple(infos)))
    return tuple(sorted(made, key=lambda endpoint: endpoint.cells[0].index))


def annotated_cells(code: Code) -> frozenset[int]:
    """Return the indices of the cells that only run when a request comes: they are no part of the training."""
    return frozenset(cell.index for cell in code.cells if cell.python is not None and _annotation(cell) is not None)


def endpoint_named(code: Code, name: str) -> Endpoint | None:
    """Return the endpoint of a symbol, or of ``POST /score``."""
    match = _NAMED.fullmatch(name.strip())
    for endpoint in endpoints(code):
        if endpoint.symbol == name or (match and match.groups() == (endpoint.method, endpoint.path)):
            return endpoint
    return None


def find_cells(code: Code) -> Iterator[ServingCandidate]:
    """Yield a candidate per endpoint, in document order.

    Where nothing reads ``REQUEST``, the comments may as well be about another server, and count less than a function.
    """
    found = endpoints(code)
    asked = any("REQUEST" in cell.source or endpoint.infos for endpoint in found for cell in endpoint.cells)
    weight = CELL_WEIGHT if asked else CALL_WEIGHT
    for endpoint in found:
        first = endpoint.cells[0]
        tagged = any(SERVE_TAG in cell.tags for cell in endpoint.cells)
        reasons = [f"its cell is tagged '{SERVE_TAG}'"] if tagged else []
        reasons.append(f"cell {first.index} begins with '# {endpoint.method} {endpoint.path}' (Kernel Gateway)")
        yield ServingCandidate(
            symbol=endpoint.symbol,
            kind=CandidateKind.CELL,
            location=Location(path=code.path, cell=first.index, line=1),
            reasons=tuple(reasons),
            strength=weight + (TAG_WEIGHT if tagged else 0),
            route=endpoint.path,
            method=endpoint.method,
        )


def _annotation(cell: Cell) -> tuple[bool, str, str] | None:
    match = _ANNOTATION.match(cell.source)
    return None if match is None else (bool(match[1]), match[2], match[3].strip())


def _symbol(method: str, path: str, taken: set[str]) -> str:
    words = re.sub(r"[^0-9A-Za-z]+", "_", path).strip("_") or "root"
    symbol = f"{method.lower()}_{words}"
    number = 2
    while symbol in taken:
        symbol = f"{method.lower()}_{words}_{number}"
        number += 1
    return symbol
