"""Which statement gives a top-level name its value, and of what kind that statement is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.analysis.walk import children, walk

# Cell magics that leave the notebook's names alone. Any other may bind what we cannot see (%%cython).
QUIET_CELL_MAGICS = frozenset({
    "bash", "cmd", "file", "html", "javascript", "js", "latex", "markdown", "perl", "pypy", "python", "python2",
    "python3", "ruby", "script", "sh", "svg", "sx", "system", "writefile",
})  # fmt: skip
# Line magics and calls that bind names that no statement shows.
_BINDING_LINE_MAGICS = frozenset({"run", "pylab", "store", "macro", "R", "sql"})
_BINDING_CALLS = frozenset({"exec", "globals", "locals", "vars"})

# The nodes that `_bound_here` and `_binds_unseen` know: most are none of them, and there are many.
_BINDING = frozenset({
    ast.Name, ast.Attribute, ast.Subscript, ast.Import, ast.ImportFrom, ast.MatchAs, ast.MatchStar, ast.MatchMapping,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.NamedExpr,
})  # fmt: skip
_LEAVES = frozenset({ast.Name, ast.Constant, ast.alias})
_TELLING = frozenset({ast.Attribute, ast.alias, ast.Call})

_COMPREHENSIONS = frozenset({ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp})


class BindingKind(Enum):
    """How a statement binds a name, which decides whether source or a value is kept."""

    IMPORT = "import"
    """A plain import at top level."""
    IMPORT_BLOCK = "import block"
    """An ``if``, ``try`` or ``with`` at top level that does nothing but import."""
    FUNCTION = "function"
    """A ``def`` at top level."""
    VALUE = "value"
    """Anything else that leaves a value: only running the notebook can give it."""
    CHANGED = "changed"
    """Not bound, but changed in place: ``name.attribute = ...``, ``name[...] = ...``."""
    DELETED = "deleted"
    """Unbound again."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binding:
    """One statement that binds one name. ``alias`` is the part of a plain import that does."""

    name: str
    kind: BindingKind
    statement: Statement
    alias: ast.alias | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """All bindings of the top-level names.

    ``history`` has a name's bindings in document order. ``stars`` are the ``from x import *``,
    ``futures`` the ``from __future__``. ``declared_global`` are names that a function declares
    global. ``opaque`` says that something in the notebook binds names that no statement shows.
    """

    history: dict[str, list[Binding]]
    stars: tuple[Statement, ...]
    futures: tuple[Statement, ...]
    declared_global: frozenset[str]
    opaque: bool

    def rebound_after(self, name: str, statement: Statement) -> bool:
        """Tell whether a later statement gives the name another value."""
        return any(
            binding.statement.order > statement.order
            for binding in self.history.get(name, ())
            if binding.kind in {BindingKind.VALUE, BindingKind.FUNCTION, BindingKind.DELETED}
        )


def read_bindings(code: Code) -> Bindings:
    """Collect the bindings of all statements that share the notebook's namespace."""
    history: dict[str, list[Binding]] = {}
    stars: list[Statement] = []
    futures: list[Statement] = []
    declared: set[str] = set()
    opaque = any(
        cell.python is None and cell.magic not in QUIET_CELL_MAGICS for cell in code.cells if cell.source.strip()
    )
    for statement in code.statements:
        if statement.private:
            continue
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            futures.append(statement)
            continue
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            stars.append(statement)
            continue
        for binding in _bindings(statement):
            history.setdefault(binding.name, []).append(binding)
        for inner in walk([node]):
            kind = type(inner)
            if kind is ast.Global:
                declared.update(inner.names)  # type: ignore[attr-defined]  # by its kind, which is told faster
            elif kind in _TELLING and not opaque:
                opaque = _binds_unseen(inner)
    return Bindings(
        history=history,
        stars=tuple(stars),
        futures=tuple(futures),
        declared_global=frozenset(declared),
        opaque=opaque,
    )


