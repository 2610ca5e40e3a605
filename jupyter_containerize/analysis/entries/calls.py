"""Finds where the notebook itself calls what serves, and the call that can serve as an example."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.bindings import Bindings
from jupyter_containerize.analysis.entries.classes import Classes
from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.entries.values import FITS, Values
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.domain.notebook import CandidateKind, ExampleCall, ServingCandidate

_Arguments = tuple[tuple[str, str], ...]
# They change how a library goes about it, not what it answers.
_QUIET_OPTIONS = frozenset({"batch_size", "n_jobs", "verbose"})


@dataclass(frozen=True, slots=True)
class _Callee:
    """What is called: how to know a call of it, and how to name a call's arguments.

    ``after`` is the order of the statement that defines it, ``name`` the notebook's name that it hangs on.
    """

    symbol: str
    name: str
    after: int
    is_call: Callable[[ast.Call], bool]
    arguments: Callable[[ast.Call, Statement], _Arguments | None]


def cells_that_call(code: Code, definition: Statement, symbol: str) -> tuple[int, ...]:
    """Return the cells that call the function at top level after its definition, in order."""
    cells = (
        statement.text.cell.index
        for statement in code.statements
        if statement.order > definition.order
        and not isinstance(statement.node, FunctionNode | ast.ClassDef)
        and any(isinstance(node, ast.Call) and _calls_name(node, symbol) for node in ast.walk(statement.node))
    )
    return tuple(dict.fromkeys(cells))


def example_calls(code: Code, bindings: Bindings, entries: Iterable[ServingCandidate]) -> tuple[ExampleCall, ...]:
    """Return the example of each entry for which the notebook makes one, in the order of the entries.

    What ``example_call`` says of functions holds for all. A model's example is also passed over when the model is
    fitted again later. Cells and jobs have none.
    """
    found: list[ExampleCall] = []
    values: Values | None = None
    for entry in entries:
        if entry.kind is CandidateKind.FUNCTION:
            callee = _function(code, entry.symbol)
        elif entry.kind in {CandidateKind.CELL, CandidateKind.JOB}:
            continue
        else:
            values = values or _values(code)
            callee = _of_object(values, entry)
        if callee is not None and (example := _example(code, bindings, callee)) is not None:
            found.append(example)
    return tuple(found)


def example_call(code: Code, bindings: Bindings, symbol: str) -> ExampleCall | None:
    """Return the last call of a function whose arguments and answer the notebook still knows at its end.

    Its value must be what a cell displays, or be assigned to a name; ``print(f(x))`` keeps no value
    and ``f(*x)`` does not say which parameter is which. A call is passed over when a later statement
    binds one of its names again: the request would no longer belong to the answer.
    """
    callee = _function(code, symbol)
    return None if callee is None else _example(code, bindings, callee)


def _example(code: Code, bindings: Bindings, callee: _Callee) -> ExampleCall | None:
    for statement in reversed(code.statements[callee.after + 1 :]):
        if statement.private:
            continue
        if callee.after < 0 and _is_fitted_in(statement, callee.name):
            return None
        call, result_name = _kept_call(statement, callee.is_call)
        if call is None:
            continue
        arguments = callee.arguments(call, statement)
        if arguments is None:
            continue
        names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
        if result_name is not None:
            names.add(result_name)
        if any(bindings.rebound_after(name, statement) for name in names):
            continue
        return ExampleCall(
            location=statement.location, arguments=arguments, result_name=result_name, symbol=callee.symbol
        )
    return None


def _function(code: Code, symbol: str) -> _Callee | None:
    definition = code.definition(symbol)
    if definition is None or not isinstance(definition.node, FunctionNode):
        return None
    parameters = definition.node.args
    return _Callee(
        symbol=symbol,
        name=symbol,
        after=definition.order,
        is_call=lambda call: _calls_name(call, symbol),
        arguments=lambda call, statement: _arguments(call, parameters, statement, skip=0),
    )


def _of_object(values: Values, entry: ServingCandidate) -> _Callee | None:
    name, _, method = entry.symbol.partition(".")
    value = values.value(name)
    owner = name if name in values.classes.by_name else value.owner if value is not None else ""
    made = name in values.classes.by_name
    after = values.classes.by_name[name].order if made else -1

    def is_call(call: ast.Call) -> bool:
        if method == "__call__":
            return _is_object(call.func, name, made=made)
        return _calls_method(call, name, method or "predict", made=made)

    match entry.kind:
        case CandidateKind.METHOD | CandidateKind.CLASS:
            node = values.classes.method(owner, method)
            if node is None or any(_is_static(decorator) for decorator in node.decorator_list):
                return None

            def named(call: ast.Call, statement: Statement) -> _Arguments | None:
                return _arguments(call, node.args, statement, skip=1)

            return _Callee(symbol=entry.symbol, name=name, after=after, is_call=is_call, arguments=named)
        case CandidateKind.PYFUNC:
            predict = values.classes.method(owner, "predict")
            has_context = predict is None or "context" in {item.arg for item in predict.args.args}

            def given(call: ast.Call, statement: Statement) -> _Arguments | None:
                return _model_input(call, statement, has_context=has_context)

            return _Callee(symbol=entry.symbol, name=name, after=after, is_call=is_call, arguments=given)
        case CandidateKind.ESTIMATOR:

            def asked(call: ast.Call) -> bool:
                return is_call(call) or _is_object(call.func, name, made=False)

            return _Callee(symbol=entry.symbol, name=name, after=-1, is_call=asked, arguments=_only_argument)
    return None


def _values(code: Code) -> Values:
    origins = Origins.of(code)
    return Values.of(code, origins, Classes.of(code, origins))


def _kept_call(statement: Statement, is_call: Callable[[ast.Call], bool]) -> tuple[ast.Call | None, str | None]:
    """Return the call and the name that its value is bound to; ``None`` for a displayed value."""
    match statement.node:
        case ast.Expr(value=value) if statement.last and not is_silenced(statement):
            name = None
        case ast.Assign(targets=[ast.Name(id=target)], value=value):
            name = target
        case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value):
            name = target
        case _:
            return None, None
    if isinstance(value, ast.Await):
        value = value.value
    return (value, name) if isinstance(value, ast.Call) and is_call(value) else (None, None)


def is_silenced(statement: Statement) -> bool:
    """Tell whether IPython shows nothing of it: it ends with a semicolon, or its cell is under ``%%capture``."""
    rest = statement.text.lines[(statement.node.end_lineno or 1) - 1].encode()[statement.node.end_col_offset :]
    return rest.lstrip().startswith(b";") or statement.text.cell.magic == "capture"


def _calls_name(call: ast.Call, symbol: str) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == symbol


def _calls_method(call: ast.Call, name: str, method: str, *, made: bool) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == method
        and _is_object(call.func.value, name, made=made)
    )


def _is_object(node: ast.expr, name: str, *, made: bool) -> bool:
    """Tell whether an expression is the object of a name, or one that is made of the class of that name."""
    match node:
        case ast.Name(id=found):
            return found == name and not made
        case ast.Call(func=ast.Name(id=found), args=[], keywords=[]):
            return found == name and made
    return False


def _is_fitted_in(statement: Statement, name: str) -> bool:
    if isinstance(statement.node, FunctionNode | ast.ClassDef):
        return False
    for node in ast.walk(statement.node):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=found), attr=attr)) if found == name and attr in FITS:
                return True
    return False


def _is_static(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "staticmethod"


def _only_argument(call: ast.Call, statement: Statement) -> _Arguments | None:
    """Return what a model's ``predict`` is given, if that is all it is given."""
    named = {keyword.arg for keyword in call.keywords}
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred) or not named <= _QUIET_OPTIONS:
        return None
    return (("", statement.segment(call.args[0])),)


def _model_input(call: ast.Call, statement: Statement, *, has_context: bool) -> _Arguments | None:
    """Return the ``model_input`` of a call of MLflow's ``predict(context, model_input)``, without parameters."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    given = dict(zip(("context", "model_input") if has_context else ("model_input",), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    wanted = {"context", "model_input"} if has_context else {"model_input"}
    context = given.get("context")
    if set(given) != wanted or len(given) != len(call.args) + len(call.keywords):
        return None
    if context is not None and not (isinstance(context, ast.Constant) and context.value is None):
        return None
    return (("", statement.segment(given["model_input"])),)


def _arguments(call: ast.Call, parameters: ast.arguments, statement: Statement, *, skip: int) -> _Arguments | None:
    """Return the arguments' source by parameter name, or ``None`` when they cannot be told apart.

    ``skip`` is the number of parameters that the call does not give: 1 for a method's ``self``.
    """
    positional = [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)][skip:]
    if len(call.args) > len(positional) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    named = set(_keyword_parameters(parameters)) - set(
        [parameter.arg for parameter in (*parameters.posonlyargs, *parameters.args)][:skip]
    )
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
