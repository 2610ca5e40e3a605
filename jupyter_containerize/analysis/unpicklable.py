"""Finds, among the names that serving needs, those bound to what no pickle can hold, before anything runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from jupyter_containerize.analysis.codes import UNPICKLABLE
from jupyter_containerize.analysis.entries.classes import Classes
from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.entries.values import own_nodes
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.analysis.unpicklable_calls import DERIVING, HELD, Held, table
from jupyter_containerize.analysis.walk import statements
from jupyter_containerize.domain.notebook import Finding, Severity

_DEEPEST = 4
_GENERATOR = Held(words="a generator", calls=())
_CUDA = Held(words="on a graphics card", calls=())
_FACTORIES = frozenset({"sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.scoped_session"})
_LAZY_METHODS = frozenset({"glob", "iterdir", "rglob"})
_OWN_PICKLING = frozenset({"__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__"})


@dataclass(frozen=True, slots=True)
class _Found:
    """What is held, the call that gave it as the notebook knows it, and the node to point at."""

    held: Held
    call: str
    node: ast.expr
    inside: str = ""


def find_unpicklable(code: Code, live_in: Mapping[str, Statement | None]) -> tuple[Finding, ...]:
    """Return one warning per name that is bound to a connection, a lock, an open file and the like, sorted by name.

    Conservative: only what a call says that we know. ``live_in`` has for each name the statement that last
    bound it, ``None`` where none shows it.
    """
    reader = _Reader.of(code)
    bound = ((name, item, reader.bound(name, item)) for name, item in sorted(live_in.items()) if item is not None)
    return tuple(
        _finding(name, statement, what) for name, statement, what in bound if what is not None and what.held.itself
    )


@dataclass(slots=True)
class _Reader:
    origins: Origins
    classes: Classes
    functions: dict[str, FunctionNode]
    last: dict[str, list[ast.expr]] = field(default_factory=dict)

    @classmethod
    def of(cls, code: Code) -> _Reader:
        origins = Origins.of(code)
        functions: dict[str, FunctionNode] = {}
        last: dict[str, list[ast.expr]] = {}
        for statement in code.statements:
            if isinstance(statement.node, FunctionNode):
                functions[statement.node.name] = statement.node
            elif not isinstance(statement.node, ast.ClassDef):
                for name, value in _bindings(statement.node):
                    last.setdefault(name, []).append(value)
        return cls(origins, Classes.of(code, origins), functions, last)

    def bound(self, name: str, statement: Statement) -> _Found | None:
        """Return what a statement binds a name to, if it cannot be held."""
        values = [value for bound, value in _bindings(statement.node) if bound == name]
        return self.held(values[-1], {}, 0) if values else None

    def held(self, node: ast.expr, local: Mapping[str, ast.expr], depth: int) -> _Found | None:
        """Return what an expression gives, if it cannot be held; ``local`` are a function's own names."""
        if depth > _DEEPEST:
            return None
        found: _Found | None = None
        match node:
            case ast.GeneratorExp():
                found = _Found(_GENERATOR, "", node)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                found = self.held(value, local, depth)
            case ast.Name(id=name):
                found = self._named(name, local, depth)
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                found = self._in_any(items, local, depth)
            case ast.IfExp(body=body, orelse=orelse):
                both = [self.held(side, local, depth + 1) for side in (body, orelse)]
                found = both[0] if all(both) else None
            case ast.Attribute(value=value) | ast.Subscript(value=value):
                whole = self.held(value, local, depth + 1)
                found = whole if whole is not None and whole.held.spreads else None
            case ast.Call():
                found = self._called(node, local, depth)
        return found

    def _named(self, name: str, local: Mapping[str, ast.expr], depth: int) -> _Found | None:
        values = [local[name]] if name in local else self.last.get(name, [])
        return self.held(values[-1], local, depth + 1) if values else None

    def _in_any(self, items: list[ast.expr], local: Mapping[str, ast.expr], depth: int) -> _Found | None:
        every = (self.held(item, local, depth + 1) for item in items)
        return next((found for found in every if found is not None and found.held.itself), None)

    def _called(self, node: ast.Call, local: Mapping[str, ast.expr], depth: int) -> _Found | None:
        dotted = self._dotted(node.func)
        if (kind := _kind(dotted)) is not None:
            if _is_plain_reading(dotted, node):
                return None
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            itself = kind.itself or self._in_any(given, local, depth) is not None
            return _Found(replace(kind, itself=itself), dotted, node)
        found: _Found | None = None
        match node.func:
            case ast.Name(id=name) if name in self.functions:
                found = self._returned(self.functions[name], node, depth)
            case ast.Name(id=name) if name in self.classes.by_name:
                found = self._in_instance(name, node, depth)
            case ast.Name() if (made := self.held(node.func, local, depth + 1)) is not None:
                found = _derived(made, node, "()") if not made.held.itself or made.call in _FACTORIES else None
            case ast.Attribute(value=receiver, attr=attr):
                found = self._of_method(node, receiver, attr, self.held(receiver, local, depth + 1))
        return found

    def _of_method(self, node: ast.Call, receiver: ast.expr, attr: str, held: _Found | None) -> _Found | None:
        if _is_cuda(node, attr):
            return _Found(_CUDA, f".{attr}", node)
        if attr in _LAZY_METHODS and self._dotted(_root_call(receiver)).startswith("pathlib."):
            return _Found(_GENERATOR, f".{attr}", node)
        if held is not None and (attr in DERIVING or (held.held.words == _CUDA.words and attr in {"eval", "train"})):
            return _derived(held, node, f".{attr}")
        return None

    def _returned(self, function: FunctionNode, node: ast.Call, depth: int) -> _Found | None:
        inside = list(own_nodes(function.body))
        if any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in inside):
            return None if function.decorator_list else _Found(_GENERATOR, function.name, node)
        returns = [inner.value for inner in inside if isinstance(inner, ast.Return) and inner.value is not None]
        if not returns:
            return None
        local = dict(pair for inner in function.body for pair in _bindings(inner))
        found = self.held(returns[-1], local, depth + 1)
        return None if found is None else _Found(found.held, found.call, node)

    def _in_instance(self, name: str, node: ast.Call, depth: int) -> _Found | None:
        if any(self.classes.method(name, method) is not None for method in _OWN_PICKLING):
            return None
        init = self.classes.method(name, "__init__")
        for inner in own_nodes(init.body) if init is not None else ():
            match inner:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value):
                    found = self.held(value, {}, depth + 1)
                    if found is not None and found.held.itself:
                        return _Found(found.held, found.call, node, inside=f"self.{attr}")
        return None

    def _dotted(self, node: ast.expr) -> str:
        """Return the dotted name of what is called; with ``..`` for calls on the way (``SparkSession.builder...``)."""
        if isinstance(node, ast.Name) and node.id == "open" and "open" not in self.origins.names:
            return "open"
        dotted = self.origins.of_expression(node)
        if dotted or not isinstance(node, ast.Attribute):
            return dotted
        root = self.origins.of_expression(_root_call(node.value))
        return f"{root}..{node.attr}" if root else ""


