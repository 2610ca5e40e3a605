"""Finds comment blocks that hold metadata in a text: PEP 723.

Source: PyPA specifications, "Inline script metadata".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = re.compile(r"# /// (?P<kind>[a-zA-Z0-9-]+)")
_END = "# ///"
SCRIPT = "script"
"""The kind of block that says what a script needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``first`` and ``last`` are the lines of its header and its end, from 0; ``content`` is without comment signs."""

    kind: str
    first: int
    last: int
    content: str


def blocks_in(text: str) -> Iterator[Block]:
    """Give the blocks of a text in order.

    The last ``# ///`` of an unbroken run of comments ends the block, as the greedy pattern of the
    specification has it; a block without an end is none.
    """
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        header = _HEADER.fullmatch(lines[position])
        if header is None:
            position += 1
            continue
        start = end = position + 1
        closing = None
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            # One line of content at least: the pattern asks for it.
            closing = end if lines[end] == _END and end > start else closing
            end += 1
        if closing is None:
            # None of the run's lines can end any other block either.
            position = end
            continue
        content = (line[2:] if line.startswith("# ") else line[1:] for line in lines[start:closing])
        yield Block(kind=header["kind"], first=position, last=closing, content="\n".join(content))
        position = closing + 1
