"""The part of a notebook that must run to make what serving needs, and the part that is made anew at start."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from jupyter_containerize.analysis.flow.calls import walk_all
from jupyter_containerize.analysis.flow.graph import Graph, new_graph
from jupyter_containerize.analysis.flow.machine import Trace
from jupyter_containerize.analysis.flow.selection import Selection, dropped, in_words, select
from jupyter_containerize.analysis.flow.values import TooEntangled
from jupyter_containerize.analysis.statements import Code, Statement
from jupyter_containerize.domain.notebook import Cell, ExampleCall, Location, SlicedStatement

# Importing these does nothing that another import could notice.
_QUIET_ROOTS = frozenset({"numpy", "pandas", "matplotlib", "seaborn", "sklearn", "scipy", "plotly", "tqdm", "IPython"})
_LOUD_MODULES = ("sklearn.experimental",)
# They change how their cell runs, and stay with what is left of it.
_AROUND_MAGICS = frozenset({"time", "capture", "timeit", "prun", "memit", "mprun", "snakeviz", "scalene"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What ``Slice`` says of the run: see there."""

    graph: Graph
    selection: Selection
    program: tuple[Cell, ...]
    whole: str


def read_graph(code: Code, local_modules: Iterable[str], *, without: frozenset[int] = frozenset()) -> Graph:
    """Follow all of a notebook's cells in order, ``without`` those that run only when a request comes."""
    graph = new_graph(local_modules)
    by_cell: dict[int, list[Statement]] = {}
    for statement in code.statements:
        by_cell.setdefault(statement.text.cell.index, []).append(statement)
    for cell in code.cells:
        if cell.index in without:
            continue
        if cell.python is None:
            if cell.source.strip():
                graph.add_cell(cell, code.path)
            continue
        for statement in by_cell.get(cell.index, ()):
            graph.add(statement)
    return graph


def serving_needs(graph: Graph, names: Iterable[str]) -> tuple[dict[int, str], Trace]:
    """Return the statements that served names need at the notebook's end, with reasons, and what serving them does.

    The names are those of the entries and of all that is captured. What a served function draws at random it draws
    anew in the image, and what it draws on figures nobody has drawn before.
    """
    needs: dict[int, str] = {}
    everything = Trace()
    for name in () if graph.entangled else names:
        trace = graph.machine.begin()
        value = graph.machine.read_global(name)
        try:
            walk_all(graph.machine, value)
            drawn = {"figure"} if value.type.startswith("matplotlib.") else set()
            trace.needs = {t for t in trace.needs if not t.startswith(("random:", "figure", "file:*"))} | drawn
            reading = graph.reading(trace)
        except (TooEntangled, RecursionError):
            graph.entangle("what serves may reach objects in too many ways to be told apart")
            break
        for place, need in graph.needs_of(reading).items():
            needs.setdefault(place, in_words(need, graph.nodes[place], user="serving"))
        everything.needs |= trace.needs
        everything.drawn |= trace.drawn
        everything.opaque = everything.opaque or trace.opaque
    return needs, everything


def train(
    graph: Graph,
    code: Code,
    *,
    goals: dict[int, str],
    examples: Sequence[ExampleCall],
    keep: Iterable[int],
) -> Training:
    """Return what runs: the goals, the calls that are the examples, the cells to keep, and all that these need."""
    goals = {**goals, **_examples(graph, examples)}
    kept = frozenset(keep)
    goals |= {node.place: "you keep its cell" for node in graph.nodes if node.cell in kept}
    if graph.opaque:
        reason = f"nothing is left out: {graph.opaque}"
        goals = {node.place: goals.get(node.place, reason) for node in graph.nodes}
    selection = select(graph, goals)
    _keep_unused_imports(graph, selection)
    program = _program(graph, code, selection)
    return Training(graph=graph, selection=selection, program=program, whole=graph.opaque)


def sliced_statements(training: Training, path: str, *, serving: frozenset[int]) -> tuple[SlicedStatement, ...]:
    """Return what becomes of every statement; ``serving`` are the orders of those whose source is in the image."""
    found = []
    for node in training.graph.nodes:
        statement = node.statement
        serves = statement is not None and statement.order in serving
        runs = node.place in training.selection
        left_out = dropped(node, binds=node.trace.binds - {"*"}) if not runs else ""
        reason = training.selection.reasons.get(node.place, left_out)
        if statement is None:
            location = Location(path=path, cell=node.cell, line=1)
        else:
            location = replace(statement.location, line=statement.first_line)
        found.append(
            SlicedStatement(location=location, end_line=node.lines, training=runs, serving=serves, reason=reason)
        )
    return tuple(found)


def _examples(graph: Graph, examples: Sequence[ExampleCall]) -> dict[int, str]:
    places = {(call.location.cell, call.location.line) for call in examples}
    return {
        node.place: "it is the example that the image is tested with"
        for node in graph.nodes
        if node.statement is not None and (node.cell, node.statement.location.line) in places
    }


def _keep_unused_imports(graph: Graph, selection: Selection) -> None:
    """Keep imports whose names nothing uses at all: such an import is there for what it does."""
    used = {name for node in graph.nodes for name in node.trace.reads}
    unused: dict[int, str] = {}
    for node in graph.nodes:
        if node.place in selection or node.statement is None:
            continue
        statement = node.statement.node
        if isinstance(statement, ast.Import | ast.ImportFrom) and not node.trace.binds & used:
            modules = _modules(statement)
            if any(map(_may_register, modules)):
                unused[node.place] = f"nothing uses its name, so importing {modules[0]} may be what it is for"
    if unused:
        selection.reasons |= {**select(graph, unused).reasons, **selection.reasons}


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [item.name for item in node.names]
    return ["." * node.level + (node.module or "")]


def _may_register(module: str) -> bool:
    root = module.partition(".")[0]
    return module.startswith(_LOUD_MODULES) or not (root in _QUIET_ROOTS or root in sys.stdlib_module_names)


def _program(graph: Graph, code: Code, selection: Selection) -> tuple[Cell, ...]:
    statements: dict[int, list[Statement]] = {}
    others: set[int] = set()
    for node in graph.nodes:
        if node.place in selection:
            if node.statement is None:
                others.add(node.cell)
            else:
                statements.setdefault(node.cell, []).append(node.statement)
    return tuple(
        cell if cell.index in others else _blanked(cell, statements[cell.index])
        for cell in code.cells
        if cell.index in others or cell.index in statements
    )


def _blanked(cell: Cell, kept: Iterable[Statement]) -> Cell:
    """Return the cell with nothing but the lines of the kept statements, and the magic that it runs under."""
    assert cell.python is not None  # noqa: S101  # it has statements
    source = cell.source.splitlines(keepends=True)
    lines: set[int] = set()
    if cell.magic in _AROUND_MAGICS:
        first = next((number for number, line in enumerate(source, 1) if line.lstrip().startswith("%%")), 1)
        lines.add(first)
    for statement in kept:
        end = statement.node.end_lineno or statement.first_line
        while end < len(source) and source[end - 1].rstrip().endswith("\\"):
            end += 1
        lines.update(range(statement.first_line, end + 1))
    return replace(cell, source=_only(source, lines), python=_only(cell.python.splitlines(keepends=True), lines))


def _only(lines: Sequence[str], kept: set[int]) -> str:
    return "".join(line if number in kept else "\n" for number, line in enumerate(lines, 1)).rstrip("\n") + "\n"
