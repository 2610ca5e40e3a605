"""Finds what a piece of code imports, wherever the import stands in it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from jupyter_containerize.domain.notebook import ImportSite, Location

# Inside these a statement may not run, and the code is written to work without it.
_GUARDS = (ast.If, ast.Try, ast.TryStar, ast.For, ast.AsyncFor, ast.While, ast.Match)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def import_sites(
    node: ast.AST, locate: Callable[[int], Location], *, package: str = "", functions_guard: bool = False
) -> list[ImportSite]:
    """Return the import sites of a statement or module, in source order.

    Also what ``importlib.import_module("x")`` and ``__import__("x")`` name by a literal.

    Args:
        node: What to look into, at any depth.
        locate: Gives the location of a line.
        package: The package that relative imports start from; without one they are passed over,
            as a notebook cannot run them.
        functions_guard: Whether a function may never be called: true for a module that is only used in
            parts, false for a notebook's own functions, which are there to be called.
    """
    found: list[ImportSite] = []
    guards = (*_GUARDS, *_FUNCTIONS) if functions_guard else _GUARDS
    _collect(node, locate, package, guards, guarded=False, found=found)
    return found


def _collect(
    node: ast.AST,
    locate: Callable[[int], Location],
    package: str,
    guards: tuple[type[ast.AST], ...],
    *,
    guarded: bool,
    found: list[ImportSite],
) -> None:
    match node:
        case ast.Import():
            found += (
                ImportSite(module=item.name, location=locate(node.lineno), guarded=guarded) for item in node.names
            )
        case ast.ImportFrom():
            if module := _absolute(node, package):
                names = tuple(alias.name for alias in node.names if alias.name != "*")
                found.append(ImportSite(module=module, location=locate(node.lineno), guarded=guarded, names=names))
        case ast.Call(args=[ast.Constant(value=str(module)), *_]):
            if module and not module.startswith(".") and _imports_by_name(node.func):
                found.append(ImportSite(module=module, location=locate(node.lineno), guarded=guarded))
    inside = guarded or isinstance(node, guards)
    for child in ast.iter_child_nodes(node):
        _collect(child, locate, package, guards, guarded=inside, found=found)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute dotted name, or an empty one when it leaves the package."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (node.level - 1)] if node.level <= len(parts) else []
    return ".".join([*kept, *([node.module] if node.module else [])]) if kept else ""


def _imports_by_name(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="__import__" | "import_module"):
            return True
        case ast.Attribute(value=ast.Name(id="importlib"), attr="import_module" | "__import__"):
            return True
    return False
