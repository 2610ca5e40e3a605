"""Finds the files that cells of the notebook write: ``%%writefile`` and ``%%file``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.shell_words import UNKNOWN, shell_commands
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.domain.notebook import Cell

_WRITERS = frozenset({"writefile", "file"})
_MAGIC_LINE = re.compile(r"[ \t]*%%")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """``path`` as written; ``first_line`` is the line of the cell on which ``text`` begins."""

    path: str
    text: str
    cell: int
    first_line: int


def written_files(code: Code, values: Callable[[str], str | None]) -> Iterator[WrittenFile]:
    """Yield the files that cells write, in document order; one with an unknown path is passed over."""
    for cell in code.cells:
        if cell.magic in _WRITERS and cell.python is None:
            first, body = body_of(cell)
            line = cell.source.splitlines()[first - 2]
            command = next(shell_commands(line.strip(), values, python=True), None)
            words = [] if command is None else [word for word in command.words[1:] if not word.startswith("-")]
            if len(words) == 1 and UNKNOWN not in words[0]:
                yield WrittenFile(path=words[0], text=body, cell=cell.index, first_line=first)


def body_of(cell: Cell) -> tuple[int, str]:
    """Return the text below a cell's magics, and its first line (1-based)."""
    lines = cell.source.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#") and not _MAGIC_LINE.match(line):
            return number + 1, "".join(lines[number:])
        if _MAGIC_LINE.match(line) and (number + 1 == len(lines) or not _MAGIC_LINE.match(lines[number + 1])):
            return number + 2, "".join(lines[number + 1 :])
    return 1, ""
