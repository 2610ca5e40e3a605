"""Walks code in the order in which it runs, keeping what its names stand for as far as literals say.

A function's body is walked where it is defined, with its parameters unknown. Nothing is run: a name is
known when it was last bound to a text, to texts joined as paths, or to an import.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.texts import Text, constant_text
from jupyter_containerize.analysis.walk import children
from jupyter_containerize.domain.notebook import Location

Locate = Callable[[int], Location]

# Written so often without an import that can be read (it stands in a cell that does not parse).
_CUSTOMARY = {
    "np": "numpy",
    "pd": "pandas",
    "plt": "matplotlib.pyplot",
    "tf": "tensorflow",
    "xr": "xarray",
    "gpd": "geopandas",
    "nib": "nibabel",
    "sns": "seaborn",
}

_SHOWN = frozenset(
    {
        *(ast.Call, ast.Subscript, ast.Assign, ast.AnnAssign, ast.AugAssign),
        *(ast.Compare, ast.BoolOp, ast.UnaryOp, ast.If, ast.IfExp, ast.While),
    }
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Bounds the work on a chain of calls, of which each is looked at.
_LONGEST_CHAIN = 50
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue})


@dataclass(frozen=True, slots=True)
class _Alias:
    """What an import binds: a module, or something in it."""

    dotted: str


@dataclass(slots=True)
class _Then:
    """Work for when everything above it on the stack is done; ``shown`` is yielded after it."""

    work: Callable[[], None]
    shown: ast.AST | None = None


class Constants:
    """What the names stand for at one point of the walk."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, Text | _Alias | None]] = [{}]

    @property
    def in_function(self) -> bool:
        """Whether the walk is in a scope of its own: a function, class or comprehension."""
        return len(self._scopes) > 1

    def text(self, node: ast.expr | None) -> Text | None:
        """Return the text or path that an expression spells, perhaps with holes, or ``None``."""
        return None if node is None else constant_text(node, self._value, self.dotted)

    def whole(self, node: ast.expr | None) -> str | None:
        """Return the text of an expression if all of it is known."""
        text = self.text(node)
        return text.text if text is not None and text.complete else None

    def dotted(self, node: ast.expr) -> str:
        """Return what is called or named, by its import: ``pandas.read_csv`` for ``pd.read_csv``.

        Calls on the way are passed over (``Path("a").open`` is ``pathlib.Path.open``); ``?`` stands for
        any other expression that an attribute is taken of.
        """
        parts: list[str] = []
        for _ in range(_LONGEST_CHAIN):
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            else:
                break
        if not isinstance(node, ast.Name):
            return ".".join(["?", *reversed(parts)])
        found, value = self._look_up(node.id)
        root = value.dotted if isinstance(value, _Alias) else node.id
        return ".".join([root if found else _CUSTOMARY.get(node.id, node.id), *reversed(parts)])

    def enter(self, unknown: Iterable[str]) -> None:
        """Begin a scope in which some names are bound to what cannot be told."""
        self._scopes.append(dict.fromkeys(unknown))

    def leave(self) -> None:
        """End the innermost scope."""
        self._scopes.pop()

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """Bind what an assignment binds; ``None`` is a value that cannot be told."""
        if isinstance(target, ast.Name):
            self._scopes[-1][target.id] = self._meaning(value)
        elif isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name):
                self._scopes[0][f"{target.value.id}.{target.attr}"] = self.text(value)
        elif isinstance(target, ast.Tuple | ast.List):
            if isinstance(value, ast.Tuple | ast.List) and _pairs(target, value):
                for part, its_value in zip(target.elts, value.elts, strict=True):
                    if isinstance(part, ast.Name | ast.Attribute):
                        self.bind(part, its_value)
            else:
                self.forget(target)

    def join(self, target: ast.expr, value: ast.expr) -> None:
        """Bind what ``target += value`` binds."""
        if isinstance(target, ast.Name):
            known = ast.Name(id=target.id, ctx=ast.Load())
            self._scopes[-1][target.id] = self.text(ast.BinOp(left=known, op=ast.Add(), right=value))

    def forget(self, target: ast.expr) -> None:
        """Bind all names of a target to what cannot be told."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self._scopes[-1][node.id] = None

    def forget_name(self, name: str) -> None:
        """Bind one name to what cannot be told."""
        self._scopes[-1][name] = None

    def bind_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Bind what an import binds."""
        scope = self._scopes[-1]
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                scope[alias.asname or alias.name] = _Alias(f"{'.' * node.level}{node.module or ''}.{alias.name}")
            else:
                first = alias.name.partition(".")[0]
                scope[alias.asname or first] = _Alias(alias.name if alias.asname else first)

    def export(self, name: str) -> None:
        """End a class's scope, keeping its names as ``Class.name``."""
        scope = self._scopes.pop()
        for key, value in scope.items():
            if isinstance(value, Text) and "." not in key:
                self._scopes[0][f"{name}.{key}"] = value

    def _meaning(self, value: ast.expr | None) -> Text | _Alias | None:
        if isinstance(value, ast.Name | ast.Attribute):
            found, meaning = self._look_up(value.id) if isinstance(value, ast.Name) else (False, None)
            if found:
                return meaning
        return self.text(value)

    def _value(self, name: str) -> Text | None:
        value = self._look_up(name)[1]
        return value if isinstance(value, Text) else None

    def _look_up(self, name: str) -> tuple[bool, Text | _Alias | None]:
        for scope in reversed(self._scopes):
            if name in scope:
                return True, scope[name]
        return False, None


