"""Spells out the text or path that an expression of literals and known names stands for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

# No path is longer; what is doubled in a loop of assignments must not grow.
_LONGEST = 2_000
# Bounds the work on one expression, so that nested calls cost no more than a multiple of their number.
_MOST_NODES = 100

_SAME = frozenset(
    {
        "str",
        "os.fspath",
        "os.path.abspath",
        "os.path.normpath",
        "os.path.realpath",
        "os.path.expanduser",
        "os.path.expandvars",
    }
)
_SAME_METHODS = frozenset({"absolute", "resolve", "expanduser", "as_posix", "strip", "as_uri"})
_PATHS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath", "WindowsPath"})


@dataclass(frozen=True, slots=True)
class Text:
    """A text as far as it is known: each part that is not stands as ``{name}``, or ``{}``."""

    text: str
    complete: bool = True


_FOLDERS = {"os.getcwd": Text("."), "Path.cwd": Text("."), "Path.home": Text("~")}


@dataclass(slots=True)
class _Speller:
    value: Callable[[str], Text | None]
    dotted: Callable[[ast.expr], str]
    left: int = _MOST_NODES

    def spell(self, node: ast.expr) -> Text | None:
        self.left -= 1
        if self.left < 0:
            return None
        text: Text | None = None
        match node:
            case ast.Constant(value=str(literal)) if len(literal) <= _LONGEST:
                text = Text(literal)
            case ast.Name(id=name):
                text = self.value(name)
            case ast.Attribute():
                text = self._attribute(node)
            case ast.JoinedStr(values=values):
                text = self._concatenated(values)
            case ast.BinOp():
                text = self._operation(node)
            case ast.Call():
                text = self._call(node)
        return text

    def _operation(self, node: ast.BinOp) -> Text | None:
        match node.op:
            case ast.Add():
                return self._concatenated([node.left, node.right])
            case ast.Div():
                return self._joined([node.left, node.right])
            case ast.Mod():
                return _opened(self.spell(node.left))
        return None

    def _attribute(self, node: ast.Attribute) -> Text | None:
        if isinstance(node.value, ast.Name) and (known := self.value(f"{node.value.id}.{node.attr}")) is not None:
            return known
        if node.attr == "parent":
            return _parent(self.spell(node.value))
        return Text(".") if node.attr == "curdir" else None

    def _call(self, node: ast.Call) -> Text | None:
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method == "format":
                return _opened(self.spell(node.func.value))
            if method in _SAME_METHODS and not node.args:
                return self.spell(node.func.value)
            if method == "joinpath":
                return self._joined([node.func.value, *node.args])
        return self._function(node)

    def _function(self, node: ast.Call) -> Text | None:
        dotted = self.dotted(node.func)
        last = dotted.rpartition(".")[2]
        text: Text | None = None
        if last in _PATHS:
            text = self._joined(node.args) if node.args else Text(".")
        elif dotted.endswith("path.join"):
            text = self._joined(node.args)
        elif not node.args:
            text = _FOLDERS.get(".".join(dotted.split(".")[-2:]))
        elif len(node.args) == 1 and dotted in _SAME:
            text = self.spell(node.args[0])
        elif len(node.args) == 1 and dotted.endswith("path.dirname"):
            text = _parent(self.spell(node.args[0]))
        return text

    def _concatenated(self, parts: list[ast.expr]) -> Text | None:
        return _limited("".join, [self._part(part) for part in parts])

    def _joined(self, parts: list[ast.expr]) -> Text | None:
        if any(isinstance(part, ast.Starred) for part in parts):
            return None
        return _limited(_joined_path, [self._part(part) for part in parts])

    def _part(self, node: ast.expr) -> Text:
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        known = self.spell(inner)
        if known is not None:
            # A format specification may change the text: f"{name:>10}".
            return known if not isinstance(node, ast.FormattedValue) or node.format_spec is None else _hole(inner)
        return _hole(inner)


def constant_text(
    node: ast.expr, value: Callable[[str], Text | None], dotted: Callable[[ast.expr], str]
) -> Text | None:
    """Return the text or path that an expression spells, or ``None`` if nothing of it is known.

    Args:
        node: Any expression.
        value: Gives what a name, or a dotted name, stands for.
        dotted: Gives the full name of what is called.
    """
    text = _Speller(value, dotted).spell(node)
    return None if text is None or not text.text.strip() else text


def _limited(join: Callable[[list[str]], str], parts: list[Text]) -> Text | None:
    if not parts or sum(len(part.text) for part in parts) > _LONGEST:
        return None
    return Text(join([part.text for part in parts]), all(part.complete for part in parts))


def _joined_path(parts: list[str]) -> str:
    """Join as ``os.path.join`` does: an absolute part begins anew."""
    joined = ""
    for part in parts:
        joined = part if part.startswith("/") or not joined else f"{joined.rstrip('/')}/{part}"
    return joined


def _hole(node: ast.expr) -> Text:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return Text("{}", complete=False)
    return Text("{" + ".".join([node.id, *reversed(names)]) + "}", complete=False)


def _opened(text: Text | None) -> Text | None:
    return None if text is None else Text(text.text, complete=False)


def _parent(text: Text | None) -> Text | None:
    if text is None:
        return None
    return Text(text.text.rstrip("/").rpartition("/")[0] or ("/" if text.text.startswith("/") else "."), text.complete)
