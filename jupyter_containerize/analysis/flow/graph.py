"""Which statement of a notebook needs which: one pass in document order.

A statement needs those that bound the names it reads, those that changed the objects behind them since, and those
that left the things outside of names (random generators, settings, files) as it finds them. Weiser, "Program
Slicing", ICSE 1981; here over one straight line of statements, each taken whole.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from jupyter_containerize.analysis.flow.machine import Machine, Trace
from jupyter_containerize.analysis.flow.statements import definitely_binds, execute, run_body
from jupyter_containerize.analysis.flow.values import Scope, TooEntangled
from jupyter_containerize.analysis.knowledge import knowledge
from jupyter_containerize.analysis.statements import Statement
from jupyter_containerize.domain.notebook import Cell

# Cell magics in other languages that do no more than show something.
_SHOWING = frozenset({"html", "javascript", "js", "latex", "markdown", "svg"})
_WRITING = frozenset({
    "bash", "cmd", "file", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sx", "system",
    "writefile",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Why one statement needs another.

    ``how`` is ``binds``, ``changes`` or a thing's kind (``random``), ``what`` the name or the thing (``numpy``).
    """

    how: str
    what: str


@dataclass(slots=True, kw_only=True)
class Node:
    """One statement, or a cell that is not Python (``statement`` is ``None``).

    ``lines`` is its last line in the cell; ``reading`` is what it found when it ran.
    """

    place: int
    cell: int
    statement: Statement | None
    trace: Trace
    reading: Reading
    lines: int


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a statement reads, as the statements before it left it.

    ``names`` have the places of those that bound each name, and the regions behind it; ``things`` the places of those
    that left each thing outside of names as it is. ``end`` is how many statements there were.
    """

    end: int
    names: list[tuple[str, tuple[int, ...], frozenset[int]]]
    things: list[tuple[str, tuple[int, ...]]]


@dataclass(slots=True, kw_only=True)
class Graph:
    """All statements in order, and the state at the end of the notebook."""

    machine: Machine
    nodes: list[Node] = field(default_factory=list)
    binders: dict[str, list[int]] = field(default_factory=dict)
    changers: dict[int, list[int]] = field(default_factory=dict)
    makers: dict[str, list[int]] = field(default_factory=dict)
    """Who left a thing outside of names as it is: the last to set it anew, and those that added since."""
    opaque: str = ""
    entangled: bool = False
    """Nothing more can be followed."""

    def add(self, statement: Statement) -> None:
        """Follow the next statement."""
        trace = self.machine.begin()
        if self.entangled:
            # Everything runs anyway.
            self._append(statement.text.cell.index, statement, trace, set(), statement.node.end_lineno or 1)
            return
        try:
            execute(self.machine, [statement.node], self._scope(statement))
        except RecursionError:
            self.entangle(f"{statement.location}: the code is nested too deeply to be followed")
        except TooEntangled:
            self.entangle(f"{statement.location}: objects may hold each other in too many ways to be told apart")
        if trace.opaque and not self.opaque:
            self.opaque = f"{statement.location}: {trace.opaque}"
        certain = set() if statement.private else definitely_binds([statement.node])
        lines = statement.node.end_lineno or statement.first_line
        self._append(statement.text.cell.index, statement, trace, certain, lines)

    def entangle(self, reason: str) -> None:
        """Give up telling objects apart: everything runs."""
        self.entangled = True
        self.opaque = self.opaque or reason

    def add_cell(self, cell: Cell, path: str) -> None:
        """Take in a cell that is not Python of ours."""
        magic, lines = cell.magic, len(cell.source.splitlines())
        trace = self.machine.begin()
        if magic in _SHOWING:
            trace.shows = True
        elif magic in _WRITING:
            trace.needs.add("file:*")
            trace.affect("file:*")
        elif not self.opaque:
            self.opaque = f"{path}[{cell.index}]: %%{magic} can read and bind any name"
        self._append(cell.index, None, trace, set(), lines)

    def reading(self, trace: Trace) -> Reading:
        """Return what a trace finds of the statements so far."""
        if self.entangled:
            return Reading(end=len(self.nodes), names=[], things=[])
        reach = self.machine.heap.reach
        return Reading(
            end=len(self.nodes),
            names=[
                (name, tuple(self.binders.get(name, ())), reach(frozenset(regions)))
                for name, regions in trace.reads.items()
            ],
            things=[(thing, tuple(self._made(thing))) for thing in sorted(trace.needs)],
        )

    def needs_of(self, reading: Reading) -> dict[int, Need]:
        """Return the statements that a reading needs, each with the first reason."""
        found: dict[int, Need] = {}
        for name, places, regions in reading.names:
            binds = Need(how="binds", what=name)
            for place in places:
                found.setdefault(place, binds)
            changed = set().union(*(self.changers[region] for region in regions & self.changers.keys()))
            changes = Need(how="changes", what=name)
            for place in changed - found.keys():
                if place < reading.end:
                    found[place] = changes
        for thing, places in reading.things:
            need = Need(how=thing.partition(":")[0], what=thing.partition(":")[2])
            for place in places:
                found.setdefault(place, need)
        return found

    def _append(self, cell: int, statement: Statement | None, trace: Trace, certain: set[str], lines: int) -> None:
        place = len(self.nodes)
        reading = self.reading(trace)
        self.nodes.append(Node(place=place, cell=cell, statement=statement, trace=trace, reading=reading, lines=lines))
        for name in trace.binds:
            if name in certain:
                self.binders[name] = [place]
            else:
                self.binders.setdefault(name, []).append(place)
        for region in trace.changes:
            self.changers.setdefault(region, []).append(place)
        for thing, anew in trace.effects.items():
            if anew and statement is not None and _is_simple(statement):
                self.makers[thing] = [place]
            else:
                self.makers.setdefault(thing, []).append(place)

    def _made(self, thing: str) -> Iterable[int]:
        if not thing.startswith("file:"):
            if thing.startswith("random:") and not self._seeded(thing):
                return ()
            return self.makers.get(thing, ())
        path = thing.removeprefix("file:")
        return [
            place
            for made, places in self.makers.items()
            if made.startswith("file:") and may_be_same(path, made.removeprefix("file:"))
            for place in places
        ]

    def _seeded(self, thing: str) -> bool:
        """Tell whether a generator was set anew: without that no draw can be repeated."""
        places = self.makers.get(thing, ())
        return any(thing in self.nodes[place].trace.seeded for place in places)

    def _scope(self, statement: Statement) -> Scope:
        module = self.machine.module
        if not statement.private:
            return module
        # As in %%timeit: its names are gone afterwards.
        bound = (node.id for node in ast.walk(statement.node) if isinstance(node, ast.Name))
        return Scope(parent=module, local=frozenset(bound) - module.values.keys())


def may_be_same(path: str, written: str) -> bool:
    """Tell whether what is written to a path may be found under another: the same, a folder around it, or unknown."""
    if "*" in (path, written):
        return True
    here, there = path.removeprefix("./").rstrip("/"), written.removeprefix("./").rstrip("/")
    return here == there or here.startswith(f"{there}/") or there.startswith(f"{here}/")


def new_graph(local_modules: Iterable[str]) -> Graph:
    """Return a graph without statements."""
    return Graph(machine=Machine(knowledge=knowledge(), local_modules=frozenset(local_modules), run_body=run_body))


def _is_simple(statement: Statement) -> bool:
    return not hasattr(statement.node, "body")
