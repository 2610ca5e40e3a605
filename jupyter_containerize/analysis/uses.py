"""Which names a piece of code takes from the notebook's namespace.

Scopes are Python's own business: ``symtable`` is the compiler's first pass and knows closures,
comprehensions, class bodies and every later addition to the language.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.magic_calls import without_magics
from jupyter_containerize.analysis.statements import Statement

# Bound in every module without a statement.
ALWAYS_BOUND = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__",
}  # fmt: skip


class NotCompilable(Exception):
    """The code parses but the compiler refuses it: ``def f(a, a)``. It never leaves this room.

    ``line`` is in the user's cell, ``reason`` the compiler's message.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """The names that a statement needs.

    ``loaded`` are read from the namespace, now or when a function runs. ``quoted`` stand in
    annotations that are texts; nothing breaks if they are unbound. ``declared_global`` are names that
    a function in the statement declares global.
    """

    loaded: frozenset[str]
    quoted: frozenset[str]
    declared_global: frozenset[str]


def uses_of(statement: Statement) -> Uses:
    """Return the names that a compound statement or definition uses, at any depth, magics aside.

    Raises:
        NotCompilable: the compiler refuses the statement.
    """
    text = without_magics(statement)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # symtable alone lets pass what a later step of the compiler refuses, like a stray `break`.
            compile(text, "<cell>", "exec", dont_inherit=True)
            table = symtable.symtable(text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = statement.first_line - 1 + (getattr(error, "lineno", None) or 1)
        raise NotCompilable(line, getattr(error, "msg", str(error))) from error
    loaded: set[str] = set()
    declared: set[str] = set()
    _collect(table, loaded, declared)
    return Uses(
        loaded=frozenset(loaded),
        quoted=frozenset(_quoted(statement.node)) - loaded,
        declared_global=frozenset(declared),
    )


def line_of_use(node: ast.AST, name: str) -> int | None:
    """Return the line where the name is first read, or ``None``."""
    lines = [
        inner.lineno
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load)
    ]
    return min(lines, default=None)


def _collect(table: symtable.SymbolTable, loaded: set[str], declared: set[str]) -> None:
    outermost = table.get_type() == "module"
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if symbol.is_referenced() and (outermost or symbol.is_global()):
            loaded.add(name)
        if not outermost and symbol.is_declared_global():
            declared.add(name)
    for child in table.get_children():
        _collect(child, loaded, declared)


def _quoted(node: ast.AST) -> Iterator[str]:
    for annotation in _annotations(node):
        for inner in ast.walk(annotation):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield from _names_in(inner.value)


def _names_in(text: str) -> Iterator[str]:
    try:
        expression = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return
    for inner in ast.walk(expression):
        if isinstance(inner, ast.Name):
            yield inner.id


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        match inner:
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                yield annotation
            case (
                ast.FunctionDef(returns=ast.expr() as annotation)
                | ast.AsyncFunctionDef(returns=ast.expr() as annotation)
            ):
                yield annotation
