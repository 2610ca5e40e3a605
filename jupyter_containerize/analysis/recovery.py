"""Finds the statements of a text that parse when the whole does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

# A line that can begin a top-level statement: not indented, not empty or a comment, not the
# continuation of a compound statement, not a closing bracket.
_BEGINNING = re.compile(r"(?![\s#)\]}])(?!(?:else|elif|except|finally)\b).")

# How many beginnings a statement may hide (in a multi-line string); bounds the work on a hopeless cell.
_REACH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A piece that does not parse. ``line`` is where the parser stopped, 1-based in the whole text."""

    line: int
    text: str
    reason: str


def recover(lines: Sequence[str]) -> tuple[list[ast.stmt], list[Broken]]:
    """Split a text at lines that may begin a statement and parse the pieces.

    Returns:
        The statements with their line numbers in the whole text, and the pieces that do not parse.
    """
    beginnings = [number for number, line in enumerate(lines) if _BEGINNING.match(line)]
    edges = [*beginnings, len(lines)]
    nodes: list[ast.stmt] = []
    broken: list[Broken] = []
    at = 0
    while at < len(beginnings):
        start = edges[at]
        for reach in range(at + 1, min(len(edges), at + 1 + _REACH)):
            piece = _parsed(lines, start, edges[reach])
            if isinstance(piece, list):
                nodes += piece
                at = reach
                break
        else:
            error = _parsed(lines, start, edges[at + 1])
            if isinstance(error, Broken):
                broken.append(error)
            at += 1
    return nodes, broken


def _parsed(lines: Sequence[str], start: int, end: int) -> list[ast.stmt] | Broken:
    text = "".join(lines[start:end])
    try:
        nodes = ast.parse(text).body
    except SyntaxError as error:
        return Broken(line=start + min(error.lineno or 1, end - start), text=text, reason=error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return Broken(line=start + 1, text=text, reason=str(error) or "nested too deep")
    for node in nodes:
        ast.increment_lineno(node, start)
    return nodes
