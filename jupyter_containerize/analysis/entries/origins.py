"""Says which library a name or an attribute comes from, by the notebook's own imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.analysis.walk import statements


@dataclass(slots=True)
class Origins:
    """What the imported names stand for: ``PCA`` is ``sklearn.decomposition.PCA``.

    An import anywhere at top level counts, also in ``try`` and ``if``; of two of one name the last. ``stars`` are the
    modules of ``from module import *``.
    """

    names: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, code: Code) -> Origins:
        """Return the origins of a notebook's names."""
        found = cls()
        found.read(item.node for item in code.statements)
        return found

    def read(self, nodes: Iterable[ast.AST]) -> None:
        """Take note of all imports in statements and the blocks inside them."""
        for node in statements(nodes):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    self.names[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(node.module)
                    else:
                        self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def of_expression(self, node: ast.expr) -> str:
        """Return the dotted name of a name or of an attribute of one; empty for anything that is not imported."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.names:
            return ""
        return ".".join([self.names[node.id], *reversed(parts)])

    def root_of(self, node: ast.expr) -> str:
        """Return the top-level import name that an expression begins with, or nothing."""
        return self.of_expression(node).partition(".")[0]