def _bindings(statement: Statement) -> Iterator[Binding]:
    node = statement.node
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield Binding(name=bound_name(alias), kind=BindingKind.IMPORT, statement=statement, alias=alias)
        return
    if isinstance(node, FunctionNode):
        yield Binding(name=node.name, kind=BindingKind.FUNCTION, statement=statement)
        # Decorators and defaults may bind with :=.
        for part in _outside_body(node):
            yield from (Binding(name=name, kind=kind, statement=statement) for name, kind in _bound(part))
        return
    block = _is_import_block(node)
    for name, kind in _bound(node):
        if block and kind is BindingKind.VALUE:
            yield Binding(name=name, kind=BindingKind.IMPORT_BLOCK, statement=statement)
        else:
            yield Binding(name=name, kind=kind, statement=statement)


def bound_name(alias: ast.alias) -> str:
    """Return the name that one part of an import statement binds: ``a`` for ``import a.b``."""
    return alias.asname or alias.name.partition(".")[0]


def _bound(node: ast.AST) -> list[tuple[str, BindingKind]]:
    """Return what a piece of code binds in the scope that it stands in, in source order.

    The name of ``except ... as name`` is not among them: it is unbound again when the handler ends.
    """
    found: list[tuple[str, BindingKind]] = []
    _add_bound(node, found, comprehension=False)
    return found


def _add_bound(node: ast.AST, found: list[tuple[str, BindingKind]], *, comprehension: bool) -> None:
    kind = type(node)
    if kind in _BINDING and not (comprehension and kind is ast.Name):
        found += _bound_here(node)
    if kind in _LEAVES:
        return
    inside = comprehension or kind in _COMPREHENSIONS
    parts: Iterable[ast.AST]
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
            parts = _outside_body(node)
        case ast.NamedExpr():
            # := binds outside of a comprehension, unlike the comprehension's own targets.
            parts = [node.value]
        case ast.AnnAssign(value=None):
            parts = []
        case _:
            parts = reversed(children(node))
    for part in parts:
        _add_bound(part, found, comprehension=inside)


def _bound_here(node: ast.AST) -> Iterator[tuple[str, BindingKind]]:
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.id, BindingKind.VALUE
        case ast.Name(ctx=ast.Del()):
            yield node.id, BindingKind.DELETED
        case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
            if root := root_name(node):
                yield root, BindingKind.CHANGED
        case ast.Import() | ast.ImportFrom():
            yield from ((bound_name(alias), BindingKind.VALUE) for alias in node.names if alias.name != "*")
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name, BindingKind.VALUE
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, BindingKind.VALUE
        case ast.NamedExpr():
            yield node.target.id, BindingKind.VALUE


def _outside_body(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda) -> list[ast.expr]:
    """Return the expressions of a definition that run in the enclosing scope, but annotations."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]
    defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
    return defaults if isinstance(node, ast.Lambda) else [*node.decorator_list, *defaults]


def root_name(node: ast.expr) -> str | None:
    """Return the name that attributes and items are taken from: ``a`` for ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_import_block(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If | ast.Try | ast.With):
        return False
    leaves = list(_leaves(node))
    return any(isinstance(leaf, ast.Import | ast.ImportFrom) for leaf in leaves) and all(map(_is_plain, leaves))


def _leaves(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.If():
            parts = [*node.body, *node.orelse]
        case ast.Try():
            parts = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
        case ast.With():
            parts = node.body
        case _:
            yield node
            return
    for part in parts:
        yield from _leaves(part)


def _is_plain(node: ast.stmt) -> bool:
    """Tell whether a statement does no more than import, or say that an import is missing."""
    match node:
        case ast.Import() | ast.Pass() | ast.Raise():
            return True
        case ast.ImportFrom():
            return node.names[0].name != "*"
        case ast.Assign(targets=[ast.Name()], value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def _binds_unseen(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules") | ast.alias(name="__main__"):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _BINDING_CALLS
        case ast.Call(func=ast.Attribute(attr="run_line_magic"), args=[ast.Constant(value=str(name)), *_]):
            return name in _BINDING_LINE_MAGICS
    return False
