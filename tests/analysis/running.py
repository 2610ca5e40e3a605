"""Runs notebooks and slices in this process, to see whether both give the same answers."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping

from jupyter_containerize.domain.notebook import Notebook, Slice


class NoMagics:
    """Stands in for IPython's shell: every magic does nothing."""

    def run_line_magic(self, *_: object) -> None:
        """Do nothing."""

    def system(self, *_: object) -> None:
        """Do nothing."""

    def getoutput(self, *_: object) -> list[str]:
        """Return the output of a command that prints two lines."""
        return ["one", "two"]


def run_notebook(notebook: Notebook) -> dict[str, object]:
    """Run all cells like IPython, statement by statement, and return the namespace."""
    namespace: dict[str, object] = {"__name__": "notebook", "get_ipython": NoMagics}
    flags = 0
    for cell in notebook.code_cells:
        if cell.python is None or cell.magic == "timeit":
            continue
        try:
            tree = ast.parse(cell.python)
        except SyntaxError:
            continue
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                flags |= 0x1000000  # CO_FUTURE_ANNOTATIONS: it lasts for the cells below
            run(compile(ast.Module([statement], []), "<cell>", "exec", flags=flags, dont_inherit=True), namespace)
    return namespace


def run_slice(serving: Slice, state: Mapping[str, object]) -> dict[str, object]:
    """Run a slice as a module with its captured objects, and return the namespace."""
    namespace = {"__name__": "serving", **{name: state[name] for name in serving.live_in}}
    run(compile(serving.source, "<slice>", "exec", dont_inherit=True), namespace)
    return namespace


def run(code: object, namespace: dict[str, object]) -> None:
    """Run compiled code; what libraries warn about is not our subject."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(code, namespace)  # type: ignore[arg-type]


def ask(expression: str, namespace: dict[str, object]) -> object:
    """Return the value of an expression in a namespace."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(expression, namespace)
