"""What the user should know of what serves, before it is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_containerize.analysis.codes import PREPARED_INPUTS, REQUEST_ELSEWHERE, RESPONSE_INFO_DROPPED
from jupyter_containerize.analysis.entries.candidates import Facts
from jupyter_containerize.analysis.entries.cells import annotated_cells, endpoints
from jupyter_containerize.analysis.statements import Code, FunctionNode
from jupyter_containerize.analysis.uses import NotCompilable, line_of_use, uses_of
from jupyter_containerize.domain.notebook import CandidateKind, Finding, Location, ServingCandidate, Severity


def entry_findings(code: Code, entries: Iterable[ServingCandidate]) -> tuple[Finding, ...]:
    """Return the findings about the entries that serve, in their order."""
    chosen = tuple(entries)
    return (*_prepared(code, chosen), *_status_cells(code, chosen), *_request_elsewhere(code, chosen))


def _prepared(code: Code, entries: tuple[ServingCandidate, ...]) -> Iterator[Finding]:
    models = [entry for entry in entries if entry.kind is CandidateKind.ESTIMATOR]
    values = Facts.of(code).values if models else None
    for entry in models:
        value = values.value(entry.symbol) if values is not None else None
        if value is not None and value.prepared is not None:
            where = value.prepared
            yield Finding(
                code=PREPARED_INPUTS,
                message=f"'{entry.symbol}' was fitted on prepared inputs, and a request must bring them prepared: they "
                f"are made in cell {where.cell}, line {where.line}",
                severity=Severity.WARNING,
                location=entry.location,
                hint="Write a function predict that prepares its inputs, or put both steps into one Pipeline.",
            )


def _status_cells(code: Code, entries: tuple[ServingCandidate, ...]) -> Iterator[Finding]:
    cells = {entry.symbol for entry in entries if entry.kind is CandidateKind.CELL}
    for endpoint in endpoints(code) if cells else ():
        for info in endpoint.infos if endpoint.symbol in cells else ():
            yield Finding(
                code=RESPONSE_INFO_DROPPED,
                message=f"The status and headers of {endpoint.method} {endpoint.path} are left out",
                severity=Severity.WARNING,
                location=Location(path=code.path, cell=info.index, line=1),
                hint="An answer has the status 200, and is JSON where its text is.",
            )


def _request_elsewhere(code: Code, entries: tuple[ServingCandidate, ...]) -> Iterator[Finding]:
    """Yield a finding per function that would read a sample of the request, or nothing, instead of the request."""
    if not any(entry.kind is CandidateKind.CELL for entry in entries):
        return
    answering = annotated_cells(code)
    for statement in code.statements:
        if not isinstance(statement.node, FunctionNode) or statement.text.cell.index in answering:
            continue
        try:
            reads = "REQUEST" in uses_of(statement).loaded
        except NotCompilable:
            continue
        if reads:
            yield Finding(
                code=REQUEST_ELSEWHERE,
                message=f"'{statement.node.name}' reads REQUEST, which only the cell has that answers",
                severity=Severity.WARNING,
                location=statement.text.location(line_of_use(statement.node, "REQUEST")),
                hint="Give it the request as an argument: several requests are answered at once.",
            )
