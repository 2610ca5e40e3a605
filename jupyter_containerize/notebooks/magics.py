"""Makes a code cell readable by Python's own parser, the way IPython does, line for line.

IPython's transformer joins continued lines and drops leading empty ones. We put the lost lines
back as empty lines, so that a line number in the result is a line number in the user's cell.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

from jupyter_containerize.domain.notebook import Cell, CellKind

# Cell magics that run their body as Python in the notebook's own namespace. The bodies of
# %%timeit and %%memit run too, but in a function: analysis keeps their names apart by `Cell.magic`.
PYTHON_CELL_MAGICS = frozenset(
    {"capture", "time", "timeit", "prun", "debug", "memit", "mprun", "pyinstrument", "snakeviz", "scalene"}
)

_CELL_MAGIC = re.compile(r"%%([\w.]+)(?![\w.?])")
# %time runs its argument in the notebook's namespace, so the names that it binds are the notebook's.
_TIMED = re.compile(r"(\s*|.*=\s*)get_ipython\(\)\.run_line_magic\('time', (.+)\)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformed:
    """A cell as Python.

    ``source`` has its lines where the cell has them and need not parse; ``None`` means that the
    cell is not Python of ours. ``cell_magic`` is the name after ``%%``, or ``None``.
    """

    source: str | None
    cell_magic: str | None


def python_source(cell: Cell) -> Transformed:
    """Return the cell as Python after IPython's input transformation; never raises for a bad cell."""
    if cell.kind is not CellKind.CODE:
        return Transformed(source=None, cell_magic=None)
    return transform(cell.source)


def transform(source: str) -> Transformed:
    """Return a code cell's text as Python. See ``python_source``."""
    body = source.lstrip()
    magic = _CELL_MAGIC.match(body)
    if magic is None:
        return Transformed(source=_as_python(source), cell_magic=None)
    name = magic[1]
    if name not in PYTHON_CELL_MAGICS:
        return Transformed(source=None, cell_magic=name)
    skipped = source[: len(source) - len(body)].count("\n")
    # The magic's own line becomes empty. A second cell magic below it is the body of the first.
    rest = transform(body.partition("\n")[2])
    moved = None if rest.source is None else "\n" * (skipped + 1) + rest.source
    return Transformed(source=moved, cell_magic=rest.cell_magic or name)


def parses(source: str) -> bool:
    """Tell whether Python's parser reads the text; what it warns about is not our business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _as_python(source: str) -> str:
    # What parses has no IPython syntax in it, and tokenising every cell would be the slow part.
    if parses(source):
        return source
    empty_lines = 0
    for line in source.splitlines(keepends=True):
        if not line.isspace():
            break
        empty_lines += 1
    try:
        return "\n" * empty_lines + _LineKeeper().transform_cell(source)  # type: ignore[no-untyped-call]
    except (SyntaxError, ValueError, RuntimeError):
        # ValueError: text that UTF-8 cannot hold. RuntimeError: more than 500 magics in one cell.
        # Analysis recovers what it can of the text.
        return source


class _LineKeeper(TransformerManager):
    """IPython's transformer, with as many lines after each step as before it."""

    def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
        changed, after = super().do_one_token_transform(lines)  # type: ignore[no-untyped-call]
        if not changed:
            return False, lines
        at = next((i for i, (old, new) in enumerate(zip(lines, after, strict=False)) if old != new), len(after) - 1)
        lost = ["\n"] * (len(lines) - len(after))
        return True, [*after[:at], _untimed(after[at]), *lost, *after[at + 1 :]]


def _untimed(line: str) -> str:
    timed = _TIMED.fullmatch(line)
    if timed is None:
        return line
    untimed = f"{timed[1]}{ast.literal_eval(timed[2])}\n"
    return untimed if parses(untimed.lstrip()) else line
