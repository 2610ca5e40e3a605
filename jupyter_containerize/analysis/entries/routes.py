"""Reads the routes that web frameworks' decorators give to functions: ``@app.post("/score")``.

FastAPI and Flask hand the decorated function back as it was, so it can be served without them. One that
takes the framework's own objects (``Request``, ``Depends``, Flask's ``request``) cannot, and gets no route.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.statements import Code, FunctionNode

_FRAMEWORKS = frozenset({"fastapi", "flask", "starlette", "quart"})
_APPLICATIONS = frozenset({
    "fastapi.FastAPI", "fastapi.APIRouter", "fastapi.routing.APIRouter", "flask.Flask", "flask.Blueprint",
    "quart.Quart", "quart.Blueprint",
})  # fmt: skip
_VERBS = frozenset({"get", "put", "post", "delete"})
# They stand for a fault or an answer, not for what was asked.
_HARMLESS = frozenset({"HTTPException", "status", "jsonify", "abort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a function answers. ``decorator`` is as the notebook writes it, without its arguments."""

    method: str
    path: str
    decorator: str


def route_of(code: Code, origins: Origins, function: FunctionNode) -> Route | None:
    """Return the route that a decorator gives a function, if the function can answer there without the framework."""
    for decorator in function.decorator_list:
        if not is_route(code, origins, decorator) or not isinstance(decorator, ast.Call):
            continue
        route = _read(decorator)
        if route is not None and not _leans_on_framework(origins, function) and function.args.args:
            return route
    return None


def registering_decorators(code: Code, function: FunctionNode) -> tuple[ast.expr, ...]:
    """Return the decorators of a function that only register it with a web application: it is the same without."""
    if not function.decorator_list:
        return ()
    origins = Origins.of(code)
    return tuple(decorator for decorator in function.decorator_list if is_route(code, origins, decorator))


def is_route(code: Code, origins: Origins, decorator: ast.expr) -> bool:
    """Tell whether a decorator only registers a function with a web application, and gives it back as it was."""
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in _VERBS | {"route"}:
            return _is_application(code, origins, name)
    return False


def _read(decorator: ast.Call) -> Route | None:
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[ast.Constant(value=str(path)), *_]):
            # A part of the path that varies would be a parameter, which only the framework can tell from the body.
            if not path.startswith("/") or any(mark in path for mark in "{<"):
                return None
            method = _flask_method(decorator) if attr == "route" else attr.upper()
            return Route(method=method, path=path, decorator=f"@{name}.{attr}")
    return None


def _flask_method(decorator: ast.Call) -> str:
    for keyword in decorator.keywords:
        if keyword.arg == "methods" and isinstance(keyword.value, ast.List | ast.Tuple):
            named = [item.value for item in keyword.value.elts if isinstance(item, ast.Constant)]
            return "POST" if "POST" in named or not named else str(named[0])
    return "GET"


def _is_application(code: Code, origins: Origins, name: str) -> bool:
    return any(
        isinstance(statement.node, ast.Assign)
        and isinstance(statement.node.value, ast.Call)
        and origins.of_expression(statement.node.value.func) in _APPLICATIONS
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.node.targets)
        for statement in code.statements
    )


def _leans_on_framework(origins: Origins, function: FunctionNode) -> bool:
    parts = [function.args, *([function.returns] if function.returns else []), *function.body]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Name | ast.Attribute):
                origin = origins.of_expression(node)
                root, _, rest = origin.partition(".")
                if root in _FRAMEWORKS and rest and rest.rpartition(".")[2] not in _HARMLESS:
                    return True
    return False