def walk(statements: Iterable[tuple[ast.AST, Locate]]) -> Iterator[tuple[ast.AST, Constants, Locate]]:
    """Yield calls, subscripts, tests and assignments with what the names stand for right then.

    An assignment comes after what is inside of it. The constants are one object that changes on the way.
    """
    constants = Constants()
    for statement, locate in statements:
        stack: list[ast.AST | _Then] = [statement]
        while stack:
            item = stack.pop()
            if isinstance(item, _Then):
                item.work()
                if item.shown is not None:
                    yield item.shown, constants, locate
                continue
            kind = type(item)
            special = _SPECIAL.get(kind)
            if special is not None:
                stack += reversed(special(item, constants))
                continue
            if kind in _SHOWN:
                yield item, constants, locate
            stack += [child for child in children(item) if type(child) not in _LEAVES]


def _pairs(target: ast.Tuple | ast.List, value: ast.Tuple | ast.List) -> bool:
    return len(target.elts) == len(value.elts) and not any(
        isinstance(part, ast.Starred) for part in [*target.elts, *value.elts]
    )


def _assign(node: ast.Assign, constants: Constants) -> list[ast.AST | _Then]:
    def bind() -> None:
        for target in node.targets:
            constants.bind(target, node.value)

    return [node.value, *node.targets, _Then(bind, node)]


def _annotated(node: ast.AnnAssign, constants: Constants) -> list[ast.AST | _Then]:
    inside = [node.target] if node.value is None else [node.value, node.target]
    return [*inside, _Then(lambda: constants.bind(node.target, node.value) if node.value else None, node)]


def _augmented(node: ast.AugAssign, constants: Constants) -> list[ast.AST | _Then]:
    def join() -> None:
        if isinstance(node.op, ast.Add):
            constants.join(node.target, node.value)
        else:
            constants.forget(node.target)

    return [node.value, node.target, _Then(join, node)]


def _named(node: ast.NamedExpr, constants: Constants) -> list[ast.AST | _Then]:
    return [node.value, _Then(lambda: constants.bind(node.target, node.value))]


def _loop(node: ast.For | ast.AsyncFor, constants: Constants) -> list[ast.AST | _Then]:
    return [node.iter, _Then(lambda: constants.forget(node.target)), *node.body, *node.orelse]


def _with(node: ast.With | ast.AsyncWith, constants: Constants) -> list[ast.AST | _Then]:
    def forget() -> None:
        for item in node.items:
            if item.optional_vars is not None:
                constants.forget(item.optional_vars)

    return [*(item.context_expr for item in node.items), _Then(forget), *node.body]


def _handler(node: ast.ExceptHandler, constants: Constants) -> list[ast.AST | _Then]:
    if node.name:
        constants.forget_name(node.name)
    return [*node.body]


def _import(node: ast.Import | ast.ImportFrom, constants: Constants) -> list[ast.AST | _Then]:
    constants.bind_import(node)
    return []


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, constants: Constants) -> list[ast.AST | _Then]:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    names = [argument.arg for argument in every]
    defaults = [default for default in [*arguments.defaults, *arguments.kw_defaults] if default is not None]
    body: list[ast.AST | _Then]
    if isinstance(node, ast.Lambda):
        outside: list[ast.AST | _Then] = [*defaults]
        body = [node.body]
    else:
        constants.forget_name(node.name)
        outside = [*node.decorator_list, *defaults]
        body = [*node.body]
    return [*outside, _Then(lambda: constants.enter(names)), *body, _Then(constants.leave)]


def _class(node: ast.ClassDef, constants: Constants) -> list[ast.AST | _Then]:
    outside: list[ast.AST | _Then] = [*node.decorator_list, *node.bases, *(item.value for item in node.keywords)]
    constants.forget_name(node.name)
    return [*outside, _Then(lambda: constants.enter(())), *node.body, _Then(lambda: constants.export(node.name))]


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, constants: Constants
) -> list[ast.AST | _Then]:
    def enter() -> None:
        constants.enter(())
        for generator in node.generators:
            constants.forget(generator.target)

    tests = [test for generator in node.generators for test in generator.ifs]
    values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    return [*(generator.iter for generator in node.generators), _Then(enter), *tests, *values, _Then(constants.leave)]


_SPECIAL: dict[type[ast.AST], Callable[..., list[ast.AST | _Then]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.NamedExpr: _named,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.ExceptHandler: _handler,
    ast.Import: _import,
    ast.ImportFrom: _import,
    **dict.fromkeys(_FUNCTIONS, _function),
    ast.ClassDef: _class,
    **dict.fromkeys(_COMPREHENSIONS, _comprehension),
}
