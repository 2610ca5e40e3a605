"""Tells whether a function's source, run in the image, gives the function that the notebook ended with.

Decorators, defaults and annotations are evaluated when a function is defined. In the image that
happens after all captured objects are bound, with the values that the notebook *ended* with; where
those may differ from the values of the time, the function itself is captured instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from itertools import takewhile

from jupyter_containerize.analysis.bindings import Binding, BindingKind, Bindings
from jupyter_containerize.analysis.statements import FunctionNode, Statement
from jupyter_containerize.analysis.uses import NotCompilable, uses_of

_CHANGEABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def is_as_written(function: Binding, bindings: Bindings) -> bool:
    """Tell whether the last definition of a function can be kept as source."""
    node = function.statement.node
    if not isinstance(node, FunctionNode):
        return False
    if any(
        item.kind is BindingKind.CHANGED and item.statement.order > function.statement.order
        for item in bindings.history[function.name]
    ):
        return False
    if any(isinstance(default, _CHANGEABLE) for default in _defaults(node)):
        # One object for all calls: what earlier calls left in it, only the function itself still has.
        return False
    return not _has_computed_default(node, bindings) and _is_settled(node, function.statement, bindings)


def lasting(bindings: Bindings, name: str) -> list[Binding]:
    """Return a name's bindings without those that only change its value in place."""
    return [item for item in bindings.history.get(name, ()) if item.kind is not BindingKind.CHANGED]


def imports_to_keep(history: list[Binding]) -> list[Binding]:
    """Return the imports that together give a name its last value, each once and the earliest of its kind."""
    run = list(takewhile(lambda item: item.kind is BindingKind.IMPORT, reversed(history)))
    last = run[0]
    if _is_dotted(last):
        # `import a.b` and `import a.c` bind the same `a`, and each loads its own module.
        alike = [item for item in run if _is_dotted(item)]
    else:
        alike = list(takewhile(lambda item: _imported(item) == _imported(last), run))
    earliest = {_imported(item): item for item in alike}
    return list(earliest.values())


def _is_settled(node: FunctionNode, statement: Statement, bindings: Bindings) -> bool:
    """Tell whether all that defining the function takes, or may run, had its last value by then."""
    seen: set[str] = set()
    queue = sorted(_names([*node.decorator_list, *_defaults(node), *_annotations(node)]))
    for name in queue:
        if name in seen:
            continue
        seen.add(name)
        history = lasting(bindings, name)
        if not history:
            continue
        last = history[-1]
        first = min(item.statement.order for item in imports_to_keep(history)) if _is_import(last) else None
        if (last.statement.order if first is None else first) >= statement.order:
            return False
        if last.kind is BindingKind.FUNCTION:
            try:
                queue += sorted(uses_of(last.statement).loaded)
            except NotCompilable:
                return False
    return True


def _has_computed_default(node: FunctionNode, bindings: Bindings) -> bool:
    """Tell whether a default calls something with, or of, the notebook's own values.

    Calling again may give another value: the notebook can have changed an argument in place.
    """
    return any(
        any(isinstance(inner, ast.Call) for inner in ast.walk(default))
        and any(
            history and not _is_import(history[-1]) for history in (lasting(bindings, n) for n in _names([default]))
        )
        for default in _defaults(node)
    )


def _defaults(node: FunctionNode) -> list[ast.expr]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]


def _annotations(node: FunctionNode) -> list[ast.expr]:
    parameters = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
    found = [parameter.annotation for parameter in parameters if parameter is not None]
    return [annotation for annotation in (*found, node.returns) if annotation is not None]


def _names(parts: Iterable[ast.expr]) -> set[str]:
    return {inner.id for part in parts for inner in ast.walk(part) if isinstance(inner, ast.Name)}


def _is_import(binding: Binding) -> bool:
    return binding.kind is BindingKind.IMPORT


def _is_dotted(binding: Binding) -> bool:
    """Tell whether it is ``import a`` or ``import a.b``, which bind the package and load a module."""
    return isinstance(binding.statement.node, ast.Import) and binding.alias is not None and not binding.alias.asname


def _imported(binding: Binding) -> tuple[str, str]:
    """Return what an import takes: the module of a ``from``, or nothing, and the name."""
    node = binding.statement.node
    module = getattr(node, "module", None) or ""
    return module, binding.alias.name if binding.alias is not None else ""
