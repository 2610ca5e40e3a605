"""Finds the statements of a text that parse when the whole does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_containerize.analysis.salvage import salvage

# A line that can begin a top-level statement: not indented, not empty or a comment, not the
# continuation of a compound statement, not a closing bracket.
_BEGINNING = re.compile(r"(?![\s#)\]}])(?!(?:else|elif|except|finally)\b).")
_TEXT = re.compile(r"\s*[^\s#]")

# How many beginnings a statement may hide (in a multi-line string); bounds the work on a hopeless cell.
_REACH = 40
# How many times a text's own length may be parsed before the rest of it counts as broken.
_EFFORT = 60

_OPEN_BRACKET = re.compile(r"was never closed")
_OPEN_STRING = re.compile(r"unterminated (?:f-|t-)?(?:string )?triple-quoted|triple-quoted")
_UNFINISHED = re.compile(r"unexpected EOF|expected an indented block|expected 'except'|invalid syntax|decorator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A piece that does not parse. ``line`` is where the parser stopped, 1-based in the whole text.

    ``salvaged`` is what it says once the lines that cannot be read are left out: good for facts, not to be run.
    """

    line: int
    text: str
    reason: str
    salvaged: tuple[ast.stmt, ...] = ()


@dataclass(slots=True)
class _Parser:
    """Parses pieces of some lines, as long as the effort stays in proportion to their size."""

    lines: Sequence[str]
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = 4000 + _EFFORT * sum(map(len, self.lines))

    def parse(self, start: int, end: int) -> list[ast.stmt] | SyntaxError:
        text = "".join(self.lines[start:end])
        self.left -= len(text)
        try:
            nodes = ast.parse(text).body
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError) as error:
            return SyntaxError(str(error) or "nested too deep", ("", 1, 1, ""))
        for node in nodes:
            _move(node, start)
        return nodes

    def broken(self, start: int, end: int, error: SyntaxError) -> Broken:
        nodes, spent = salvage(self.lines[start:end], self.left)
        self.left -= spent
        for node in nodes:
            _move(node, start)
        line = start + min(error.lineno or 1, end - start)
        return Broken(line=line, text="".join(self.lines[start:end]), reason=error.msg, salvaged=tuple(nodes))


def recover(lines: Sequence[str]) -> tuple[list[ast.stmt], list[Broken]]:
    """Split a text at lines that may begin a statement and parse the pieces.

    Returns:
        The statements with their line numbers in the whole text, and the pieces that do not parse.
    """
    beginnings = [number for number, line in enumerate(lines) if _BEGINNING.match(line)]
    first = next((number for number, line in enumerate(lines) if _TEXT.match(line)), None)
    if first is not None and first not in beginnings[:1]:
        beginnings.insert(0, first)
    edges = [*beginnings, len(lines)]
    parser = _Parser(lines)
    nodes: list[ast.stmt] = []
    broken: list[Broken] = []
    at = 0
    while at < len(beginnings):
        if parser.left <= 0:
            broken.append(parser.broken(edges[at], len(lines), SyntaxError("too much of the cell cannot be read")))
            break
        found, reached, error = _longest(parser, edges, at)
        nodes += found
        if error is not None:
            broken.append(parser.broken(edges[at], edges[reached], error))
        at = reached
    return nodes, broken


def _longest(parser: _Parser, edges: Sequence[int], at: int) -> tuple[list[ast.stmt], int, SyntaxError | None]:
    """Return the statement that begins at an edge and the edge after it, or why there is none."""
    first: SyntaxError | None = None
    for reach in range(at + 1, min(len(edges), at + 1 + _REACH)):
        start, end = edges[at], edges[reach]
        if first is not None and not _may_close(first, parser.lines[edges[reach - 1] : end]):
            continue
        piece = parser.parse(start, end)
        if isinstance(piece, list):
            return piece, reach, None
        if first is None:
            first = piece
        if not _may_go_on(piece, parser.lines[end - 1], end - start):
            # With its string closed, the whole of it is one broken statement.
            return [], reach if _OPEN_STRING.search(first.msg) else at + 1, first if reach == at + 1 else piece
        if parser.left <= 0:
            break
    assert first is not None  # noqa: S101  # the first reach is always tried
    return [], at + 1, first


def _may_close(first: SyntaxError, added: Sequence[str]) -> bool:
    """Tell whether more lines can have closed what the first piece left open."""
    if _OPEN_STRING.search(first.msg):
        return any("'''" in line or '"""' in line for line in added)
    if _OPEN_BRACKET.search(first.msg):
        return any(")" in line or "]" in line or "}" in line for line in added)
    return True


def _may_go_on(error: SyntaxError, last: str, size: int) -> bool:
    """Tell whether a piece only lacks its end, so that the lines below it can make it whole."""
    if _OPEN_BRACKET.search(error.msg) or _OPEN_STRING.search(error.msg):
        return True
    at_end = (error.lineno or 0) >= size and not 0 < (error.offset or 0) < len(last.rstrip())
    return at_end and _UNFINISHED.search(error.msg) is not None


def _move(node: ast.stmt, lines: int) -> None:
    if lines:
        ast.increment_lineno(node, lines)