def _derived(made: _Found, node: ast.Call, how: str) -> _Found:
    return _Found(replace(made.held, itself=True), f"{made.call}(...){how}", node)


@cache
def _kind(dotted: str) -> Held | None:
    if not dotted:
        return None
    exact = table().get(dotted)
    if exact is not None:
        return exact
    head, between, last = dotted.partition("..")
    if between:
        # `pyspark.sql..getOrCreate`: the root is what the chain begins with.
        patterns = [(call, kind) for kind in HELD for call in kind.calls if call.endswith(f"..{last}")]
        return next((kind for call, kind in patterns if head.startswith(call.partition("..")[0])), None)
    for kind in HELD:
        if any(call.endswith("*") and dotted.startswith(call[:-1]) for call in kind.calls):
            return kind
        if any(call == f"{dotted.partition('.')[0]}..{dotted.rpartition('.')[2]}" for call in kind.calls):
            return kind
    return None


def _root_call(node: ast.expr) -> ast.expr:
    """Return what a chain of calls, attributes and items begins with, with the attributes up to the first call."""
    first = node
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Call):
            first = node.func
        node = node.func if isinstance(node, ast.Call) else node.value
    return first


def _is_plain_reading(dotted: str, call: ast.Call) -> bool:
    """Tell whether a file is opened for reading text: cloudpickle takes that along, with what it holds."""
    if dotted not in {"open", "io.open"}:
        return False
    mode = next(
        (word.value for word in call.keywords if word.arg == "mode"), call.args[1] if len(call.args) > 1 else None
    )
    return (
        mode is None
        or (isinstance(mode, ast.Constant) and mode.value in {"r", "rt"})
        or not isinstance(mode, ast.Constant)
    )


def _is_cuda(call: ast.Call, attr: str) -> bool:
    if attr == "cuda":
        return not call.args or isinstance(call.args[0], ast.Constant)
    if attr != "to" or not call.args:
        return False
    match call.args[0]:
        case ast.Constant(value=str(device)) | ast.Call(args=[ast.Constant(value=str(device)), *_]):
            return device.startswith("cuda")
    return False


def _bindings(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a statement binds, with what to, also inside its blocks."""
    for inner in statements([node]):
        match inner:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from _pairs(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        yield item.optional_vars.id, item.context_expr


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values))):
            for one, other in zip(targets, values, strict=False):
                yield from _pairs(one, other)


def _finding(name: str, statement: Statement, found: _Found) -> Finding:
    by = f" ({found.call})" if found.call else ""
    where = f" holds in {found.inside}" if found.inside else " is"
    again = f"Make it in a function that is called at start: tag its cell 'startup', or pass --recreate {name}."
    moved = f"Move it before the notebook ends: {name} = {name}.to('cpu')."
    return Finding(
        code=UNPICKLABLE,
        message=f"'{name}'{where} {found.held.words}{by}, which cannot be taken into the image",
        severity=Severity.WARNING,
        location=statement.text.location(statement.node.lineno),
        hint=moved if found.held.words == _CUDA.words else again,
    )
