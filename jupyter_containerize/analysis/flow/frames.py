"""The types of what is taken out of a pandas frame, by how it is asked for."""

from __future__ import annotations

import ast

_FRAME = "pandas.DataFrame"
_SERIES = "pandas.Series"
# A name twice among the columns, or several levels of them, give a frame.
_COLUMN = f"{_SERIES}|{_FRAME}"
_MANY = (ast.List, ast.ListComp, ast.Compare, ast.BinOp, ast.UnaryOp, ast.Slice, ast.BoolOp)
_ITEMS = {"pandas.FrameGroupBy": f"tuple[,{_FRAME}]", "pandas.SeriesGroupBy": f"tuple[,{_SERIES}]"}


def part_of(kind: str, asked: ast.expr) -> str:
    """Return the type of ``value[asked]`` for a value of a type, empty if that cannot be told."""
    if _FRAME in kind.split("|"):
        return _FRAME if kind == _FRAME and isinstance(asked, _MANY) else _COLUMN
    if kind == _SERIES and isinstance(asked, _MANY):
        return _SERIES
    return ""


def item_type(kind: str) -> str:
    """Return the type of what going through a value gives, empty if that is not one of pandas' groups."""
    return _ITEMS.get(kind, "")
