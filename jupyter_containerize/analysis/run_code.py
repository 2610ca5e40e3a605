"""What a run of the notebook depends on, apart from functions that only answer requests.

The state that a run leaves does not change when the code of such a function does: nothing in the notebook
calls it but the example. So a state can be kept while ``predict`` is worked on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence

from jupyter_containerize.analysis.statements import Code, FunctionNode, Statement
from jupyter_containerize.analysis.uses import uses_of
from jupyter_containerize.domain.notebook import Cell, ExampleCall

_DEFINES = re.compile(r"\b(def|class|lambda)\b")
# Where these stand, a function may be reached without its name being written.
_BY_TEXT = re.compile(
    r"\b(eval|exec|globals|locals|vars|getattr|__main__)\b"
    r"|run_line_magic\('(run|macro|load|store|rerun|recall|edit)'"
)


def run_digest(code: Code, kept: Iterable[Statement], example: ExampleCall | None) -> str:
    """Return the sha256 hex of the program's cells, without the kept functions that nothing but the example calls.

    Where the lines stand does not count, only what they are: a cell more above, or a blank line, changes nothing.
    In cells that define more it counts: functions and classes know their lines, and so do the bytes of objects
    that hold them.
    Conservative: a function's name anywhere else in the code, in a text or a comment too, keeps it in.

    Args:
        code: the program of a slice, with its statements where they stand in the notebook.
        kept: the statements whose source is in the image, of the notebook or of the program.
        example: the call that the image is tested with.
    """
    places = {(item.text.cell.index, item.first_line) for item in kept}
    mine = [item for item in code.statements if (item.text.cell.index, item.first_line) in places]
    left_out = _only_serving(code, mine, example)
    cells = [[cell.tags, cell.magic, _lines(code, cell, left_out)] for cell in code.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _lines(code: Code, cell: Cell, without: Sequence[Statement]) -> list[object]:
    text = _text(code, cell, without)
    if _DEFINES.search(text):
        kept = _text(code, cell, without, blank=True).splitlines()
        return [[place, line.rstrip()] for place, line in enumerate(kept) if line.strip()]
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _only_serving(code: Code, kept: Iterable[Statement], example: ExampleCall | None) -> list[Statement]:
    found = [statement for statement in kept if _is_plain(statement)]
    ignored = _example_statement(code, example)
    while found:
        rest = "\n".join(_text(code, cell, [*found, *ignored]) for cell in code.cells)
        if _BY_TEXT.search(rest):
            return []
        # After a dot it is an attribute of something else: model.predict(...).
        named = [statement for statement in found if re.search(rf"(?<![\w.]){_name(statement)}\b", rest)]
        if not named:
            return found
        # One that is named elsewhere counts as part of the run, and so does all that it names.
        found = [statement for statement in found if statement not in named]
    return []


def _is_plain(statement: Statement) -> bool:
    """Tell whether defining the function does nothing else, and calling it binds no name of the notebook's."""
    node = statement.node
    return isinstance(node, FunctionNode) and not node.decorator_list and not uses_of(statement).declared_global


def _name(statement: Statement) -> str:
    assert isinstance(statement.node, FunctionNode)  # noqa: S101  # only plain functions come here
    return statement.node.name


def _example_statement(code: Code, example: ExampleCall | None) -> list[Statement]:
    """Return the statement of the example call, if it has its lines for itself."""
    if example is None:
        return []
    line = example.location.line or 0
    there = [
        statement
        for statement in code.statements
        if statement.text.cell.index == example.location.cell
        and statement.first_line <= line <= (statement.node.end_lineno or line)
    ]
    return there if len(there) == 1 else []


def _text(code: Code, cell: Cell, without: Sequence[Statement], *, blank: bool = False) -> str:
    """Return a cell's code without the lines of some statements, which may stay as blank ones."""
    if cell.python is None:
        return cell.source
    mine = [statement for statement in code.statements if statement.text.cell is cell]
    lines = list(mine[0].text.lines) if mine else cell.python.splitlines(keepends=True)
    for statement in reversed([item for item in mine if item in without]):
        place = slice(statement.first_line - 1, statement.node.end_lineno)
        lines[place] = ["\n"] * len(lines[place]) if blank else []
    return "".join(lines)
