"""Turns lines of IPython's syntax into Python, one logical line after another, in one pass.

A logical line ends where Python's would: not inside brackets, strings or before a backslash's line end.
Each line that is replaced keeps its number: what it loses in lines follows it as empty ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_containerize.notebooks.automagic import COMMANDS, MAGICS
from jupyter_containerize.notebooks.parsing import parses

# A line as Python counts them, with its end.
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_COMMAND = re.compile(r"([ \t]*)([%!?].*)", re.DOTALL)
_LONGEST_NAME = 300
_HELP = re.compile(r"(%{0,2}(?!\d)[\w*]+(?:\.[\w*]+|\[[^\]\n]*\])*)(\?\??)[ \t]*\Z")
# Where a command stands that Python does not: behind an assignment, or (a guess) behind a colon or semicolon.
_ASSIGNED = re.compile(r"[ \t]*(?:%[ \t]*[^\W\d]|!(?!=))")
_WORDS = re.compile(r"([ \t]*)([a-z_]\w*)(?:[ \t]+([^\s=(:,.][^\n]*|\.[^\n]*))?\Z")
# What no parser need be asked about: two names side by side, neither of them an operator.
_TWO_NAMES = re.compile(r"[ \t]*\w+[ \t]+(?!(?:in|is|and|or|if|not|for|else)\b)\w")
# %time runs its argument in the notebook's namespace, so the names that it binds are the notebook's.
_TIMED = re.compile(r"time[ \t]+(.+)", re.DOTALL)
_BROKEN_BY = re.compile(r"[ \t]*!(?!=)")
_TOKEN = re.compile(
    r"""
    (?P<string> \"\"\"(?:[^"\\]++|\\.|"(?!""))*+\"\"\" | '''(?:[^'\\]++|\\.|'(?!''))*+'''
              | "(?:[^"\\\r\n]++|\\(?:\r\n|.))*+"? | '(?:[^'\\\r\n]++|\\(?:\r\n|.))*+'? )
    | (?P<comment> \#[^\r\n]* )
    | (?P<open> [(\[{] ) | (?P<close> [)\]}] )
    | (?P<joined> \\(?:\r\n|\r|\n) )
    | (?P<end> \r\n|\r|\n )
    | (?P<operator> [=!<>:+\-*/%@&|^~]=|//=|\*\*=|<<=|>>=|-> )
    | (?P<assign> = ) | (?P<colon> [:;] )
    | (?P<other> [^"'\#()\[\]{}\\\r\n=!<>:+\-*/%@&|^~;]++ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class _Logical:
    """A logical line: where it ends, and where in it a command begins (-1 for nowhere)."""

    end: int
    command: int = -1
    closed: bool = True


def python_lines(lines: Sequence[str], *, guess: bool) -> Iterator[str]:
    """Give the lines as Python, every one with its end.

    ``guess`` says that the cell is Python in no other way, so that commands count in places where IPython sees none:
    behind a colon, without their %, and below a bracket that nobody closes.
    """
    text = "".join(lines)
    if not text.endswith(("\n", "\r")):
        text += "\n"
    at = 0
    brackets = True
    while at < len(text):
        first = LINE.match(text, at)
        if first is None:
            return
        command = _COMMAND.match(first[0])
        if command is not None:
            end = _continued(text, at)
            yield _replaced(command[1], _call(_joined(text[at + len(command[1]) : end])), text[at:end])
            at = end
            continue
        logical = _logical(text, at, brackets=brackets, guess=guess)
        if not logical.closed and guess:
            # Nothing closes this bracket, and nothing may close the next ones: each line for itself from here.
            brackets = False
            logical = _logical(text, at, brackets=False, guess=guess)
        if logical.command >= 0:
            end = _continued(text, logical.command)
            before, asked = text[at : logical.command], _joined(text[logical.command : end])
            yield _replaced(before, _call(asked, before.rstrip()), text[at:end])
            at = end
            continue
        piece = text[at : logical.end]
        yield (logical.closed and _help(piece)) or (guess and _guessed(piece)) or piece
        at = logical.end


def automagic_call(line: str, names: frozenset[str] = MAGICS) -> tuple[str, str] | None:
    """Return the name and the call of a magic that is written without its %, or ``None``."""
    words = _WORDS.match(line)
    if words is None or words[2] not in names:
        return None
    asked = f"%{words[2]} {words[3] or ''}"
    return words[2], f"{words[1]}{_call(asked)}"


def _logical(text: str, at: int, *, brackets: bool, guess: bool) -> _Logical:
    depth = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        at = token.end()
        match token.lastgroup:
            case "open":
                depth += brackets
            case "close":
                depth = max(depth - 1, 0)
            case "end" if depth == 0 or (guess and _BROKEN_BY.match(text, at)):
                return _Logical(at)
            case "assign" if depth == 0 and (asked := _ASSIGNED.match(text, at)):
                return _Logical(at, command=_start_of(asked))
            case "colon" if guess and depth == 0 and (asked := _ASSIGNED.match(text, at)):
                return _Logical(at, command=_start_of(asked))
    return _Logical(at, closed=depth == 0)


def _start_of(asked: re.Match[str]) -> int:
    return asked.start() + len(asked[0]) - len(asked[0].lstrip())


def _continued(text: str, at: int) -> int:
    """Return where the command that begins here ends: a backslash before a line's end continues it."""
    while line := LINE.match(text, at):
        at = line.end()
        if not line[0].rstrip("\r\n").endswith("\\"):
            break
    return at


def _joined(command: str) -> str:
    lines = [line.rstrip("\r\n") for line in LINE.findall(command)]
    return " ".join([*(line.removesuffix("\\") for line in lines[:-1]), lines[-1]])


def _replaced(before: str, call: str, old: str) -> str:
    lost = len(LINE.findall(old)) - len(LINE.findall(f"{before}{call}\n"))
    return f"{before}{call}\n" + "\n" * lost


def _call(command: str, before: str = "") -> str:
    """Return the Python for a command with its escape: ``%cd x``, ``!ls``, ``!!ls``, ``?x``.

    ``before`` is what stands before it on its line: ``files =``.
    """
    mark, rest = command[0], command[1:].rstrip()
    if mark == "!":
        captured = before.endswith("=") or rest.startswith("!")
        rest = rest if before.endswith("=") else rest.removeprefix("!")
        return f"get_ipython().{'getoutput' if captured else 'system'}({rest!r})"
    if mark == "?":
        asked = rest.lstrip("?").strip()
        return _pinfo(asked, "??" if rest.startswith("?") else "?") if asked else "get_ipython().show_usage()"
    help_ = _HELP.fullmatch(command.strip())
    if help_:
        return _pinfo(help_[1], help_[2])
    timed = _TIMED.match(rest.lstrip())
    if timed is not None and parses(before.lstrip() + timed[1]):
        return timed[1]
    name, _, arguments = rest.strip().partition(" ")
    return f"get_ipython().run_line_magic({name!r}, {arguments.strip()!r})"


def _pinfo(asked: str, marks: str) -> str:
    name = "psearch" if "*" in asked else "pinfo2" if marks == "??" else "pinfo"
    return f"get_ipython().run_line_magic({name!r}, {asked!r})"


def _help(piece: str) -> str:
    """Return the call for a line that ends in a question mark, or nothing."""
    line = piece.rstrip()
    if not line.endswith("?") or "#" in line:
        return ""
    asked = _HELP.search(line[-_LONGEST_NAME:])
    if asked is None:
        return ""
    return _replaced(line[: len(line) - len(line.lstrip())], _pinfo(asked[1], asked[2]), piece)


def _guessed(piece: str) -> str:
    line = piece.rstrip("\r\n")
    found = automagic_call(line, COMMANDS)
    if found is None or (not _TWO_NAMES.match(line) and parses(line.strip())):
        return ""
    return _replaced("", found[1], piece)
