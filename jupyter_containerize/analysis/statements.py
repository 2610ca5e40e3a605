"""The top-level statements of a notebook in document order, and the text that is not Python."""

from __future__ import annotations

import ast
import gc
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from jupyter_containerize.analysis.recovery import Broken, recover
from jupyter_containerize.domain.notebook import Cell, Location, Notebook

# Their bodies run inside a function, so that the names bound there are gone afterwards.
PRIVATE_MAGICS = frozenset({"timeit", "memit", "mprun"})

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell's Python, by lines as Python counts them."""

    path: str
    cell: Cell
    lines: tuple[str, ...]

    def location(self, line: int | None) -> Location:
        """Return the place in the user's work."""
        return Location(path=self.path, cell=self.cell.index, line=line)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """One top-level statement. ``order`` counts all statements of the notebook from 0.

    ``last`` says that it is the last statement of its cell.
    """

    order: int
    node: ast.stmt
    text: CellText
    last: bool

    @property
    def private(self) -> bool:
        """Whether the names that it binds are gone when the cell is done."""
        return self.text.cell.magic in PRIVATE_MAGICS

    @property
    def first_line(self) -> int:
        """The line of the first decorator, or else of the statement."""
        if not isinstance(self.node, FunctionNode | ast.ClassDef):
            return self.node.lineno
        return min([self.node.lineno, *(decorator.lineno for decorator in self.node.decorator_list)])

    @property
    def location(self) -> Location:
        """Where the statement stands; for a decorated function, its ``def``."""
        return self.text.location(self.node.lineno)

    def source(self) -> str:
        """Return the whole lines of the statement, decorators included, without the last newline.

        Right only for a statement that shares its lines with no other: a compound one.
        """
        return "".join(self.text.lines[self.first_line - 1 : self.node.end_lineno]).rstrip()

    def comments_above(self) -> str:
        """Return the comment lines that touch the statement from above, each with its newline."""
        first = self.first_line - 1
        start = first
        while start and self.text.lines[start - 1].startswith("#"):
            start -= 1
        return "".join(self.text.lines[start:first])

    def segment(self, node: ast.stmt | ast.expr) -> str:
        """Return the exact text of a part of the statement."""
        # The parser's columns count bytes of UTF-8.
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset
        lines = [line.encode() for line in self.text.lines[node.lineno - 1 : end_line]]
        lines[-1] = lines[-1][:end_column]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A piece of a cell that does not parse. ``reason`` is the parser's message."""

    location: Location
    text: str
    reason: str

    def defines(self, function: str) -> bool:
        """Tell whether the text seems to define the function at top level."""
        # A megabyte that cannot be read is asked for every name that is called.
        if function not in self.text:
            return False
        return re.search(rf"^(?:async\s+)?def\s+{re.escape(function)}\b", self.text, re.MULTILINE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """All that could be read of a notebook's code, and what could not.

    ``readable`` are the statements that facts can be read from, in document order: also what the unreadable
    pieces say once the lines that cannot be read are left out. Those have the order -1, and are never served.
    """

    path: str
    statements: tuple[Statement, ...]
    unreadable: tuple[Unreadable, ...]
    cells: tuple[Cell, ...]
    readable: tuple[Statement, ...]
    _definitions: dict[str, Statement] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for item in self.statements:
            if isinstance(item.node, FunctionNode) and not item.private:
                self._definitions[item.node.name] = item

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions defined at top level, in order of their first definition."""
        return tuple(self._definitions)

    def definition(self, function: str) -> Statement | None:
        """Return the last top-level definition of the function."""
        return self._definitions.get(function)


@lru_cache(maxsize=2)
def read_code(notebook: Notebook) -> Code:
    """Parse every Python cell; a cell that does not parse gives the statements that do.

    Cached, because facts, choice and slice each begin with it; nobody changes the nodes.
    """
    statements: list[Statement] = []
    readable: list[Statement] = []
    unreadable: list[Unreadable] = []
    # What the parser warns about (an invalid escape) is between the user and their kernel.
    with warnings.catch_warnings(), without_collecting():
        warnings.simplefilter("ignore")
        for cell in notebook.code_cells:
            if cell.python is None:
                continue
            text = CellText(notebook.path, cell, lines_of(cell.python))
            nodes, broken = parse_lines(text.lines)
            whole = list(_statements(nodes, text, start=len(statements)))
            statements += whole
            for piece in broken:
                location = text.location(piece.line)
                unreadable.append(Unreadable(location=location, text=piece.text, reason=piece.reason))
                whole += (Statement(order=-1, node=node, text=text, last=False) for node in piece.salvaged)
            readable += sorted(whole, key=lambda item: item.node.lineno) if broken else whole
    return Code(
        path=notebook.path,
        statements=tuple(statements),
        unreadable=tuple(unreadable),
        cells=notebook.code_cells,
        readable=tuple(readable),
    )


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep the collector of cycles from walking the trees again and again: they have no cycles.

    It takes a third of the time for a notebook of 200 cells, and three quarters for one of 2,000.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a text as Python counts them, each with its end."""
    return tuple(_LINES.findall(text))


def _statements(nodes: list[ast.stmt], text: CellText, *, start: int) -> Iterator[Statement]:
    for offset, node in enumerate(nodes):
        yield Statement(order=start + offset, node=node, text=text, last=offset == len(nodes) - 1)


def parse_lines(lines: Sequence[str]) -> tuple[list[ast.stmt], list[Broken]]:
    """Return the statements of a text, and the pieces that do not parse."""
    try:
        return ast.parse("".join(lines)).body, []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return recover(lines)
