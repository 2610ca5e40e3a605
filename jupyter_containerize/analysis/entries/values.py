"""Follows what the top-level names of a notebook are bound to, as far as models and their classes go.

Statement by statement in document order, also inside blocks; both arms of an ``if`` count. Nothing is run: a value is
known when the call that makes it is, and a name that is bound to anything else is forgotten.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jupyter_containerize.analysis.entries.classes import Classes
from jupyter_containerize.analysis.entries.known_models import BASES, Fit, ModelCall, model_call
from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.analysis.walk import walk
from jupyter_containerize.domain.notebook import Location

FITS = frozenset({
    "fit", "fit_constrained", "fit_generator", "fit_predict", "fit_regularized", "fit_transform", "load_model",
    "load_state_dict", "load_weights", "partial_fit", "train_on_batch",
})  # fmt: skip
_GIVES_ITSELF = frozenset({
    "cpu", "cuda", "double", "eval", "float", "half", "requires_grad_", "set_output", "set_params", "to", "train",
})  # fmt: skip
_RESULTS = frozenset({"fit", "fit_constrained", "fit_regularized"})
_CHOSEN = frozenset({"best_estimator_", "estimator_"})
_PREPARES = frozenset({"fit_transform", "transform"})
_PREPARING_LIBRARIES = frozenset({"category_encoders", "feature_engine", "imblearn", "sklearn", "umap"})
_DEEPEST = 4


@dataclass(slots=True, eq=False, kw_only=True)
class Value:
    """An object that a call makes; two names of one object share it.

    ``call`` is set if it is a model of a known library, ``owner`` is the notebook's class that it is an instance of,
    ``origin`` the dotted name of what was called. ``parts`` are the values that it was made of. ``prepared`` is where
    the inputs that it was fitted on came out of a transformer.
    """

    location: Location
    call: ModelCall | None = None
    owner: str = ""
    origin: str = ""
    fitted: bool = False
    chosen: bool = False
    parts: tuple[Value, ...] = ()
    prepared: Location | None = None


@dataclass(slots=True, eq=False)
class Several:
    """A list, tuple or dictionary of values, those that cannot be told included."""

    items: list[Known] = field(default_factory=list)


Known = Value | Several | None


@dataclass(slots=True)
class Values:
    """What each name is bound to. ``aliases`` are the names that were bound to another name."""

    origins: Origins
    classes: Classes
    functions: dict[str, FunctionNode] = field(default_factory=dict)
    names: dict[str, Known] = field(default_factory=dict)
    bound_at: dict[str, Location] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    prepared: dict[str, Location] = field(default_factory=dict)
    calls: list[tuple[ast.Call, Statement]] = field(default_factory=list)
    _depth: int = 0
    _known: dict[int, Known] = field(default_factory=dict)
    _barren: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, code: Code, origins: Origins, classes: Classes) -> Values:
        """Follow the names of a notebook to its end."""
        values = cls(origins, classes)
        for statement in code.statements:
            if statement.private:
                continue
            if isinstance(statement.node, FunctionNode):
                values.functions[statement.node.name] = statement.node
                values._barren.clear()
                values._forget(statement.node.name)
            elif isinstance(statement.node, ast.ClassDef):
                values._forget(statement.node.name)
            else:
                values._run([statement.node], statement)
        return values

    def value(self, name: str) -> Value | None:
        """Return the one object that a name ends up with, or ``None``."""
        known = self.names.get(name)
        return known if isinstance(known, Value) else None

    def is_alias(self, name: str) -> bool:
        """Tell whether a name was bound to another one that still has the same object."""
        other = self.aliases.get(name)
        return other is not None and self.names.get(other) is self.names.get(name)

    def _run(self, nodes: Iterable[ast.stmt], statement: Statement) -> None:
        for node in nodes:
            if isinstance(node, FunctionNode | ast.ClassDef):
                self._forget(node.name)
                continue
            self._step(node, statement)
            for name in ("body", "orelse", "finalbody"):
                self._run(getattr(node, name, ()), statement)
            for part in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]:
                self._run(part.body, statement)

    def _step(self, node: ast.stmt, statement: Statement) -> None:
        """Do what a statement does, but for the blocks inside it."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr | ast.withitem):
                self._see(child, statement)
        match node:
            case ast.Assign(targets=targets, value=value):
                known = self.evaluate(value, statement)
                for target in targets:
                    self._bind(target, known, value, statement)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, self.evaluate(value, statement), value, statement)
            case ast.For(target=target, iter=iterated) | ast.AsyncFor(target=target, iter=iterated):
                self._loop(target, iterated, statement)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._forget_all(target)

    def evaluate(self, node: ast.expr, statement: Statement) -> Known:
        """Return what an expression gives; each call gives one object, however often it is looked at."""
        known: Known = None
        match node:
            case ast.Name(id=name):
                known = self.names.get(name)
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                known = self.evaluate(value, statement)
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                known = Several([self.evaluate(item, statement) for item in items])
            case ast.Attribute(value=value, attr=attr) if attr in _CHOSEN:
                known = self._chosen(self.evaluate(value, statement), statement.text.location(node.lineno))
            case ast.Call():
                if id(node) not in self._known:
                    self._known[id(node)] = self._called(node, statement)
                known = self._known[id(node)]
        return known

    def _chosen(self, search: Known, location: Location) -> Value | None:
        if not isinstance(search, Value) or search.call is None:
            return None
        return Value(
            location=location, call=search.call, fitted=search.fitted, chosen=True, parts=(search,),
            prepared=search.prepared,
        )  # fmt: skip

    def _called(self, node: ast.Call, statement: Statement) -> Known:
        location = statement.text.location(node.lineno)
        if isinstance(node.func, ast.Name) and node.func.id in self.classes.by_name:
            return self._instance(node, node.func.id, statement)
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            return self._returned(node.func.id, statement)
        origin = self.origins.of_expression(node.func)
        if origin:
            call = model_call(origin)
            done = call is not None and call.fit is Fit.DONE
            return Value(
                location=location, call=call, origin=origin, fitted=done, parts=tuple(self._parts(node, statement))
            )
        if isinstance(node.func, ast.Attribute):
            return self._of_method(node, node.func, statement)
        return None

    def _instance(self, node: ast.Call, name: str, statement: Statement) -> Value:
        call = next((BASES[base] for base in self.classes.bases(name) if base in BASES), None)
        location = statement.text.location(node.lineno)
        return Value(location=location, call=call, owner=name, parts=tuple(self._parts(node, statement)))

    def _of_method(self, node: ast.Call, function: ast.Attribute, statement: Statement) -> Known:
        inner = self.evaluate(function.value, statement)
        if not isinstance(inner, Value):
            return None
        if function.attr in _GIVES_ITSELF:
            return inner
        if inner.owner and inner.call is None:
            method = self.classes.method(inner.owner, function.attr)
            return inner if method is not None and _returns_self(method) else None
        if inner.call is None or function.attr not in FITS:
            return None
        if inner.call.fit is Fit.RESULT and function.attr in _RESULTS:
            location = statement.text.location(node.lineno)
            call = ModelCall(library=inner.call.library, name=inner.call.name, fit=Fit.DONE)
            return Value(location=location, call=call, origin=inner.origin, fitted=True, prepared=inner.prepared)
        return inner if inner.call.fit is Fit.SELF and function.attr in {"fit", "partial_fit"} else None

    def _returned(self, name: str, statement: Statement) -> Known:
        """Return what a function of the notebook gives: its last ``return``, with its parameters unknown."""
        function = self.functions[name]
        returns = [item.value for item in own_nodes(function.body) if isinstance(item, ast.Return) and item.value]
        if self._depth >= _DEEPEST or name in self._barren or not returns:
            return None
        inner = Values(self.origins, self.classes, self.functions, dict(self.names), _depth=self._depth + 1)
        inner._barren = self._barren
        for parameter in ast.walk(function.args):
            if isinstance(parameter, ast.arg):
                inner.names[parameter.arg] = None
        # What it calls itself gives nothing new, and must not be asked again and again.
        self._barren.add(name)
        inner._run(function.body, statement)
        known = inner.evaluate(returns[-1], statement)
        if any(values_in(known)):
            self._barren.discard(name)
        return known

    def _parts(self, node: ast.Call, statement: Statement) -> Iterator[Value]:
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            for inner in walk([argument]):
                if isinstance(inner, ast.Name | ast.Call):
                    yield from values_in(self.evaluate(inner, statement))

    def _see(self, node: ast.AST, statement: Statement) -> None:
        """Take note of all calls in a piece of code, and of what they fit."""
        for inner in walk([node]):
            if isinstance(inner, ast.Call):
                self.calls.append((inner, statement))
                self._fit(inner, statement)

    def _fit(self, node: ast.Call, statement: Statement) -> None:
        match node.func:
            case ast.Attribute(value=receiver, attr=attr) if attr in FITS or attr == "parameters":
                for value in values_in(self.evaluate(receiver, statement)):
                    self._fitted(value, node, attr)
            case ast.Name(id=name) if name in self.functions:
                function = self.functions[name]
                fits = fitted_names(function)
                for parameter, argument in _arguments(node, function):
                    if parameter in fits:
                        for value in values_in(self.evaluate(argument, statement)):
                            self._fitted(value, node, "fit")
                for shared in fits - {item.arg for item in ast.walk(function.args) if isinstance(item, ast.arg)}:
                    for value in values_in(self.names.get(shared)):
                        self._fitted(value, node, "fit")

    def _fitted(self, value: Value, node: ast.Call, attr: str) -> None:
        if value.call is None or (attr == "parameters" and value.call.fit is not Fit.TRAINED):
            return
        if value.call.fit is not Fit.RESULT:
            value.fitted = True
        given = node.args[0] if node.args else None
        names = {item.id for item in ast.walk(given) if isinstance(item, ast.Name)} if given is not None else set()
        value.prepared = next((self.prepared[name] for name in sorted(names) if name in self.prepared), None)

    def _bind(self, target: ast.expr, known: Known, source: ast.expr, statement: Statement) -> None:
        where = self._preparation(source, statement)
        if isinstance(target, ast.Tuple | ast.List) and isinstance(known, Several):
            pairs = zip(target.elts, known.items, strict=False) if len(known.items) == len(target.elts) else ()
            for part, item in pairs:
                self._bind(part, item, source, statement)
            if len(known.items) == len(target.elts):
                return
        for inner in ast.walk(target):
            if not isinstance(inner, ast.Name):
                continue
            if isinstance(inner.ctx, ast.Store):
                self._forget(inner.id)
            if where is not None:
                self.prepared[inner.id] = where
        if isinstance(target, ast.Name):
            self.names[target.id] = known
            self.bound_at[target.id] = statement.text.location(target.lineno)
            if isinstance(source, ast.Name):
                self.aliases[target.id] = source.id

    def _preparation(self, node: ast.expr, statement: Statement) -> Location | None:
        """Return where what an expression gives came out of a transformer, or ``None``."""
        for inner in walk([node]):
            match inner:
                case ast.Call(func=ast.Attribute(value=receiver, attr=attr)) if attr in _PREPARES:
                    value = self.evaluate(receiver, statement)
                    if isinstance(value, Value) and value.origin.partition(".")[0] in _PREPARING_LIBRARIES:
                        return statement.text.location(inner.lineno)
                case ast.Call(func=ast.Attribute(attr="predict")):
                    return None
                case ast.Name(id=name) if name in self.prepared:
                    return self.prepared[name]
        return None

    def _loop(self, target: ast.expr, iterated: ast.expr, statement: Statement) -> None:
        if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute) and not iterated.args:
            iterated = iterated.func.value
        every = Several([*values_in(self.evaluate(iterated, statement))])
        self._forget_all(target)
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                self.names[inner.id] = every

    def _forget_all(self, target: ast.expr) -> None:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store | ast.Del):
                self._forget(inner.id)

    def _forget(self, name: str) -> None:
        for known in (self.names, self.bound_at, self.aliases, self.prepared):
            known.pop(name, None)


