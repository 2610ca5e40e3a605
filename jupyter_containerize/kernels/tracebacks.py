"""Reads what IPython prints when a cell raises."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# How IPython 8.7 and newer, 8.0, and 7 head the frame of a cell.
_HEADS = (
    re.compile(r"^\s*(?:File )?Cell In\[\d+\],? line (\d+)", re.MULTILINE),
    re.compile(r"^Input In \[\d+\], in <cell line: (\d+)>", re.MULTILINE),
)
_OLD_HEAD = re.compile(r"<ipython-input-[^>]*>")
_ARROW = re.compile(r"^-+> (\d+) ", re.MULTILINE)


def plain_text(text: str) -> str:
    """Return the text without terminal colours."""
    return _ANSI.sub("", text)


def skipped_lines(source: str) -> int:
    """Return how many lines IPython drops at the top of a cell: the blank ones. Its line numbers start below them."""
    lines = source.split("\n")
    return next((count for count, line in enumerate(lines) if line.strip()), 0)


def failing_line(traceback: str, source: str) -> int | None:
    """Return the line of the cell that raised, 1-based; ``None`` where the traceback does not say.

    The first frame counts: it is the cell's own, where a function of another cell raised. Under a
    magic that compiles the cell anew there is none.
    """
    for head in _HEADS:
        found = head.search(traceback)
        if found:
            return _within(int(found[1]), source)
    old = _OLD_HEAD.search(traceback)
    arrow = _ARROW.search(traceback, old.start()) if old else None
    return _within(int(arrow[1]), source) if arrow else None


def _within(line: int, source: str) -> int | None:
    line += skipped_lines(source)
    return line if 1 <= line <= source.count("\n") + 1 else None
