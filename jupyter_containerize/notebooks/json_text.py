"""Finds where in a JSON text its values stand, so that one can be replaced and all else keeps its bytes.

``Style`` is how the text is written, so that what is new looks like the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
# Control characters have no other way to be written.
_ESCAPED_LETTER = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[01])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value and where its text begins and ends. ``key_start`` is where its key's does, or the value's in a list."""

    value: object
    start: int
    end: int
    key_start: int


def root_span(text: str) -> Span:
    """Return the whole value of a JSON text.

    Raises:
        json.JSONDecodeError, RecursionError: it is none.
    """
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    value, end = _DECODER.raw_decode(text, start)
    if _skip(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return Span(value=value, start=start, end=end, key_start=start)


def members(text: str, span: Span) -> dict[str, Span]:
    """Return the members of an object by key, in order; of keys that are repeated the last, as parsers take it."""
    found: dict[str, Span] = {}
    position = _skip(text, span.start + 1)
    while text[position] != "}":
        key_start = position
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        value, end = _DECODER.raw_decode(text, position)
        found.pop(key, None)
        found[key] = Span(value=value, start=position, end=end, key_start=key_start)
        position = _after_comma(text, end)
    return found


def items(text: str, span: Span) -> Iterator[Span]:
    """Give the items of a list."""
    position = _skip(text, span.start + 1)
    while text[position] != "]":
        value, end = _DECODER.raw_decode(text, position)
        yield Span(value=value, start=position, end=end, key_start=position)
        position = _after_comma(text, end)


def _after_comma(text: str, end: int) -> int:
    position = _skip(text, end)
    return _skip(text, position + 1) if text[position] == "," else position


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a JSON text is written. ``unit`` is what one level is indented by, ``None`` for all in one line."""

    unit: str | None
    comma: str
    colon: str
    ascii_only: bool
    line_end: str

    @classmethod
    def of(cls, text: str, root: Span) -> Style:
        """Return the style of a text whose root is an object with a member."""
        found = members(text, root)
        first = next(iter(found.values()))
        space = text[root.start + 1 : first.key_start]
        colon = text[first.key_start : first.start].rpartition('"')[2] or ":"
        unit = space.rpartition("\n")[2] if "\n" in space else None
        # A file without a single letter beyond ASCII says nothing; nbformat writes them as they are.
        ascii_only = text.isascii() and _ESCAPED_LETTER.search(text) is not None
        comma = ", " if unit is None and ": " in colon else ","
        line_end = "\r\n" if "\r\n" in text else "\n"
        return cls(unit=unit, comma=comma, colon=colon, ascii_only=ascii_only, line_end=line_end)

    def dumps(self, value: object, margin: str) -> str:
        """Return a value's text; ``margin`` is the indentation of the line that it begins in."""
        separators = (self.comma, self.colon)
        text = json.dumps(value, indent=self.unit, separators=separators, ensure_ascii=self.ascii_only)
        # Half of a surrogate pair cannot be written but as an escape.
        if any("\ud800" <= char <= "\udfff" for char in text):
            text = json.dumps(value, indent=self.unit, separators=separators)
        return text.replace("\n", self.line_end + margin)

    def after_comma(self, margin: str) -> str:
        """Return what stands between two values: the comma, and the next line's margin."""
        return self.comma if self.unit is None else f",{self.line_end}{margin}"
