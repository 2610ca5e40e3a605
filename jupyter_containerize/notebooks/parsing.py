"""Asks Python's own parser, and nobody else."""

from __future__ import annotations

import ast
import warnings


def parsed(source: str) -> ast.Module | None:
    """Return the text's syntax tree, or ``None``; what the parser warns about is not our business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def parses(source: str) -> bool:
    """Tell whether Python's parser reads the text."""
    return parsed(source) is not None
