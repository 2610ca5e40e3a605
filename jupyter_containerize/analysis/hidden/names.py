"""Follows names to what they are made of: imports, and simple assignments of imported things."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from jupyter_containerize.analysis.hidden.literals import Text, known_value

# Chains are looked at again for each of their parts, so their length is bounded.
_LONGEST_CHAIN = 40

# What these give is a pandas object, whatever they are called on.
_TO_PANDAS = frozenset({"toPandas", "to_pandas", "to_dataframe", "as_data_frame"})
_PANDAS = "pandas.DataFrame()"

# Attributes of other libraries' objects that lead to a library of their own.
ACCESSORS = {"hvplot": "hvplot.hvPlot()"}


@dataclass(slots=True)
class Names:
    """What the names of one file stand for, as far as it has been read.

    An **origin** is a dotted name as a library's documentation has it (``pandas.read_csv``). An object has the
    origin of the call that made it, with ``()``: ``pandas.read_csv()``; what its methods give counts as
    the same, since we only ask which library an object is from. An empty origin is one that cannot be told.
    """

    origins: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take note of an import statement."""
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                if node.module and not node.level:
                    self._bind(alias.asname or alias.name, f"{node.module}.{alias.name}")
            elif alias.asname:
                self._bind(alias.asname, alias.name)
            else:
                first = alias.name.partition(".")[0]
                self._bind(first, first)

    def assigned(self, target: ast.expr, value: ast.expr) -> None:
        """Take note of an assignment, a ``for`` or a ``with ... as``: what is on the right is now on the left."""
        match target, value:
            case ast.Name(id=name), _:
                self._bind(name, self.origin(value))
                known = known_value(value, self.texts)
                if isinstance(known, Text):
                    self.texts[name] = known
            case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values))):
                for one, other in zip(targets, values, strict=False):
                    self.assigned(one, other)
            case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), _):
                origin = self.origin(value)
                for one in targets:
                    if isinstance(one, ast.Name):
                        self._bind(one.id, origin)

    def _bind(self, name: str, origin: str) -> None:
        self.origins[name] = origin
        self.texts.pop(name, None)

    def origin(self, node: ast.expr) -> str:
        """Return the origin of an expression."""
        # From the outside in: the names of attributes, and "" for a call.
        chain: list[str] = []
        for _ in range(_LONGEST_CHAIN):
            match node:
                case ast.Attribute(value=value, attr=attr):
                    chain.append(attr)
                    node = value
                case ast.Call(func=function):
                    if isinstance(function, ast.Attribute) and function.attr in _TO_PANDAS:
                        return _joined(_PANDAS, chain)
                    chain.append("")
                    node = function
                case ast.Subscript(value=value) | ast.Await(value=value) | ast.BinOp(left=value):
                    node = value
                case ast.Name(id=name):
                    return _joined(self.origins.get(name, ""), chain)
                case _:
                    return ""
        return ""


def _joined(origin: str, chain: list[str]) -> str:
    if not origin:
        return ""
    maker = origin.partition("()")[0] if "()" in origin else ""
    for name in reversed(chain):
        if name in ACCESSORS:
            maker, origin = "hvplot.hvPlot", ACCESSORS[name]
        elif name:
            origin = f"{origin}.{name}"
        elif maker:
            origin = f"{maker}()"
        else:
            maker, origin = origin, f"{origin}()"
    return origin
