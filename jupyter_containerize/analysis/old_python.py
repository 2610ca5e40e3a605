"""Repairs of single lines: Python 2, IPython's prompts and magics, and marks of a diff.

Each keeps the columns of what follows it, and the facts that the line states, not what it does.
"""

from __future__ import annotations

import re

# What a text processor makes of spaces and quotes.
_TYPESET = str.maketrans({
    "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    "\u200b": "", "\ufeff": "", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
})  # fmt: skip
_PROMPT = re.compile(r"^(\s*)(?:In \[\d*\]:|>>>)[ ]?")
_ADDED = re.compile(r"\+(?=\s*(?:import|from)\s)")
_MAGIC = re.compile(r"(\s*)([!%])(?!=)\s*([A-Za-z{][^\n]*)")
# A statement where Python 3 has a function, at the beginning of a line or after `if x:` and `;`.
_PRINT = re.compile(r"(^\s*|;\s*|:\s+)(print|exec)(?=\s+[^\s=(>.,)]|\s*$|\s+\(.*\)\s*,\s*$)")
_PRINT_TO = re.compile(r"(^\s*|;\s*|:\s+)print\s*>>(?=\s*\w)")
_RAISE = re.compile(r"(^\s*|;\s*|:\s+)raise(?=\s+[\w.]+\s*,)")
_EXCEPT = re.compile(r"(\s*except\s+(?:[\w.]+|\([\w.,\s]*\)))\s*,\s*(\w+)\s*:")
# What Python 2 alone takes, for telling it apart from a slip of the hand.
_OLD = re.compile(
    r"^\s*(?:print\s+(?:[\"'\w(]|>>)(?!\s*=)|exec\s+[\"'\w]|raise\s+[\w.]+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)",
    re.MULTILINE,
)
_OLD_REASONS = ("Missing parentheses in call to", "multiple exception types must be", "leading zeros in decimal")

_INLINE = (
    (re.compile(r"`([^`'\n]*)`"), r"'\1'"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b(\d+)[lL]\b"), r"\1"),
    (re.compile(r"(?<![\w.])0+(\d+)\b(?!\.)"), r"\1"),
    (re.compile(r"\b[uU][rR](?=['\"])"), "r"),
)


def is_python2(text: str, reason: str) -> bool:
    """Tell whether a piece that does not parse is Python 2. ``reason`` is the parser's message."""
    return reason.startswith(_OLD_REASONS) or (reason.startswith("invalid syntax") and _OLD.search(text) is not None)


def line_repaired(line: str, *, begins: bool) -> str:
    """Return a line as Python 3 would have it; ``begins`` says that a statement begins with it."""
    line = line.translate(_TYPESET)
    if not begins:
        return line
    line = _ADDED.sub("", _PROMPT.sub(r"\1", line, count=1), count=1)
    if magic := _MAGIC.match(line):
        return _call(magic) + "\n"
    if "print" in line or "exec" in line:
        line = _PRINT_TO.sub(r"\g<1>0,", line)
        # `0, "a", b` names what `print "a", b` names, and both may end in a comma.
        line = _PRINT.sub(lambda found: found[1] + "0,".ljust(len(found[2])), line)
    if "raise" in line:
        line = _RAISE.sub(r"\g<1>0,   ", line)
    if "except" in line:
        line = _EXCEPT.sub(r"\1 as \2:", line)
    return line


def inline_repaired(line: str) -> str:
    """Return a line without the literals and operators that only Python 2 has."""
    for old, new in _INLINE:
        line = old.sub(new, line)
    return line


def _call(magic: re.Match[str]) -> str:
    """Return the call that IPython makes of a line magic or a shell command."""
    indent, sign, text = magic.groups()
    if sign == "!":
        return f"{indent}get_ipython().system({text!r})"
    name, _, argument = text.partition(" ")
    return f"{indent}get_ipython().run_line_magic({name!r}, {argument.strip()!r})"
