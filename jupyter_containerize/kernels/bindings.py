"""Finds where a notebook's cells bind a name, for messages about the object behind it."""

from __future__ import annotations

import ast
import logging
import warnings
from collections.abc import Iterator

from jupyter_containerize.domain.notebook import Location, Notebook
from jupyter_containerize.kernels.tracebacks import skipped_lines

logger = logging.getLogger(__name__)


def binding_locations(notebook: Notebook) -> dict[str, Location]:
    """Return the last place at top level that binds each name; cells that do not parse bind nothing."""
    found: dict[str, Location] = {}
    for cell in notebook.code_cells:
        tree = _parse(cell.source)
        above = skipped_lines(cell.source)
        for name, line in _bound(tree.body if tree else []):
            found[name] = Location(path=notebook.path, cell=cell.index, line=above + line)
    return found


def _parse(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(_transformed(source))
    except (SyntaxError, ValueError) as error:
        # The analysis reports it; here it only costs a location.
        logger.debug("no bindings read: %s", error)
        return None


def _transformed(source: str) -> str:
    # It takes a while to import, and a build whose notebook need not run asks for no place.
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415

    transformer = TransformerManager()  # type: ignore[no-untyped-call]  # IPython is typed in parts
    return str(transformer.transform_cell(source))


def _bound(nodes: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for statement in nodes:
        yield from _bound_by(statement)


def _bound_by(node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, node.lineno
        return
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], node.lineno
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _bound_by(child)
