"""The code that answers requests: what it reaches as source, and the values that it expects to find.

A static backward slice over the notebook's namespace. Imports and functions are kept as source;
every other value is *live in*: only running the notebook can give it, so it is captured. A class is
live in too: captured by value it stays the class of the captured instances.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from jupyter_containerize.analysis.bindings import Binding, BindingKind, Bindings, root_name
from jupyter_containerize.analysis.codes import CELL_UNREADABLE, NOTEBOOK_ONLY_NAME, UNDEFINED_NAME
from jupyter_containerize.analysis.render import Kept
from jupyter_containerize.analysis.stability import imports_to_keep, is_as_written, lasting
from jupyter_containerize.analysis.statements import FunctionNode, Statement
from jupyter_containerize.analysis.uses import ALWAYS_BOUND, NotCompilable, line_of_use, uses_of
from jupyter_containerize.domain.notebook import Finding, Severity

# IPython puts these into the namespace; no image has them.
_NOTEBOOK_ONLY = frozenset({"get_ipython", "display", "In", "Out", "_", "__", "___", "_ih", "_oh", "_dh"})

_IMPORTS = frozenset({BindingKind.IMPORT, BindingKind.IMPORT_BLOCK})


class ServingPart:
    """Follows names from one function to everything that it needs."""

    def __init__(
        self,
        bindings: Bindings,
        *,
        made_at_start: Iterable[Statement] = (),
        instead: Mapping[int, Statement] | None = None,
    ) -> None:
        """Take what differs from the notebook.

        Args:
            bindings: the notebook's.
            made_at_start: statements that run when a container starts: what they bind is not captured.
            instead: statements, by order, that stand in the image in another form.
        """
        self.bindings = bindings
        self._instead = instead or {}
        self.live_in: dict[str, Statement | None] = {}
        """The names to capture, and the statement that last bound each; ``None`` when none shows it."""
        self.findings: list[Finding] = []
        self._registrations = _registrations(bindings)
        self._kept: dict[int, Kept] = {}
        self._seen: set[str] = set()
        self._queue: deque[Statement] = deque()
        self._made = {statement.order for statement in made_at_start}
        for statement in made_at_start:
            self._keep(statement)

    def follow(self, symbol: str) -> None:
        """Take in ``symbol`` and all that it reaches."""
        self._need(symbol, user=None, required=True)
        self._follow_all()

    def follow_statement(self, statement: Statement) -> None:
        """Take in a statement as it stands and all that it reaches."""
        self._keep(statement)
        self._follow_all()

    def _follow_all(self) -> None:
        while self._queue:
            self._follow_uses(self._queue.popleft())

    def result(self) -> list[Kept]:
        """Return what is kept as source: ``from __future__`` first, then in document order."""
        ordered = [kept for _, kept in sorted(self._kept.items())]
        if not ordered:
            return []
        futures = [Kept.whole(statement) for statement in self.bindings.futures]
        return [*futures, *ordered]

    def _follow_uses(self, statement: Statement) -> None:
        try:
            uses = uses_of(statement)
        except NotCompilable as refused:
            del self._kept[statement.order]
            self.findings.append(_refused(statement, refused))
            return
        for name in sorted(uses.declared_global):
            history = lasting(self.bindings, name)
            if history and history[-1].kind is not BindingKind.DELETED:
                self._capture(name)
        for name in sorted(uses.loaded):
            self._need(name, user=statement, required=True)
        for name in sorted(uses.quoted):
            self._need(name, user=statement, required=False)

    def _need(self, name: str, *, user: Statement | None, required: bool) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        history = lasting(self.bindings, name)
        last = history[-1] if history else None
        if last is None or last.kind is BindingKind.DELETED:
            if required:
                self._unbound(name, user)
            return
        match last.kind:
            case BindingKind.IMPORT:
                for binding in imports_to_keep(history):
                    self._keep_import(binding)
            case BindingKind.IMPORT_BLOCK if all(item.kind in _IMPORTS for item in history):
                # The block may do nothing (no else, a failed import), so what came before it counts too.
                for binding in history:
                    self._keep_any_import(binding)
            case _ if last.statement.order in self._made:
                self._keep(last.statement)
            case BindingKind.FUNCTION if is_as_written(self._in_image(last), self.bindings):
                self._keep(last.statement)
                self._keep_registrations(name)
            case _:
                self._capture(name)

    def _keep_registrations(self, name: str) -> None:
        """Keep the functions that a decorator such as ``@name.register`` adds to the function."""
        for statement in self._registrations.get(name, ()):
            self._keep(statement)

    def _in_image(self, binding: Binding) -> Binding:
        statement = self._instead.get(binding.statement.order)
        return binding if statement is None else replace(binding, statement=statement)

    def _keep(self, statement: Statement) -> None:
        statement = self._instead.get(statement.order, statement)
        if statement.order not in self._kept:
            self._kept[statement.order] = Kept.whole(statement)
            self._queue.append(statement)

    def _keep_any_import(self, binding: Binding) -> None:
        if binding.kind is BindingKind.IMPORT:
            self._keep_import(binding)
        else:
            self._keep(binding.statement)

    def _keep_import(self, binding: Binding) -> None:
        order = binding.statement.order
        used = self._kept[order].aliases if order in self._kept else ()
        if used is not None and binding.alias is not None:
            self._kept[order] = Kept(statement=binding.statement, aliases=(*used, binding.alias))

    def _capture(self, name: str) -> None:
        self._seen.add(name)
        history = self.bindings.history.get(name, ())
        bound = [item.statement for item in history if item.kind not in {BindingKind.CHANGED, BindingKind.DELETED}]
        self.live_in[name] = bound[-1] if bound else None

    def _unbound(self, name: str, user: Statement | None) -> None:
        if name in self.bindings.declared_global and not lasting(self.bindings, name):
            # Only a function binds it; whether that ran is for the kernel to say.
            self._capture(name)
            return
        if name in _NOTEBOOK_ONLY:
            self.findings.append(_undefined(name, user))
            return
        for statement in self.bindings.stars:
            # A star import may give any name, and shadow a builtin.
            self._kept[statement.order] = Kept.whole(statement)
        if name in ALWAYS_BOUND or self.bindings.stars:
            return
        if self.bindings.opaque:
            self._capture(name)
            return
        self.findings.append(_undefined(name, user))


def _registrations(bindings: Bindings) -> dict[str, list[Statement]]:
    """Return the decorated functions by the name whose attribute decorates them."""
    found: dict[str, list[Statement]] = {}
    for binding in (item for history in bindings.history.values() for item in history):
        node = binding.statement.node
        if binding.kind is not BindingKind.FUNCTION or not isinstance(node, FunctionNode):
            continue
        for decorator in node.decorator_list:
            function = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(function, ast.Attribute) and (name := root_name(function)):
                found.setdefault(name, []).append(binding.statement)
    return found


def _refused(statement: Statement, refused: NotCompilable) -> Finding:
    return Finding(
        code=CELL_UNREADABLE,
        message=f"This is not Python: {refused.reason}",
        severity=Severity.ERROR,
        location=statement.text.location(refused.line),
        hint="The served function needs this code.",
    )


def _undefined(name: str, user: Statement | None) -> Finding:
    location = None
    if user is not None:
        location = user.text.location(line_of_use(user.node, name) or user.node.lineno)
    if name in _NOTEBOOK_ONLY:
        return Finding(
            code=NOTEBOOK_ONLY_NAME,
            message=f"'{name}' exists only inside a notebook",
            severity=Severity.WARNING,
            location=location,
            hint="The served function fails where it uses it.",
        )
    return Finding(
        code=UNDEFINED_NAME,
        message=f"The name '{name}' is undefined: nothing in the notebook binds it",
        severity=Severity.WARNING,
        location=location,
        hint="Define or import it in the notebook.",
    )
