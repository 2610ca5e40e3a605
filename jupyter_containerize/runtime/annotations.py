"""The type hints of functions and classes, resolved as far as they can be.

Hints come as objects or as text (``from __future__ import annotations``), may use the ``X | None``
of newer Pythons, and may name packages that are not installed. Python's own resolution is all or
nothing; a function must not lose its whole schema to one name.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import inspect
import sys
import typing
from typing import Any

# No name that a notebook has.
_UNION = "__union__"


@dataclasses.dataclass(frozen=True)
class Unresolved:
    """A name in a hint that stands for nothing here; ``arguments`` are what stood in brackets after it."""

    name: str
    arguments: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Unresolved:
        if name.startswith("_"):
            # typing probes its arguments for private attributes.
            raise AttributeError(name)
        return Unresolved(name)

    def __getitem__(self, arguments: Any) -> Unresolved:
        return Unresolved(self.name, arguments if isinstance(arguments, tuple) else (arguments,))

    def __call__(self) -> None:
        """Do nothing: typing takes as an argument only what can be called."""


def resolved_hints(owner: Any) -> dict[str, Any]:
    """Return the hints of a function (with ``return``) or of a class (with its bases') by name.

    ``Annotated`` is kept. A hint that cannot be resolved is, or contains, ``Unresolved``.
    """
    target = owner if isinstance(owner, type) else _function_of(owner)
    try:
        return typing.get_type_hints(target, include_extras=True)
    except Exception:  # resolving runs the hint's own expression, which may raise anything
        return _one_by_one(target)


def _function_of(owner: Any) -> Any:
    """Return where a callable keeps its hints: behind decorators, ``partial`` and ``__call__``."""
    owner = inspect.unwrap(owner)
    while hasattr(owner, "func"):
        owner = inspect.unwrap(owner.func)
    if inspect.isroutine(owner):
        return owner
    return inspect.unwrap(type(owner).__call__)


def _one_by_one(target: Any) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for part in reversed(target.__mro__) if isinstance(target, type) else (target,):
        known = getattr(sys.modules.get(part.__module__), "__dict__", {})
        names = _Names({**vars(builtins), **known, **getattr(part, "__globals__", {}), _UNION: typing.Union})
        hints.update({name: _evaluate(hint, names) for name, hint in _raw_hints(part).items()})
    return hints


def _raw_hints(part: Any) -> dict[str, Any]:
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415  # not there before

        return annotationlib.get_annotations(part, format=annotationlib.Format.STRING)
    # A class without hints would show its base's by attribute.
    return dict(vars(part).get("__annotations__", {}) if isinstance(part, type) else part.__annotations__)


class _Names(dict):  # type: ignore[type-arg]  # what eval hands back is of any kind
    def __missing__(self, name: str) -> Unresolved:
        return Unresolved(name)


class _UnionSpelledOut(ast.NodeTransformer):
    """Writes ``X | Y`` as ``Union[X, Y]``, which Python 3.9 understands and names that stand for nothing do too."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # ast's name for it
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        options = ast.Tuple([node.left, node.right], ast.Load())
        return ast.Subscript(ast.Name(_UNION, ast.Load()), options, ast.Load())


def _evaluate(hint: Any, names: _Names) -> Any:
    if not isinstance(hint, str):
        return hint
    try:
        tree = ast.fix_missing_locations(_UnionSpelledOut().visit(ast.parse(hint, mode="eval")))
        # The same text that Python evaluates itself when it can; it comes from the served code, not from a request.
        return eval(compile(tree, "<hint>", "eval"), {}, names)  # noqa: S307
    except Exception:  # as above
        return Unresolved(hint)
