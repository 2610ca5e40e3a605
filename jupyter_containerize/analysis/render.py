"""Writes the kept statements of a slice as one module."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_containerize.analysis.magic_calls import without_magics
from jupyter_containerize.analysis.statements import FunctionNode, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A statement of the slice. ``aliases`` are the parts of a plain import that are used; ``None``: all."""

    statement: Statement
    aliases: tuple[ast.alias, ...] | None

    @classmethod
    def whole(cls, statement: Statement) -> Kept:
        """Keep all of a statement."""
        return cls(statement=statement, aliases=None)

    @property
    def node(self) -> ast.stmt:
        """The statement, without the parts that are not used."""
        node = self.statement.node
        if self.aliases is None or not isinstance(node, ast.Import | ast.ImportFrom):
            return node
        names = [alias for alias in node.names if alias in self.aliases]
        if len(names) == len(node.names):
            return node
        trimmed = (
            ast.Import(names=names)
            if isinstance(node, ast.Import)
            else ast.ImportFrom(module=node.module, names=names, level=node.level)
        )
        return ast.copy_location(trimmed, node)


def render(kept: Sequence[Kept]) -> str:
    """Return the statements as a module, in the order given; a comment says which cell they are from."""
    parts: list[str] = []
    cell: int | None = None
    previous_is_import = False
    for item in kept:
        is_import = isinstance(item.node, ast.Import | ast.ImportFrom)
        text = _text(item)
        gap = "" if not parts or (is_import and previous_is_import) else "\n\n"
        if item.statement.text.cell.index != cell:
            cell = item.statement.text.cell.index
            gap = "\n\n" if parts else ""
            text = f"# cell {cell}\n{text}"
        parts.append(f"{gap}{text}\n")
        previous_is_import = is_import
    return "".join(parts)


def _text(item: Kept) -> str:
    statement, node = item.statement, item.node
    if isinstance(node, ast.Import | ast.ImportFrom):
        return statement.segment(node) if node is statement.node else ast.unparse(node)
    comments = statement.comments_above() if isinstance(node, FunctionNode) else ""
    return comments + without_magics(statement)
