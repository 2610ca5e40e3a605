"""What the names of a notebook stand for, where its code says so with a literal."""

from __future__ import annotations

import ast

from jupyter_containerize.analysis.shell_words import UNKNOWN
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.analysis.walk import statements


class LiteralNames:
    """The expressions that a notebook assigns to names; collected when the first is asked for."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[str, list[ast.expr]] | None = None

    def expression(self, name: str) -> ast.expr | None:
        """Return the only expression that is ever assigned to a name, or ``None``."""
        if self._known is None:
            self._known = self._collect()
        found = self._known.get(name, [])
        if not found or any(ast.dump(other) != ast.dump(found[0]) for other in found[1:]):
            return None
        return found[0]

    def text(self, name: str) -> str | None:
        """Return the text that a name or expression in a shell line stands for, or ``None``."""
        if name == "sys.executable":
            return "python"
        node = self.expression(name) if name.isidentifier() else None
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def template(self, node: ast.expr) -> str | None:
        """Return the text of a string expression, with ``UNKNOWN`` for its unknown parts, or ``None`` for no string."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return self.text(name)
            case ast.JoinedStr(values=parts):
                return "".join(self._part(part) for part in parts)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if not isinstance(left, ast.BinOp):
                both = [self.template(left), self.template(right)]
                if any(part is not None for part in both):
                    return "".join(UNKNOWN if part is None else part for part in both)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                return text.partition("{")[0] + UNKNOWN
        return None

    def _part(self, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        value = part.value if isinstance(part, ast.FormattedValue) else part
        if isinstance(value, ast.Attribute) and value.attr == "executable":
            return "python"
        text = self.text(value.id) if isinstance(value, ast.Name) else None
        return UNKNOWN if text is None else text

    def _collect(self) -> dict[str, list[ast.expr]]:
        known: dict[str, list[ast.expr]] = {}
        for node in statements(item.node for item in self._code.readable):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        known.setdefault(target.id, []).append(node.value)
            elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name) and node.value:
                known.setdefault(node.target.id, []).append(node.value)
        return known
