"""Finds the paths that code spells out: literals, and literals joined by ``/`` or ``os.path.join``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.walk import children

_LONGEST = 255
_SPELLING = frozenset({ast.Constant, ast.BinOp, ast.Call})


@dataclass(frozen=True, slots=True, order=True)
class PathLiteral:
    """A text in code that could be a path.

    ``sure`` says that it is used as one or looks like one; the bare text ``"data"`` may as well be
    a column's name, so a folder is only believed when it is sure.
    """

    text: str
    sure: bool


def path_literals(node: ast.AST) -> Iterator[PathLiteral]:
    """Yield every text that could name a file or folder."""
    stack = [(node, False)]
    while stack:
        item, argument = stack.pop()
        kind = type(item)
        if kind in _SPELLING and (text := literal_path(item)) is not None:  # type: ignore[arg-type]  # all expressions
            if _is_plausible(text):
                yield PathLiteral(text, argument or "/" in text)
            # The pieces of a joined path are not paths of their own.
            continue
        called = kind is ast.Call
        stack += [(child, called) for child in children(item) if type(child) is not ast.Name]


def literal_path(node: ast.expr) -> str | None:
    """Return the path that an expression of literals spells, or ``None`` for any other expression."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(op=ast.Div()):
            return _joined(_divided(node))
        case ast.Call(func=ast.Name(id="Path" | "PurePath") | ast.Attribute(attr="Path" | "PurePath"), args=args):
            return _joined(args)
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="path"), attr="join"), args=args):
            return _joined(args)
    return None


def _divided(node: ast.expr) -> list[ast.expr]:
    """Return the parts of ``a / b / c``, which may be deeper than a stack."""
    parts: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts.append(node.right)
        node = node.left
    return [node, *reversed(parts)]


def _joined(parts: list[ast.expr]) -> str | None:
    texts = [literal_path(part) for part in parts]
    if not texts or any(text is None for text in texts):
        return None
    return "/".join(text.rstrip("/") if index else text for index, text in enumerate(texts) if text)


def _is_plausible(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and not any(mark in text for mark in "\n\r\0*")
