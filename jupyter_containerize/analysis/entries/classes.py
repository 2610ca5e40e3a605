"""The classes that a notebook defines at top level, with what they inherit from each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from jupyter_containerize.analysis.entries.origins import Origins
from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement


@dataclass(slots=True)
class Classes:
    """The last definition of each class, by name, in document order of the first."""

    origins: Origins
    by_name: dict[str, Statement] = field(default_factory=dict)

    @classmethod
    def of(cls, code: Code, origins: Origins) -> Classes:
        """Collect the classes of a notebook."""
        found = cls(origins)
        for statement in code.statements:
            if isinstance(statement.node, ast.ClassDef) and not statement.private:
                found.by_name[statement.node.name] = statement
        return found

    def node(self, name: str) -> ast.ClassDef | None:
        """Return the definition of a class, or ``None`` if the notebook has none of that name."""
        statement = self.by_name.get(name)
        return statement.node if statement is not None and isinstance(statement.node, ast.ClassDef) else None

    def method(self, name: str, method: str) -> FunctionNode | None:
        """Return a method of a class, its own or inherited from another one of the notebook."""
        for node in self.lineage(name):
            for item in reversed(node.body):
                if isinstance(item, FunctionNode) and item.name == method:
                    return item
        return None

    def lineage(self, name: str) -> Iterator[ast.ClassDef]:
        """Yield the class and those of the notebook that it derives from, the nearest first, each once."""
        seen: set[str] = set()
        queue = [name]
        while queue:
            name = queue.pop(0)
            node = self.node(name)
            if node is None or name in seen:
                continue
            seen.add(name)
            yield node
            queue += [base.id for base in node.bases if isinstance(base, ast.Name)]

    def bases(self, name: str) -> tuple[str, ...]:
        """Return the dotted names of the libraries' classes that a class derives from, also through another one."""
        named = (base for node in self.lineage(name) for base in node.bases)
        return tuple(origin for origin in map(self.origins.of_expression, map(_unsubscripted, named)) if origin)

    def is_abstract(self, name: str) -> bool:
        """Tell whether a class is there to be derived from: another one does, or it is a protocol."""
        derived = {
            base.id
            for statement in self.by_name.values()
            if isinstance(statement.node, ast.ClassDef) and statement.node.name != name
            for base in statement.node.bases
            if isinstance(base, ast.Name)
        }
        return name in derived or any(base.endswith(".Protocol") for base in self.bases(name))

    def needs_arguments(self, name: str) -> bool:
        """Tell whether the class cannot be called without arguments, as far as the notebook shows."""
        init = self.method(name, "__init__")
        if init is not None:
            return bool(required_parameters(init))
        return any(_is_dataclass(node) and _has_required_field(node) for node in self.lineage(name))


def required_parameters(method: FunctionNode) -> list[str]:
    """Return the parameters of a method that have no default, without the first one (``self``)."""
    positional = [*method.args.posonlyargs, *method.args.args]
    without_default = positional[: len(positional) - len(method.args.defaults)][1:]
    keywords = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    return [parameter.arg for parameter in without_default] + [item.arg for item, given in keywords if given is None]


def does_nothing(method: FunctionNode) -> bool:
    """Tell whether a method only says that another class shall have it."""
    body = [item for item in method.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    if any("abstractmethod" in ast.dump(decorator) for decorator in method.decorator_list):
        return True
    return all(isinstance(item, ast.Pass) or _raises_not_implemented(item) for item in body)


def _raises_not_implemented(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.dump(node.exc)


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.dump(decorator) for decorator in node.decorator_list)


def _has_required_field(node: ast.ClassDef) -> bool:
    return any(
        isinstance(item, ast.AnnAssign) and item.value is None and "ClassVar" not in ast.dump(item.annotation)
        for item in node.body
    )
