"""What can be told of a value by reading: a whole literal, or how a text begins and ends."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# How far an expression is followed; nobody writes deeper ones, and each level is looked at again for its parts.
_DEEPEST = 12
# Of a text, no more than this is looked at from either end: data in code can be megabytes.
_LONGEST = 512


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
    value: str | int
    any_start: bool = False
    any_end: bool = False

    @classmethod
    def of(cls, value: str | int) -> Pattern:
        """Return the pattern that a rule writes as ``value``: a text, a number or a boolean."""
        if not isinstance(value, str):
            return cls(written=str(value).lower(), value=value)
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
        return known is not None and isinstance(self.value, str) and self._fits_text(known, self.value)

    def _fits_text(self, text: Text, value: str) -> bool:
        start, end = text.start.lower(), text.end.lower()
        if self.any_start and self.any_end:
            return value in start or value in end
        if self.any_end:
            return start.startswith(value)
        if self.any_start:
            return end.endswith(value)
        return text.whole and start == value


def known_value(node: ast.expr, texts: Mapping[str, Text], depth: int = 0) -> Known:
    """Return what an expression's text shows of its value.

    Args:
        node: The expression. Of a list or tuple the first element stands for all, of a dictionary the first key.
        texts: What is known of variables.
        depth: How deep in the expression this is.
    """
    match node:
        case ast.Constant(value=str(text)):
            return Text(text[:_LONGEST], text[-_LONGEST:], whole=len(text) <= _LONGEST)
        case ast.Constant(value=None | bool() | int()):
            return Plain(node.value)
        case ast.Name(id=name):
            return texts.get(name)
    return None if depth > _DEEPEST else _composed(node, texts, depth + 1)


def _composed(node: ast.expr, texts: Mapping[str, Text], depth: int) -> Known:
    match node:
        case ast.FormattedValue(value=inner) | ast.List(elts=[inner, *_]) | ast.Tuple(elts=[inner, *_]):
            return known_value(inner, texts, depth)
        case ast.Dict(keys=[ast.expr() as inner, *_]):
            return known_value(inner, texts, depth)
        case ast.BinOp(left=template, op=ast.Mod()) | ast.Call(func=ast.Attribute(value=template, attr="format")):
            return _formatted(known_value(template, texts, depth))
    pieces = _pieces(node)
    if not pieces:
        return None
    start, end = (known_value(piece, texts, depth) for piece in (pieces[0], pieces[-1]))
    if not (isinstance(start, Text) or isinstance(end, Text)):
        return None
    return Text(
        start.start if isinstance(start, Text) else "",
        end.end if isinstance(end, Text) else "",
        len(pieces) == 1 and isinstance(start, Text) and start.whole,
    )


def _pieces(node: ast.expr) -> Sequence[ast.expr]:
    """Return what an expression joins to one text."""
    match node:
        case ast.JoinedStr(values=values):
            return values
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return [left, right]
        # A Path of pieces, what os.path.join joins, and a path made a text.
        case ast.Call(func=ast.Name(id="Path" | "str") | ast.Attribute(attr="Path" | "join"), args=args):
            return args
    return ()


def _formatted(template: Known) -> Known:
    if not isinstance(template, Text):
        return None
    start, end = template.start, template.end
    return Text(start.partition("{")[0].partition("%")[0], end.rpartition("}")[2].rpartition("%")[2])
