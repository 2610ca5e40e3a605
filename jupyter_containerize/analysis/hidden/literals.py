"""What can be told of a value by reading: a whole literal, or how a text begins and ends."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

# How far an expression is followed; nobody writes deeper ones, and each level is looked at again for its parts.
_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Text:
    """A text of which the beginning and the end are known; ``whole`` if they are the same and all of it."""

    start: str
    end: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a boolean or ``None``."""

    value: object


# None: the value cannot be told.
Known = Text | Plain | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a value may be. ``any_start`` and ``any_end`` are the ``*`` at either end of a text's pattern."""

    written: str
    value: str | bool | int
    any_start: bool = False
    any_end: bool = False

    @classmethod
    def of(cls, value: str | bool | int) -> Pattern:
        """Return the pattern that a rule writes as ``value``."""
        if not isinstance(value, str):
            return cls(written=str(value), value=value)
        return cls(
            written=value,
            value=value.strip("*").lower(),
            any_start=value.startswith("*"),
            any_end=value.endswith("*"),
        )

    def fits(self, known: Known) -> bool:
        """Tell whether a given value is surely of the pattern; one that cannot be told fits ``*`` alone."""
        if self.written == "*":
            return not (isinstance(known, Plain) and (known.value is None or known.value is False))
        if isinstance(known, Plain):
            return type(known.value) is type(self.value) and known.value == self.value
        if known is None or not isinstance(self.value, str):
            return False
        if self.any_start and self.any_end:
            return self.value in known.start.lower() or self.value in known.end.lower()
        if self.any_end:
            return known.start.lower().startswith(self.value)
        if self.any_start:
            return known.end.lower().endswith(self.value)
        return known.whole and known.start.lower() == self.value


def known_value(node: ast.expr, texts: Mapping[str, Text], depth: int = 0) -> Known:
    """Return what an expression's text shows of its value.

    Args:
        node: The expression. Of a list or tuple, the first element stands for all.
        texts: What is known of variables.
        depth: How deep in the expression this is.
    """
    if depth > _DEEPEST:
        return None
    match node:
        case ast.Constant(value=str(text)):
            return Text(text, text, whole=True)
        case ast.Constant(value=None | bool() | int()):
            return Plain(node.value)
        case ast.Name(id=name):
            return texts.get(name)
        case ast.JoinedStr(values=[first, *_] as parts):
            return _ends(first, parts[-1], texts, depth, whole=len(parts) == 1)
        case ast.FormattedValue(value=value):
            return known_value(value, texts, depth + 1)
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return _ends(left, right, texts, depth)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _formatted(left, texts, depth)
        case ast.List(elts=[first, *_]) | ast.Tuple(elts=[first, *_]):
            return known_value(first, texts, depth + 1)
        case ast.Call():
            return _called(node, texts, depth)
    return None


def _called(node: ast.Call, texts: Mapping[str, Text], depth: int) -> Known:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _formatted(value, texts, depth)
        # Path("a", "b.csv"), os.path.join(folder, "b.csv"), and what shortens either, as in str(path)
        case ast.Call(func=ast.Name(id="Path" | "str") | ast.Attribute(attr="Path" | "join"), args=[first, *_] as args):
            return _ends(first, args[-1], texts, depth, whole=len(args) == 1)
    return None


def _formatted(node: ast.expr, texts: Mapping[str, Text], depth: int) -> Known:
    known = known_value(node, texts, depth + 1)
    if not isinstance(known, Text):
        return None
    return Text(known.start.partition("{")[0].partition("%")[0], known.end.rpartition("}")[2].rpartition("%")[2])


def _ends(first: ast.expr, last: ast.expr, texts: Mapping[str, Text], depth: int, *, whole: bool = False) -> Known:
    start, end = known_value(first, texts, depth + 1), known_value(last, texts, depth + 1)
    if not (isinstance(start, Text) or isinstance(end, Text)):
        return None
    return Text(
        start.start if isinstance(start, Text) else "",
        end.end if isinstance(end, Text) else "",
        whole and isinstance(start, Text) and start.whole,
    )
