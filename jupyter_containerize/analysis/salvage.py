"""Reads a piece of code that does not parse by leaving out the lines that cannot be read.

What comes out names the facts of the piece (imports, calls), line for line. It does not do what the
piece does, so it is never served. Python 2 is read as the Python 3 that names the same things.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from jupyter_containerize.analysis.line_states import LineState, line_states
from jupyter_containerize.analysis.old_python import inline_repaired, line_repaired

_ATTEMPTS = 40
_INDENT = re.compile(r"[ \t]*")
_FROM = re.compile(r"\s*from\s+([A-Za-z_][\w.]*)\s+import\b")
_IMPORT = re.compile(r"\s*import\s+([A-Za-z_][\w.]*)\s+as\s*(?:$|\W|_+\W)")
_IMPORT_LINE = re.compile(
    r"\s*(?:(?:try|else|finally|(?:el)?if\s[^:'\"]*|except[^:'\"]*|with\s[^:'\"]*|def\s[^:'\"]*)\s*:\s*)?"
    r"(?=(?:import|from)\s)"
)
_HEADER = re.compile(r"\s*(async\s+def|def|class|elif|else|except|finally|\w+)\b.*:\s*(?:#.*)?$", re.DOTALL)
_EMPTY_HEADERS = {
    "def": "def _():",
    "class": "class _:",
    "elif": "elif 1:",
    "else": "else:",
    "except": "except Exception:",
    "finally": "finally:",
}
_TRY = re.compile(r"(\s*)try(\s*:)")
_LONGEST_IMPORT = 100


def salvage(lines: Sequence[str], effort: int) -> tuple[list[ast.stmt], int]:
    """Return the statements that can be read, with their lines, and the number of characters parsed for it.

    Args:
        lines: The piece; it begins outside of any string.
        effort: About how many characters may be parsed.
    """
    piece = _Piece(lines)
    return piece.read(effort), piece.spent


class _Piece:
    """Lines that are repaired one by one until they parse."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        self.spent = 0
        self._states = line_states(self.lines)
        self._tried: set[int] = set()
        for number, state in enumerate(self._states):
            if state is not LineState.QUOTED:
                self.lines[number] = line_repaired(self.lines[number], begins=state is LineState.FRESH)
        self._states = line_states(self.lines)

    def read(self, effort: int) -> list[ast.stmt]:
        size = sum(map(len, self.lines)) + 1
        for _ in range(_ATTEMPTS):
            if self.spent + size > effort:
                break
            self.spent += size
            try:
                nodes = ast.parse("".join(self.lines)).body
            except SyntaxError as error:
                if not self._repair(error):
                    break
            except (ValueError, RecursionError, MemoryError):
                break
            else:
                return [node for node in nodes if not isinstance(node, ast.Pass)]
        return self._imports()

    def _repair(self, error: SyntaxError) -> bool:
        """Change the lines so that this error is gone; ``False`` if nothing is left to change."""
        number = min(max((error.lineno or 1) - 1, 0), len(self.lines) - 1)
        message = error.msg
        if isinstance(error, TabError):
            before = list(self.lines)
            self.lines = [line.expandtabs() for line in self.lines]
            return self.lines != before
        if message.startswith("expected an indented block"):
            return self._give_body(number)
        if message == "unexpected indent" or message.startswith("unindent does not match"):
            return self._indent_like_above(number)
        if message.startswith("expected 'except'") and self._without_try(number):
            return True
        return self._leave_out(number)

    def _give_body(self, number: int) -> bool:
        above = number if _is_header(self.lines[number]) and number == len(self.lines) - 1 else number - 1
        while above > 0 and not self.lines[above].split("#")[0].strip():
            above -= 1
        header = self.lines[max(above, 0)]
        if not _is_header(header) or above in self._tried:
            return self._leave_out(number)
        self._tried.add(above)
        colon = header.rindex(":", 0, header.rfind("#") if "#" in header.rpartition(":")[2] else len(header))
        self.lines[above] = header[: colon + 1] + " pass\n"
        return True

    def _indent_like_above(self, number: int) -> bool:
        above = next((line for line in reversed(self.lines[:number]) if line.strip()), "")
        line = self.lines[number]
        moved = _INDENT.match(above)[0] + line.lstrip(" \t")  # type: ignore[index]
        if moved == line or number in self._tried:
            return self._leave_out(number)
        self._tried.add(number)
        self.lines[number] = moved
        return True

    def _without_try(self, number: int) -> bool:
        for above in range(number, -1, -1):
            if self._states[above] is LineState.FRESH and _TRY.match(self.lines[above]):
                self.lines[above] = _TRY.sub(r"\1if 1\2", self.lines[above], count=1)
                return True
        return False

    def _leave_out(self, number: int) -> bool:
        line = self.lines[number]
        if number not in self._tried:
            self._tried.add(number)
            repaired = inline_repaired(line)
            if repaired != line:
                self.lines[number] = repaired
                return True
        if self._states[number] is not LineState.FRESH:
            if line.strip():
                # A line inside a bracket: the rest of the statement may well parse without it.
                self._blank(number, number + 1)
                return True
            while number and self._states[number] is not LineState.FRESH:
                number -= 1
            line = self.lines[number]
        kept = _left_of(line)
        if line == kept:
            return False
        end = number + 1
        while end < len(self.lines) and self._states[end] is LineState.QUOTED:
            end += 1
        self._blank(number, end)
        self.lines[number] = kept
        self._states = line_states(self.lines)
        return True

    def _blank(self, start: int, end: int) -> None:
        self.lines[start:end] = ["\n"] * (end - start)
        self._states = line_states(self.lines)

    def _imports(self) -> list[ast.stmt]:
        """Return the import statements of a piece that cannot be repaired."""
        found: list[ast.stmt] = []
        for number, state in enumerate(self._states):
            if state is LineState.QUOTED or not (begins := _IMPORT_LINE.match(self.lines[number])):
                continue
            end = number + 1
            while end < len(self.lines) and end - number < _LONGEST_IMPORT and _goes_on(self.lines[number:end]):
                end += 1
            text = "".join([self.lines[number][begins.end() :], *self.lines[number + 1 : end]])
            self.spent += len(text)
            for candidate in (text, _left_of(self.lines[number]).strip()):
                try:
                    nodes = ast.parse(candidate).body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue
                imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
                found += (ast.increment_lineno(node, number) for node in imports)
                break
        return found


def _goes_on(lines: Sequence[str]) -> bool:
    last = lines[-1].split("#")[0].rstrip()
    return last.endswith("\\") or ("(" in lines[0] and not any(")" in line for line in lines))


def _is_header(line: str) -> bool:
    return _HEADER.match(line) is not None


def _left_of(line: str) -> str:
    """Return what stands for a line that cannot be read: its module if it imports one, else nothing."""
    indent = _INDENT.match(line)[0]  # type: ignore[index]
    if module := _FROM.match(line) or _IMPORT.match(line):
        return f"{indent}import {module[1].rstrip('.')}\n"
    if header := _HEADER.match(line):
        return f"{indent}{_EMPTY_HEADERS.get(header[1].split()[-1], 'if 1:')}\n"
    return f"{indent}pass\n"
