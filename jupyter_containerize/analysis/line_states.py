"""Tells for each line of a text that need not parse whether it begins inside a string or a bracket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum


class LineState(IntEnum):
    """Where a line begins."""

    FRESH = 0
    """At a place where a statement may begin."""
    CONTINUED = 1
    """Inside a bracket, or after a backslash."""
    QUOTED = 2
    """Inside a string of several lines."""


_TOKEN = re.compile(r"'''|\"\"\"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|#[^\n]*|[()\[\]{}]|\\\n|\n", re.DOTALL)
_ENDS = {
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*'''", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL),
}


def line_states(lines: Sequence[str]) -> list[LineState]:
    """Return the state of each line. A bracket that is never closed leaves all that follow continued."""
    text = "".join(lines)
    states = [LineState.FRESH]
    depth = at = 0
    while token := _TOKEN.search(text, at):
        found, at = token[0], token.end()
        if found in _ENDS:
            end = _ENDS[found].match(text, at)
            stop = len(text) if end is None else end.end()
            states += [LineState.QUOTED] * text.count("\n", at, stop)
            at = stop
        elif found == "\n":
            states.append(LineState.CONTINUED if depth else LineState.FRESH)
        elif found == "\\\n":
            states.append(LineState.CONTINUED)
        elif found in "([{":
            depth += 1
        elif found in ")]}":
            depth = max(0, depth - 1)
        elif found[0] in "'\"":
            states += [LineState.QUOTED] * found.count("\n")
    return [*states, *[LineState.FRESH] * len(lines)][: len(lines)]
