"""Values of simple expressions, without running anything of the user's.

Runs inside the kernel: the standard library only, Python 3.9 or newer. Names, attributes, parts and a few methods of
tables and arrays: what ``X_train[features]`` and ``frame.drop(columns="price")`` are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

# Whose attributes and methods are no user's code.
_LIBRARIES = frozenset({"numpy", "pandas", "polars", "sklearn", "builtins", "scipy", "datasets", "pyarrow"})
_METHODS = frozenset({"drop", "to_numpy", "astype", "copy", "reset_index", "head", "select", "filter", "toarray"})
_ATTRIBUTES = frozenset({"values", "data", "iloc", "loc", "T", "target", "columns", "array"})


class NotSimple(Exception):
    """An expression that would have to be run."""


def value_of(text: str, namespace: dict[str, Any]) -> Any:
    """Return the value of an expression.

    Raises:
        NotSimple: it has more than names, parts and known methods; or a name is not there.
    """
    try:
        return _value(ast.parse(text, mode="eval").body, namespace)
    except NotSimple:
        raise
    except Exception as error:
        raise NotSimple(f"{type(error).__name__}: {error}") from error


def _value(node: ast.expr, namespace: dict[str, Any]) -> Any:
    read = _READERS.get(type(node))
    if read is None:
        raise NotSimple("it would have to be computed")
    return read(node, namespace)


def _name(node: Any, namespace: dict[str, Any]) -> Any:
    if node.id not in namespace:
        raise NotSimple(f"{node.id} is not there any more")
    return namespace[node.id]


def _listed(node: Any, namespace: dict[str, Any]) -> Any:
    items = [_value(item, namespace) for item in node.elts]
    return items if isinstance(node, ast.List) else tuple(items)


def _negative(node: Any, namespace: dict[str, Any]) -> Any:
    if not isinstance(node.op, ast.USub) or not isinstance(node.operand, ast.Constant):
        raise NotSimple("it would have to be computed")
    return -_value(node.operand, namespace)


def _slice(node: Any, namespace: dict[str, Any]) -> slice:
    parts = (node.lower, node.upper, node.step)
    return slice(*(None if part is None else _value(part, namespace) for part in parts))


def _part(node: Any, namespace: dict[str, Any]) -> Any:
    return _known(_value(node.value, namespace), node)[_value(node.slice, namespace)]


def _called(node: Any, namespace: dict[str, Any]) -> Any:
    if not isinstance(node.func, ast.Attribute):
        raise NotSimple("it would have to be computed")
    method = _attribute(node.func, namespace, methods=True)
    given = [_value(item, namespace) for item in node.args]
    named = {keyword.arg: _value(keyword.value, namespace) for keyword in node.keywords if keyword.arg}
    if named.get("inplace"):
        raise NotSimple("it changes what is there")
    return method(*given, **named)


def _attribute(node: ast.Attribute, namespace: dict[str, Any], *, methods: bool) -> Any:
    owner = _known(_value(node.value, namespace), node)
    columns = getattr(owner, "columns", ())
    if node.attr in (_METHODS if methods else _ATTRIBUTES):
        return getattr(owner, node.attr)
    if not methods and not callable(columns) and node.attr in list(columns):
        return owner[node.attr]
    if not methods and isinstance(owner, dict) and node.attr in owner:
        # A bunch of scikit-learn's.
        return owner[node.attr]
    raise NotSimple(f"{node.attr} would have to be computed")


def _known(value: Any, node: ast.expr) -> Any:
    if type(value).__module__.partition(".")[0] not in _LIBRARIES:
        raise NotSimple(f"{ast.unparse(node)} is of no known library")
    return value


_READERS: dict[type, Callable[[Any, dict[str, Any]], Any]] = {
    ast.Constant: lambda node, _: node.value,
    ast.Name: _name,
    ast.List: _listed,
    ast.Tuple: _listed,
    ast.UnaryOp: _negative,
    ast.Slice: _slice,
    ast.Attribute: lambda node, namespace: _attribute(node, namespace, methods=False),
    ast.Subscript: _part,
    ast.Call: _called,
}
