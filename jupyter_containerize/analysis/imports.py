"""Finds what a piece of code imports, wherever the import stands in it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Container, Iterable

from jupyter_containerize.analysis.walk import blocks, children
from jupyter_containerize.domain.notebook import ImportSite, Location

# Inside these a statement may not run, and the code is written to work without it.
_GUARDS = (ast.If, ast.Try, ast.TryStar, ast.For, ast.AsyncFor, ast.While, ast.Match)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

# Without one of these in its text, a piece of code imports by statements alone.
IMPORTS_BY_NAME = re.compile(r"importlib|import_module|__import__")
# What is caught when an import fails.
_IMPORT_FAILURES = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
# `from sklearn.___ import ___`: an exercise to be filled in.
_BLANK = re.compile(r"(?:^|\.)_+(?:\.|$)")
_DEEPEST = 50

_Rivals = dict[ast.AST, str]


class ImportReader:
    """Reads import sites of one piece of code after the other.

    It remembers under which names ``importlib`` and ``import_module`` were imported.

    Args:
        functions_guard: Whether a function may never be called: true for a module that is only used in
            parts, false for a notebook's own functions, which are there to be called.
        called: The names of functions that are called all the same.
    """

    def __init__(self, *, functions_guard: bool = False, called: Container[str] = ()) -> None:
        self._functions_guard = functions_guard
        self._called = called
        self._modules = {"importlib"}
        self._functions = {"import_module", "__import__"}

    def sites(
        self, nodes: Iterable[ast.AST], locate: Callable[[int], Location], *, package: str = "", deep: bool = True
    ) -> list[ImportSite]:
        """Return the import sites of some code in source order.

        Args:
            nodes: What to look into, at any depth.
            locate: Gives the location of a line.
            package: The package that relative imports start from; without one they are passed over,
                as a notebook cannot run them.
            deep: Whether to look into expressions, for what is imported by name.
        """
        found: list[ImportSite] = []
        rivals: _Rivals = {}
        below = children if deep else blocks
        stack = [(node, False) for node in nodes]
        stack.reverse()
        while stack:
            node, guarded = stack.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                found += self._of_statement(node, locate, package, guarded=guarded, rivals=rivals)
                continue
            if isinstance(node, ast.Call):
                if module := self._by_name(node):
                    location = locate(node.lineno)
                    found.append(ImportSite(module=module, location=location, guarded=guarded, rule="import_module"))
            elif isinstance(node, ast.If) and (kept := _without_type_checking(node)) is not None:
                stack += [(item, guarded) for item in reversed(kept)]
                continue
            elif isinstance(node, ast.Try | ast.TryStar):
                rivals.update(_rivals(node))
            inside = guarded or self._may_not_run(node)
            stack += [(item, inside) for item in below(node)]
        return found

    def _may_not_run(self, node: ast.AST) -> bool:
        if isinstance(node, _GUARDS):
            return True
        if not self._functions_guard or not isinstance(node, _FUNCTIONS):
            return False
        return isinstance(node, ast.Lambda) or node.name not in self._called

    def _of_statement(
        self,
        node: ast.Import | ast.ImportFrom,
        locate: Callable[[int], Location],
        package: str,
        *,
        guarded: bool,
        rivals: _Rivals,
    ) -> list[ImportSite]:
        location = locate(node.lineno)
        if isinstance(node, ast.Import):
            self._modules.update(item.asname for item in node.names if item.asname and item.name == "importlib")
            return [
                ImportSite(module=module, location=location, guarded=guarded, instead_of=rivals.get(item, ""))
                for item in node.names
                if (module := _without_blank(item.name))
            ]
        if node.module == "importlib" and not node.level:
            self._functions.update(item.asname for item in node.names if item.asname and item.name == "import_module")
        module = _without_blank(_absolute(node, package))
        if not module:
            return []
        names = tuple(alias.name for alias in node.names if alias.name != "*")
        instead_of = rivals.get(node, "")
        return [ImportSite(module=module, location=location, guarded=guarded, names=names, instead_of=instead_of)]

    def _by_name(self, call: ast.Call) -> str:
        match call:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(module)), *_]):
                known = name in self._functions
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                known = name in self._modules
            case _:
                return ""
        return _without_blank(module) if known and all(part.isidentifier() for part in module.split(".")) else ""


def import_sites(
    node: ast.AST, locate: Callable[[int], Location], *, package: str = "", functions_guard: bool = False
) -> list[ImportSite]:
    """Return the import sites of one statement or module. See ``ImportReader``."""
    return ImportReader(functions_guard=functions_guard).sites([node], locate, package=package)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute dotted name, or an empty one when it leaves the package."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (node.level - 1)] if node.level <= len(parts) else []
    return ".".join([*kept, *([node.module] if node.module else [])]) if kept else ""


def _without_blank(module: str) -> str:
    """Return the part of a dotted name that can be looked for: up to a blank, and no deeper than any package is."""
    blank = _BLANK.search(module)
    module = module if blank is None else module[: blank.start()]
    return module if module.count(".") < _DEEPEST else ".".join(module.split(".", _DEEPEST)[:_DEEPEST])


def _without_type_checking(node: ast.If) -> list[ast.stmt] | None:
    """Return the branch that runs when ``node`` asks for ``TYPE_CHECKING``, ``None`` when it asks anything else."""
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _is_type_checking(test.operand):
        return node.body
    return node.orelse if _is_type_checking(test) else None


def _is_type_checking(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
    return False


def _rivals(node: ast.Try | ast.TryStar) -> _Rivals:
    """Return the imports of a ``try`` that stand in for those that failed, with the module that each replaces."""
    tried = _imported(node.body)
    found: _Rivals = {}
    if not tried:
        return found
    for handler in node.handlers:
        if not _catches_import_failure(handler.type):
            continue
        body = handler.body
        # `except ImportError: try: import b ...`: what is tried next stands in as well.
        while len(body) == 1 and isinstance(body[0], ast.Try):
            body = body[0].body
        instead = _imported(body)
        # Without a common name, only a handler that does nothing else says that one replaces the other.
        shared = any(names & bound for _, _, names in tried for _, _, bound in instead)
        paired = not shared and len(instead) == len(tried) and all(map(_is_quiet, body))
        for index, (key, module, bound) in enumerate(instead):
            same = next((other for _, other, names in tried if names & bound), "")
            if not same and paired and module.partition(".")[0] not in sys.stdlib_module_names:
                same = tried[index][1]
            if same and same != module:
                found[key] = same
    return found


def _imported(body: Iterable[ast.stmt]) -> list[tuple[ast.AST, str, set[str]]]:
    """Return what statements import: the node, the module and the names that it binds."""
    found: list[tuple[ast.AST, str, set[str]]] = []
    for statement in body:
        if isinstance(statement, ast.Import):
            found += ((item, item.name, {item.asname or item.name.partition(".")[0]}) for item in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found.append((statement, statement.module, {item.asname or item.name for item in statement.names}))
    return found


def _catches_import_failure(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Tuple(elts=kinds):
            return any(isinstance(kind, ast.Name) and kind.id in _IMPORT_FAILURES for kind in kinds)
        case ast.Name(id=name):
            return name in _IMPORT_FAILURES
    return False


def _is_quiet(statement: ast.stmt) -> bool:
    """Tell whether a statement does nothing but import or set a flag."""
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Assign(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print"))):
            return True
    return False