def values_in(known: Known) -> Iterator[Value]:
    """Yield the values in something, at any depth."""
    if isinstance(known, Value):
        yield known
    elif isinstance(known, Several):
        for item in known.items:
            yield from values_in(item)


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a body in source order, without those of functions and classes inside it."""
    for node in body:
        yield node
        if not isinstance(node, FunctionNode | ast.ClassDef | ast.Lambda):
            yield from own_nodes(ast.iter_child_nodes(node))


def fitted_names(function: FunctionNode) -> set[str]:
    """Return the names that a function fits: its parameters', or the notebook's."""
    calls = [node for node in walk([function]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    trains = any(isinstance(call.func, ast.Attribute) and call.func.attr == "backward" for call in calls)
    found = set()
    for call in calls:
        match call.func:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                if attr in FITS or (trains and attr in {"train", "parameters", "forward"}):
                    found.add(name)
    if trains:
        # A training loop calls the module itself.
        named = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        direct = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
        found |= {item.id for item in direct if isinstance(item, ast.Name) and item.id in named}
    return found


def _arguments(call: ast.Call, function: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    names = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
    yield from zip(names, call.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)


def _returns_self(method: FunctionNode) -> bool:
    returns = [node.value for node in own_nodes(method.body) if isinstance(node, ast.Return)]
    return bool(returns) and all(isinstance(value, ast.Name) and value.id == "self" for value in returns)
