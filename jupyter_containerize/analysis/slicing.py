"""Cuts a notebook into what answers requests, what must run to make the objects for that, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from jupyter_containerize.analysis.bindings import Bindings, read_bindings
from jupyter_containerize.analysis.codes import NOTHING_LEFT_OUT, RECREATED_NOT_BOUND, SERVES_AT_RANDOM
from jupyter_containerize.analysis.dropped import with_dropped
from jupyter_containerize.analysis.endpoint_code import endpoint_statements
from jupyter_containerize.analysis.entries.calls import example_calls
from jupyter_containerize.analysis.entries.cells import annotated_cells
from jupyter_containerize.analysis.entries.findings import entry_findings
from jupyter_containerize.analysis.entries.undecorated import undecorated
from jupyter_containerize.analysis.environ import sets_secret, settings_of
from jupyter_containerize.analysis.errors import FunctionUnreadable, SymbolNotFound
from jupyter_containerize.analysis.flow.graph import Graph
from jupyter_containerize.analysis.flow.machine import Trace
from jupyter_containerize.analysis.flow.selection import select
from jupyter_containerize.analysis.flow.training import Training, read_graph, serving_needs, sliced_statements, train
from jupyter_containerize.analysis.image_secrets import ImageSecrets
from jupyter_containerize.analysis.job import job_source
from jupyter_containerize.analysis.kept_facts import KeptFacts, files_named
from jupyter_containerize.analysis.no_installs import Installs
from jupyter_containerize.analysis.render import Kept, render
from jupyter_containerize.analysis.run_code import run_digest
from jupyter_containerize.analysis.serving_part import ServingPart
from jupyter_containerize.analysis.statements import Code, Statement, read_code
from jupyter_containerize.analysis.unpicklable import find_unpicklable
from jupyter_containerize.analysis.uses import NotCompilable, uses_of
from jupyter_containerize.analysis.variables import find_variables
from jupyter_containerize.domain.notebook import (
    Analysis,
    CandidateKind,
    Cell,
    Finding,
    Notebook,
    ServingCandidate,
    Severity,
    Slice,
)
from jupyter_containerize.domain.serving import StateSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceOptions:
    """What the user decides about a slice; see ``BuildRequest``."""

    state: StateSource = StateSource.RUN
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    recreate: tuple[str, ...] = ()


def slice_for(
    notebook: Notebook,
    analysis: Analysis,
    entries: str | Sequence[ServingCandidate],
    options: SliceOptions | None = None,
) -> Slice:
    """Return what the entries need, all in one image; a text is the name of a function.

    Raises:
        SymbolNotFound: the notebook defines no such function at top level.
        FunctionUnreadable: it does, but Python's compiler refuses the function.
    """
    options = options or SliceOptions()
    full = notebook
    if options.drop:
        # As if they were not there.
        notebook = replace(full, cells=tuple(cell for cell in full.cells if cell.index not in options.drop))
    code = read_code(notebook)
    chosen = _function(code, entries) if isinstance(entries, str) else tuple(entries)
    for entry in chosen:
        if entry.kind is CandidateKind.FUNCTION:
            _check_function(code, entry.symbol)
    if any(entry.kind is CandidateKind.JOB for entry in chosen):
        return job_slice(notebook, analysis, chosen)
    found = _Cut(notebook, analysis, chosen, options).result()
    return with_dropped(found, read_code(full), options.drop) if options.drop else found


def job_slice(notebook: Notebook, analysis: Analysis, entries: tuple[ServingCandidate, ...]) -> Slice:
    """Return the slice of a job: all of the notebook, and the names that its ``parameters`` cell binds."""
    code = read_code(notebook)
    job = job_source(code)
    kept = [Kept.whole(statement) for statement in code.statements]
    facts = KeptFacts.of(kept, analysis, code.path)
    return Slice(
        symbol=entries[0].symbol,
        entries=entries,
        source=job.source,
        parameters=job.parameters,
        parameters_end=job.parameters_end,
        live_in=(),
        imports=facts.imports,
        cells=tuple(sorted({statement.text.cell.index for statement in code.statements})),
        example=None,
        files=files_named(kept, {}, analysis),
        findings=(*facts.findings, *ImageSecrets.of(notebook).findings(code.statements, {})),
        hidden=facts.hidden,
        file_uses=facts.file_uses,
        variables=facts.variables,
        statements=job.statements,
    )


class _Cut:
    """One notebook, cut for one choice of entries."""

    def __init__(
        self, notebook: Notebook, analysis: Analysis, entries: tuple[ServingCandidate, ...], options: SliceOptions
    ) -> None:
        self._notebook = notebook
        self._code = code = read_code(notebook)
        self._analysis = analysis
        self._entries = entries
        self._options = options
        self._bindings: Bindings = read_bindings(code)
        answering = annotated_cells(code) if any(e.kind is CandidateKind.CELL for e in entries) else frozenset()
        self._running = tuple(cell for cell in code.cells if cell.index not in answering)
        self._endpoints: dict[str, tuple[Statement, ...]] = {}
        order = len(code.statements)
        for entry in entries:
            if entry.kind is CandidateKind.CELL:
                made = endpoint_statements(code, self._bindings, entry.symbol, order=order)
                self._endpoints[entry.symbol] = made
                order += len(made)
        self._examples = example_calls(code, self._bindings, entries)
        functions = [entry.symbol for entry in entries if entry.kind is CandidateKind.FUNCTION]
        plain = [undecorated(code, symbol) for symbol in functions]
        self._instead = {statement.order: statement for statement in plain if statement is not None}
        modules = {name.partition(".")[0] for name, _ in analysis.local_modules} | set(analysis.written_modules)
        self._installs = Installs(code)
        self._served: dict[tuple[str, ...], tuple[dict[int, str], Trace]] = {}
        self._graph: Graph = read_graph(code, modules, without=answering)

    def result(self) -> Slice:
        """Return the slice."""
        part = self._part(())
        made = self._made_at_start(part)
        if made:
            part = self._part(made)
        self._keep_settings(part)
        self._keep_variables(part)
        kept = part.result()
        training = self._train(part, kept)
        facts = KeptFacts.of(kept, self._analysis, self._code.path)
        first = next((call for call in self._examples if call.symbol == self._entries[0].symbol), None)
        program = self._with_endpoints(self._installs.left_out(training.program))
        serving = frozenset(item.statement.order for item in kept)
        return Slice(
            symbol=self._entries[0].symbol,
            entries=self._entries,
            source=render(kept),
            live_in=tuple(sorted(part.live_in)),
            imports=facts.imports,
            cells=tuple(sorted({item.statement.text.cell.index for item in kept})),
            example=first,
            examples=self._examples,
            run_digest=run_digest(_code_of(program, self._code.path), [item.statement for item in kept], first),
            bindings=tuple(
                (name, statement.location)
                for name, statement in sorted(part.live_in.items(), key=lambda pair: pair[0])
                if statement is not None
            ),
            files=files_named(kept, part.live_in, self._analysis),
            findings=(*part.findings, *facts.findings, *self._findings(part, training)),
            hidden=facts.hidden,
            file_uses=facts.file_uses,
            variables=facts.variables,
            program=program,
            whole_program=self._with_endpoints(self._installs.left_out(self._running)),
            statements=self._installs.told(sliced_statements(training, self._code.path, serving=serving)),
            installs=self._installs.places,
            whole=training.whole,
        )

    @cached_property
    def _secrets(self) -> ImageSecrets:
        return ImageSecrets.of(self._notebook)

    def _part(self, made: Iterable[Statement]) -> ServingPart:
        part = ServingPart(self._bindings, made_at_start=made, instead=self._instead)
        for entry in self._entries:
            if entry.kind is CandidateKind.CELL:
                for statement in self._endpoints[entry.symbol]:
                    part.follow_statement(statement)
            else:
                part.follow(entry.symbol.partition(".")[0])
        return part

    def _names(self, part: ServingPart) -> list[str]:
        return list(dict.fromkeys((*self._own_names(), *sorted(part.live_in))))

    def _own_names(self) -> list[str]:
        return [entry.symbol.partition(".")[0] for entry in self._entries if entry.kind is not CandidateKind.CELL]

    def _serving(self, names: list[str]) -> tuple[dict[int, str], Trace]:
        """Return what ``serving_needs`` does, asked once for the same names."""
        key = tuple(names)
        if key not in self._served:
            self._served[key] = serving_needs(self._graph, names)
        needs, does = self._served[key]
        return dict(needs), does

    def _made_at_start(self, part: ServingPart) -> list[Statement]:
        """Return the statements that run when a container starts: all that training needs, or what is recreated."""
        options = self._options
        if options.state is StateSource.STARTUP:
            names = self._names(part)
            if self._graph.opaque:
                return [item for item in self._code.statements if not self._stays_out(item)]
        else:
            names = [name for name in options.recreate if name in self._graph.binders]
        if not names:
            return []
        chosen: set[int] = set()
        without = frozenset(node.place for node in self._graph.nodes if self._stays_out(node.statement))
        while True:
            needs, _ = self._serving(names)
            if options.state is StateSource.STARTUP:
                needs |= {node.place: "" for node in self._graph.nodes if node.cell in options.keep}
            found = set(select(self._graph, needs, without=without).reasons)
            bound = {name for place in found for name in self._graph.nodes[place].trace.binds}
            more = sorted((bound & part.live_in.keys()) - set(names))
            chosen |= found
            if not more:
                break
            # What is bound again at start must end as it ended here, with all later changes.
            names = [*names, *more]
        nodes = (self._graph.nodes[place] for place in sorted(chosen))
        return [node.statement for node in nodes if node.statement is not None]

    def _stays_out(self, statement: Statement | None) -> bool:
        """Tell whether a statement is never run at start: a call that only shows an answer, or a secret that is set.

        Nor is what it alone needs.
        """
        if statement is None:
            return False
        place = (statement.text.cell.index, statement.location.line)
        shown = {(call.location.cell, call.location.line) for call in self._examples if call.result_name is None}
        return place in shown or statement in self._installs or sets_secret(statement, self._secrets.places)

    def _keep_settings(self, part: ServingPart) -> None:
        """Keep the global settings that the served code runs under (``torch.set_default_dtype``)."""
        _, does = self._serving(self._names(part))
        for thing in sorted(does.needs):
            # What belongs to this process (folders, environment variables) is not the container's.
            if thing.startswith("setting:") and thing != "setting:process":
                for place in self._graph.makers.get(thing, ()):
                    statement = self._graph.nodes[place].statement
                    if statement is not None and not hasattr(statement.node, "body"):
                        part.follow_statement(statement)

    def _keep_variables(self, part: ServingPart) -> None:
        """Keep where the notebook sets an environment variable that the served code reads."""
        kept = [(item.node, item.statement.text.location) for item in part.result()]
        names = {variable.name for variable in find_variables(kept)}
        if names:
            for statement in settings_of(self._code, names, secret=self._secrets.places):
                part.follow_statement(statement)

    def _train(self, part: ServingPart, kept: Iterable[Kept]) -> Training:
        goals, _ = self._serving(self._names(part))
        places = {node.statement.order: node.place for node in self._graph.nodes if node.statement is not None}
        for item in kept:
            place = places.get(item.statement.order)
            if place is not None:
                goals.setdefault(place, "it is part of the serving code")
        return train(
            self._graph,
            self._code,
            goals=goals,
            examples=self._examples,
            keep=self._options.keep,
        )

    def _with_endpoints(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Return the cells, and those that answer requests as the functions that are made of them."""
        return (*cells, *(statements[0].text.cell for statements in self._endpoints.values()))

    def _findings(self, part: ServingPart, training: Training) -> list[Finding]:
        found = [*entry_findings(self._code, self._entries), *find_unpicklable(self._code, part.live_in)]
        _, does = self._serving(self._own_names())
        if does.drawn:
            found.append(
                Finding(
                    code=SERVES_AT_RANDOM,
                    message="The serving code draws random numbers, so that the same request gets other answers",
                    severity=Severity.WARNING,
                    location=self._entries[0].location,
                    hint="Pass a generator of its own with a seed, if the answers shall be the same.",
                )
            )
        if training.whole:
            found.append(
                Finding(
                    code=NOTHING_LEFT_OUT,
                    message=f"All of the notebook runs, because {training.whole}",
                    severity=Severity.INFO,
                )
            )
        found += [_not_there(name) for name in self._options.recreate if name not in self._graph.binders]
        history = self._bindings.history
        makers = {name: [binding.statement for binding in history.get(name, ())] for name in part.live_in}
        found += self._secrets.findings((item.statement for item in part.result()), makers)
        return list(dict.fromkeys(found))


def _not_there(name: str) -> Finding:
    return Finding(
        code=RECREATED_NOT_BOUND,
        message=f"'{name}' is to be made anew when a container starts, but nothing in the notebook binds it",
        severity=Severity.WARNING,
    )


def _code_of(program: tuple[Cell, ...], path: str) -> Code:
    return read_code(Notebook(path=path, digest="", language="python", kernel=None, cells=program))


def _function(code: Code, symbol: str) -> tuple[ServingCandidate, ...]:
    definition = code.definition(symbol)
    if definition is None:
        raise SymbolNotFound(code.path, symbol, code.functions)
    kind = CandidateKind.FUNCTION
    return (ServingCandidate(symbol=symbol, kind=kind, location=definition.location, reasons=()),)


def _check_function(code: Code, symbol: str) -> None:
    definition = code.definition(symbol)
    if definition is None:
        raise SymbolNotFound(code.path, symbol, code.functions)
    try:
        uses_of(definition)
    except NotCompilable as refused:
        location = definition.text.location(refused.line)
        raise FunctionUnreadable(code.path, symbol, location, refused.reason) from refused
