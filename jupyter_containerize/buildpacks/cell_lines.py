"""Which cell of the notebook each line of the serving code is from."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from jupyter_containerize.domain.notebook import Slice

_CELL = re.compile(r"# cell (\d+)$")


def cell_lines(serving: Slice) -> list[tuple[int, int, int]]:
    """Return [(first line, cell, its line in that cell)] of the statements in the serving code, in their order.

    What follows a statement's first line is as far from it in the cell. A cell of which something else than its
    statements was written gives one entry, its first line.
    """
    try:
        statements = ast.parse(serving.source).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    written: dict[int, list[int]] = defaultdict(list)
    source = serving.source.splitlines()
    for statement in statements:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        cell = _cell_above(source, first)
        if cell is not None:
            written[cell].append(first)
    found: list[tuple[int, int, int]] = []
    for cell, lines in written.items():
        kept = [item.location.line for item in serving.statements if item.serving and item.location.cell == cell]
        places = [line for line in kept if line is not None]
        if len(places) == len(lines):
            found += [(line, cell, place) for line, place in zip(lines, places, strict=True)]
        else:
            found.append((lines[0], cell, 1))
    return sorted(found)


def _cell_above(lines: list[str], line: int) -> int | None:
    marks = (_CELL.match(text) for text in reversed(lines[:line]))
    mark = next((mark for mark in marks if mark), None)
    return int(mark[1]) if mark else None
