"""Leaves out of a run what installs something: a build must not change the environment that a kernel is in.

The kernel has what it has, and what the commands ask for is read without running them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from jupyter_containerize.analysis.commands import SHELL_MAGICS, installs_only, script_installs_only
from jupyter_containerize.analysis.literal_names import LiteralNames
from jupyter_containerize.analysis.statements import Code, Statement
from jupyter_containerize.analysis.walk import walk
from jupyter_containerize.domain.notebook import Cell, Location, SlicedStatement

REASON = "a build installs nothing"


class Installs:
    """Where a notebook installs something, and its cells without that.

    Args:
        code: the notebook's.
        names: its literal texts.
    """

    def __init__(self, code: Code, names: LiteralNames | None = None) -> None:
        names = names or LiteralNames(code)
        self._path = code.path
        self._nodes: dict[int, list[ast.Expr]] = {}
        self._whole: set[tuple[int, int]] = set()
        rest: set[int] = set()
        for statement in code.statements:
            cell = statement.text.cell.index
            found = [node for node in _expressions(statement) if installs_only(node.value, names)]
            self._nodes.setdefault(cell, []).extend(found)
            if statement.node in found:
                self._whole.add((cell, statement.first_line))
            else:
                rest.add(cell)
        self._nodes = {cell: nodes for cell, nodes in self._nodes.items() if nodes}
        scripts = {cell.index for cell in code.cells if _is_script(cell) and script_installs_only(cell)}
        self._whole |= {(cell, 1) for cell in scripts}
        self._gone = scripts | (self._nodes.keys() - rest)

    def __contains__(self, statement: Statement) -> bool:
        return (statement.text.cell.index, statement.first_line) in self._whole

    @property
    def places(self) -> tuple[Location, ...]:
        """The cells, in the order of the notebook."""
        return tuple(Location(path=self._path, cell=cell) for cell in sorted({*self._nodes, *self._gone}))

    def left_out(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """Return the cells without what installs; every line keeps its number, and cells of nothing else are absent."""
        return tuple(
            _without(cell, self._nodes[cell.index]) if cell.index in self._nodes else cell
            for cell in cells
            if cell.index not in self._gone
        )

    def told(self, statements: Iterable[SlicedStatement]) -> tuple[SlicedStatement, ...]:
        """Return what becomes of each statement, with those that install left out."""
        return tuple(
            replace(item, training=False, installs=True, reason=REASON)
            if (item.location.cell, item.location.line) in self._whole and not item.serving
            else item
            for item in statements
        )


def _is_script(cell: Cell) -> bool:
    return cell.python is None and cell.magic in SHELL_MAGICS


def _expressions(statement: Statement) -> Iterator[ast.Expr]:
    """Yield the calls that have lines of their own, wherever in a statement."""
    lines = statement.text.lines
    for node in walk([statement.node]):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            before = lines[node.lineno - 1].encode()[: node.col_offset]
            after = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset :]
            if not before.strip() and not after.strip().strip(b";"):
                yield node


def _without(cell: Cell, nodes: Sequence[ast.Expr]) -> Cell:
    assert cell.python is not None  # noqa: S101  # it has statements
    source, python = cell.source.splitlines(keepends=True), cell.python.splitlines(keepends=True)
    for node in nodes:
        end = node.end_lineno or node.lineno
        # A command's further lines are none of Python's.
        while end < len(source) and source[end - 1].rstrip().endswith("\\"):
            end += 1
        for lines in (source, python):
            for number in range(node.lineno, min(end, len(lines)) + 1):
                lines[number - 1] = " " * node.col_offset + "pass\n" if number == node.lineno else "\n"
    return replace(cell, source="".join(source), python="".join(python))
