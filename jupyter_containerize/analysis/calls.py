"""Finds where the notebook itself calls a function, and the call that can serve as an example."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_containerize.analysis.bindings import Bindings
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.domain.notebook import ExampleCall


def cells_that_call(code: Code, definition: Statement, symbol: str) -> tuple[int, ...]:
    """Return the cells that call the function at top level after its definition, in order."""
    cells = (
        statement.text.cell.index
        for statement in code.statements
        if statement.order > definition.order
        and not isinstance(statement.node, FunctionNode | ast.ClassDef)
        and any(_is_call(node, symbol) for node in ast.walk(statement.node))
    )
    return tuple(dict.fromkeys(cells))


def example_call(code: Code, bindings: Bindings, symbol: str) -> ExampleCall | None:
    """Return the last call whose arguments and answer the notebook still knows at its end.

    Its value must be what a cell displays, or be assigned to a name; ``print(f(x))`` keeps no value
    and ``f(*x)`` does not say which parameter is which. A call is passed over when a later statement
    binds one of its names again: the request would no longer belong to the answer.
    """
    definition = code.definition(symbol)
    if definition is None or not isinstance(definition.node, FunctionNode):
        return None
    for statement in reversed(code.statements[definition.order + 1 :]):
        if statement.private:
            continue
        call, result_name = _kept_call(statement, symbol)
        if call is None:
            continue
        arguments = _arguments(call, definition.node.args, statement)
        if arguments is None:
            continue
        names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        if result_name is not None:
            names.add(result_name)
        if any(bindings.rebound_after(name, statement) for name in names):
            continue
        return ExampleCall(location=statement.location, arguments=arguments, result_name=result_name)
    return None


def _kept_call(statement: Statement, symbol: str) -> tuple[ast.Call | None, str | None]:
    """Return the call and the name that its value is bound to; ``None`` for a displayed value."""
    match statement.node:
        case ast.Expr(value=value) if statement.last and not _is_silenced(statement):
            name = None
        case ast.Assign(targets=[ast.Name(id=target)], value=value):
            name = target
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
            name = target
        case _:
            return None, None
    if isinstance(value, ast.Await):
        value = value.value
    return (value, name) if isinstance(value, ast.Call) and _is_call(value, symbol) else (None, None)


def _is_silenced(statement: Statement) -> bool:
    # IPython shows nothing of a cell that ends with a semicolon, and nothing under %%capture.
    rest = statement.text.lines[(statement.node.end_lineno or 1) - 1].encode()[statement.node.end_col_offset :]
    return rest.lstrip().startswith(b";") or statement.text.cell.magic == "capture"


def _is_call(node: ast.AST, symbol: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == symbol


def _arguments(call: ast.Call, parameters: ast.arguments, statement: Statement) -> tuple[tuple[str, str], ...] | None:
    """Return the arguments' source by parameter name, or ``None`` when they cannot be told apart."""
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)]
    if len(call.args) > len(positional) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    named = set(_keyword_parameters(parameters))
    if any(keyword.arg not in named for keyword in call.keywords):
        return None
    pairs = [(name, argument) for name, argument in zip(positional, call.args, strict=False)]
    pairs += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
    if len({name for name, _ in pairs}) != len(pairs):
        return None
    return tuple((name, statement.segment(value)) for name, value in pairs)


def _keyword_parameters(parameters: ast.arguments) -> Iterator[str]:
    for parameter in (*parameters.args, *parameters.kwonlyargs):
        yield parameter.arg
