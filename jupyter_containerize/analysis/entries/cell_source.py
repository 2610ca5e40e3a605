"""Writes the function that answers in place of a Kernel Gateway cell.

The gateway runs the cell in a kernel, with the request in the global ``REQUEST``, and answers with what it prints, or
else with what its last expression shows. Here several requests run at once in one process, so the request is
a parameter, what the cell prints goes to a list of this one request, and what it binds is local where nothing else
can tell the difference.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from jupyter_containerize.analysis.bindings import Bindings
from jupyter_containerize.analysis.entries.cell_names import bound_names, names_of_scope, shared_names
from jupyter_containerize.analysis.entries.cells import endpoint_named
from jupyter_containerize.analysis.magic_calls import magic_of
from jupyter_containerize.analysis.statements import Code, Statement

_PRINTED = "_printed_"
_HEAD = f"""\
    import builtins as _builtins_, io as _io_
    {_PRINTED} = _io_.StringIO()
    def print(*values, file=None, **options):
        _builtins_.print(*values, file={_PRINTED} if file is None else file, **options)
"""


def endpoint_source(code: Code, bindings: Bindings, symbol: str) -> str:
    """Return the source of the function that answers for an endpoint of the notebook.

    Raises:
        LookupError: no endpoint has that symbol.
    """
    endpoint = endpoint_named(code, symbol)
    if endpoint is None:
        raise LookupError(symbol)
    statements = endpoint.statements(code)
    text = f"Answer {endpoint.method} {endpoint.path}."
    return cell_function(statements, symbol, elsewhere=shared_names(code, bindings, statements), doc=text)


def cell_function(
    statements: Sequence[Statement], symbol: str, *, elsewhere: Collection[str] = (), doc: str = ""
) -> str:
    """Return the source of ``def symbol(REQUEST: str) -> str``, which does what the statements do.

    Args:
        statements: Those of the endpoint's cells, in order.
        symbol: The function's name.
        elsewhere: Names of the notebook that the function must bind there, not for itself alone.
        doc: The function's docstring.
    """
    before: list[ast.stmt] = []
    body: list[ast.stmt] = []
    for statement in statements:
        node = statement.node
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            before.append(node)  # Python allows it at the top of a module alone.
        elif not _is_left_out(node):
            body.append(_WithoutGlobals().visit(_copy(node)))
    shown = _shown(statements, body)
    declared = sorted((bound_names(body) & set(elsewhere)) | _declared_inside(body))
    lines = [ast.unparse(node) for node in before]
    if lines:
        lines += ["", ""]
    lines.append(f"{'async ' if _awaits(body) else ''}def {symbol}(REQUEST: str) -> str:")
    lines.append(f"    {doc or f'Answer as the cell of {symbol} does.'!r}")
    if declared:
        lines.append(f"    global {', '.join(declared)}")
    lines.append(_HEAD.rstrip("\n"))
    for node in body:
        lines += _indented(ast.unparse(ast.fix_missing_locations(node)))
    lines += _closing(shown=shown)
    return "\n".join(lines) + "\n"


def _is_left_out(node: ast.stmt) -> bool:
    """Tell whether a statement means nothing here: a magic; ``from __future__``, which stands first in a module."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and magic_of(node.value) is not None


def _closing(*, shown: bool) -> list[str]:
    if not shown:
        return [f"    return {_PRINTED}.getvalue()"]
    return [
        f"    if {_PRINTED}.getvalue() or _shown_ is None:",
        f"        return {_PRINTED}.getvalue()",
        "    return _shown_ if isinstance(_shown_, str) else repr(_shown_)",
    ]


def _shown(statements: Sequence[Statement], body: list[ast.stmt]) -> bool:
    """Give the last expression a name, if its cell shows it."""
    if not body or not isinstance(body[-1], ast.Expr):
        return False
    last = statements[-1]
    rest = last.text.lines[(last.node.end_lineno or 1) - 1].encode()[last.node.end_col_offset :]
    if not last.last or rest.lstrip().startswith(b";"):
        return False
    body[-1] = ast.Assign(targets=[ast.Name(id="_shown_", ctx=ast.Store())], value=body[-1].value, lineno=1)
    return True


def _indented(text: str) -> Iterator[str]:
    """Indent code by lines, but no line that goes on inside a text: ``unparse`` writes docstrings over lines."""
    inside = _lines_inside_texts(text)
    for number, line in enumerate(text.split("\n"), 1):
        yield line if number in inside else f"    {line}"


def _lines_inside_texts(text: str) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            found.update(range(node.lineno + 1, node.end_lineno + 1))
    return found


def _copy(node: ast.stmt) -> ast.stmt:
    # The notebook's own trees are shared by all who read them.
    return ast.parse(ast.unparse(node)).body[0]


class _WithoutGlobals(ast.NodeTransformer):
    """Takes ``global`` out of the cell's own scope, where it said nothing: all of a cell is global."""

    def visit_Global(self, _node: ast.Global) -> ast.stmt:
        return ast.Pass()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node


def _declared_inside(body: Sequence[ast.AST]) -> set[str]:
    """Return the names that functions in the cell take as global: they and the cell mean the same."""
    return {name for node in body for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names}


def _awaits(body: Sequence[ast.AST]) -> bool:
    return any(
        isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
        or (isinstance(node, ast.comprehension) and node.is_async)
        for node in names_of_scope(body)
    )
