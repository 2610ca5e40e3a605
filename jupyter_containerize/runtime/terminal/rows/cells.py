"""A cell of a CSV file as the JSON value that its column takes."""

from __future__ import annotations

import re
from typing import Any

from ... import body
from ...errors import NotJson
from ...protocols.columns import ANY, BOOLEAN, STRING

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,4000}")
_TRUTH = {"true": True, "false": False, "1": True, "0": False}
_NOTHING = frozenset({"", "nan", "null"})


def cell_value(text: str, kind: str, *, nested: bool = False) -> Any:
    """Return what a text stands for in a column of a kind; the text itself where it stands for nothing of it.

    An empty cell is null, among words an empty word. ``nested`` is for columns whose values have parts: they are
    written as JSON.
    """
    bare = text.strip()
    if nested:
        return _json(bare, text)
    if kind == STRING:
        return text
    if bare.lower() in _NOTHING and (not bare or kind != ANY):
        return None
    if kind == BOOLEAN:
        return _TRUTH.get(bare.lower(), text)
    has_parts = kind == ANY and (bare[:1] in {"[", "{"} or bare in {"true", "false", "null"})
    return _json(bare, text) if has_parts else _number(bare, text)


def _number(bare: str, text: str) -> Any:
    if _INTEGER.fullmatch(bare):
        return int(bare)
    if _NUMBER.fullmatch(bare):
        value = float(bare)
        # 1e999: a float can hold it only as infinity, which JSON cannot say.
        return value if abs(value) != float("inf") else text
    return text


def _json(bare: str, text: str) -> Any:
    if not bare:
        return None
    try:
        return body.parse(bare.encode("utf-8", "surrogatepass"))
    except NotJson:
        return text
