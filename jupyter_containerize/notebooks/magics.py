"""Makes a code cell readable by Python's own parser, the way IPython does, line for line.

This file knows cells: their prompts, their indentation and their cell magics. What a line becomes is in
``lines``. Source: IPython's documentation, "IPython syntax"; the tests compare with IPython itself.
IPython's own transformer is not used: it reads a cell anew for each magic in it, gives up a whole cell for
a line that it cannot tokenise, and takes more time to import than a notebook takes to read.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.notebooks.automagic import COMMANDS
from jupyter_containerize.notebooks.lines import LINE, automagic_call, python_lines
from jupyter_containerize.notebooks.parsing import parses

# Cell magics that run their body as Python in the notebook's own namespace. The bodies of
# %%timeit and %%memit run too, but in a function: analysis keeps their names apart by `Cell.magic`.
PYTHON_CELL_MAGICS = frozenset(
    {
        *("capture", "time", "timeit", "prun", "debug"),  # IPython
        *("memit", "mprun", "pyinstrument", "snakeviz", "scalene", "heat", "filprofile", "memray_flamegraph"),
        *("ipytest", "manim", "wandb", "cache", "notify", "local"),  # local: Sparkmagic, "not in the cluster"
    }
)

# A cell magic, below nothing or comments.
_FIRST_CELL_MAGIC = re.compile(r"(?:\s*+(?:#[^\n]*\n)?)*+%%([\w.]+)(?![\w.?])")
_LINE_END = re.compile(r"\r\n|\r|\n|\Z")
# Where any of IPython's syntax can be: a line that begins or ends oddly, an assignment of a command,
# a first line that is indented, or a line of words. What has none of it is Python already, or nobody's.
_IPYTHON = re.compile(
    r"""
    ^[ \t]*(?:[%!?]|>>>|\.\.\.|In[ ]\[)   # %magic, !command, ?name, prompts
    | [=:;][ \t]*[%!]                     # x = !ls, if x: !ls
    | \?[ \t]*$                           # name?
    | \A(?:[ \t]*\n)*[ \t]+\S             # an indented cell
    | ^[ \t]*(?:COMMANDS)[ \t]+[^\s=(:,]   # pip install x
    """.replace("COMMANDS", "|".join(sorted(COMMANDS))),
    re.MULTILINE | re.VERBOSE,
)
# The first pattern is that of a first line, the second that of any.
_PROMPTS = (
    re.compile(r"[ \t]*>>>(?: |(?=[\r\n]|$))|\.\.\.(?: |(?=[\r\n]|$))"),
    re.compile(r"In \[\d+\]: ?|[ \t]*\.{3,}: ?"),
)
_FIRST_PROMPT = re.compile(r"[ \t]*>>>(?:[ \r\n]|$)|In \[\d+\]:")
_INDENT = re.compile(r"[ \t]*")


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


def transform(source: str, python_magics: Container[str] = PYTHON_CELL_MAGICS) -> Transformed:
    """Return a code cell's text as Python. ``python_magics`` are the cell magics whose body is Python.

    A cell magic below comments counts: IPython refuses to run such a cell, yet what is below is not Python.
    """
    at = 0
    name = None
    while magic := _FIRST_CELL_MAGIC.match(source, at):
        # A second cell magic below the first is the body of the first.
        name = magic[1]
        if name not in python_magics:
            return Transformed(source=None, cell_magic=name)
        at = _LINE_END.search(source, magic.end()).end()  # type: ignore[union-attr]  # it matches the end at least
    # The lines to the magic's own become empty.
    empty = len(LINE.findall(source, 0, at))
    return Transformed(source="\n" * empty + _as_python(source[at:]), cell_magic=name)


def lonely_call(source: str) -> tuple[str, str] | None:
    """Return the name of a magic without its % and the call of it, for a cell that is such a line and nothing else.

    IPython runs such a line as the magic unless the notebook has a variable of that name, though it may be Python:
    ``ls``, ``ls -l``.
    """
    line = source.strip()
    found = None if "\n" in line or "\r" in line else automagic_call(line)
    if found is None:
        return None
    empty = len(LINE.findall(source[: len(source) - len(source.lstrip())] + "x")) - 1
    return found[0], "\n" * empty + found[1]


def _as_python(source: str) -> str:
    if not _IPYTHON.search(source):
        lonely = lonely_call(source)
        return lonely[1] if lonely and not parses(source) else source
    if parses(source):
        return source
    lines = _without_indent(_without_prompts(LINE.findall(source)))
    python = "".join(python_lines(lines, guess=False))
    if parses(python):
        return python
    # Not what IPython would run. More lines become readable where commands stand in odd places.
    return "".join(python_lines(lines, guess=True))


def _without_prompts(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if not line.isspace()), 0)
    if not any(_FIRST_PROMPT.match(line) for line in lines[first : first + 2]):
        return lines
    for prompt in _PROMPTS:
        lines = [line[found.end() :] if (found := prompt.match(line)) else line for line in lines]
    return lines


def _without_indent(lines: list[str]) -> list[str]:
    first = next((line for line in lines if not line.isspace()), "")
    indent = _INDENT.match(first)
    return [line.removeprefix(indent[0]) for line in lines] if indent and indent[0] else lines
