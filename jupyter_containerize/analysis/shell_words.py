"""Splits shell text into commands and their words, as far as that can be known without running it.

Follows the POSIX shell's quoting (Shell Command Language, 2.2 and 2.3) and IPython's ``{expression}`` and
``$name`` in ``!`` lines. What only a run could tell (a variable, a substitution) becomes ``UNKNOWN`` in its word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

UNKNOWN = "\0"
"""Stands in a word for what cannot be known."""

_PLAIN = re.compile(r"[^\s\\'\"`$;&|<>(){}#]+")
_QUOTED = re.compile(r"[^\"\\$`{]+")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+(?:\.\w+)*)|\{[^}\n]*\}|[@*#?!$-])")
_BRACES = re.compile(r"\{([^{}\n]*)\}")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_REDIRECTION = re.compile(r"[<>]+[&|]?|&>+")
_COMMENT = re.compile(r"#[^\n]*")

_Values = Callable[[str], "str | None"]


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command. ``line`` counts from 0 in the text."""

    words: tuple[str, ...]
    line: int


def shell_commands(text: str, values: _Values, *, python: bool) -> Iterator[ShellCommand]:
    """Yield the simple commands of a shell text in order.

    Args:
        text: A command line or a script.
        values: Gives the text that a variable or expression stands for, ``None`` if it is not known.
        python: Whether ``{expression}`` is IPython's; in a script it is the shell's own.
    """
    return _Splitter(text, values, python=python).commands()


@dataclass(slots=True)
class _Splitter:
    text: str
    values: _Values
    python: bool = field(kw_only=True)
    at: int = 0
    line: int = 0
    words: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    in_word: bool = False
    drop_next: bool = False
    first_line: int = 0
    heredocs: list[str] = field(default_factory=list)

    def commands(self) -> Iterator[ShellCommand]:
        text, size = self.text, len(self.text)
        while self.at < size:
            if plain := _PLAIN.match(text, self.at):
                self._add(plain[0])
                self.at = plain.end()
                continue
            mark = text[self.at]
            if mark in "\n;&|()" and not text.startswith("&>", self.at):
                if (command := self._end_command()) is not None:
                    yield command
                self.at += 1
                if mark == "\n":
                    self.line += 1
                    self._skip_heredocs()
            elif mark.isspace():
                self._end_word()
                self.at += 1
            else:
                self._take(mark)
        if (command := self._end_command()) is not None:
            yield command

    def _take(self, mark: str) -> None:
        """Take what begins with a mark that means something to the shell."""
        if mark == "\\":
            self._escape()
        elif mark in "'\"":
            self._quote(mark)
        elif mark == "#" and not self.in_word:
            self.at = self._end_of(_COMMENT)
        elif mark in "<>&":
            self._redirect()
        elif mark in "$`":
            self._add(self._expansion())
        elif mark == "{" and self.python and (braces := _BRACES.match(self.text, self.at)):
            self._add(self._value(braces[1].strip()))
            self.at = braces.end()
        else:
            self._add(mark)
            self.at += 1

    def _end_of(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else self.at + 1

    def _add(self, text: str) -> None:
        if not self.words and not self.in_word:
            self.first_line = self.line
        self.in_word = True
        self.parts.append(text)

    def _value(self, name: str) -> str:
        value = self.values(name)
        return UNKNOWN if value is None else value

    def _end_word(self) -> None:
        if self.in_word and not self.drop_next:
            self.words.append("".join(self.parts))
        self.drop_next = self.drop_next and not self.in_word
        self.parts.clear()
        self.in_word = False

    def _end_command(self) -> ShellCommand | None:
        self._end_word()
        self.drop_next = False
        words = tuple(self.words)
        self.words.clear()
        return ShellCommand(words, self.first_line) if words else None

    def _escape(self) -> None:
        escaped = self.text[self.at + 1 : self.at + 2]
        if escaped == "\n":
            self.line += 1
        elif escaped:
            self._add(escaped)
        self.at += 2

    def _quote(self, mark: str) -> None:
        end = self.text.find(mark, self.at + 1)
        if end < 0:
            # An apostrophe in a text that is no shell after all.
            self.at += 1
            return
        if mark == "'":
            self._add(self.text[self.at + 1 : end])
            self.line += self.text.count("\n", self.at, end)
            self.at = end + 1
            return
        self._add("")
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            if run := _QUOTED.match(self.text, self.at):
                self._add(run[0])
                self.line += run[0].count("\n")
                self.at = run.end()
            elif self.text[self.at] == "\\":
                self._escape()
            elif self.text[self.at] in "$`":
                self._add(self._expansion())
            else:
                self._take("{")
        self.at += 1

    def _expansion(self) -> str:
        """Pass over ``$name``, ``$(command)`` or a command in backticks, and return its value."""
        start = self.at
        if self.text[start] == "`" or self.text.startswith("$(", start):
            end = self.text.find("`" if self.text[start] == "`" else ")", start + 1)
            self.at = len(self.text) if end < 0 else end + 1
            self.line += self.text.count("\n", start, self.at)
            return UNKNOWN
        variable = _VARIABLE.match(self.text, start)
        if variable is None:
            self.at += 1
            return "$"
        self.at = variable.end()
        name = variable[1] or variable[2]
        return self._value(name) if name else UNKNOWN

    def _redirect(self) -> None:
        mark, after = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        written = "".join(self.parts)
        if mark != "&" and self.in_word and not written.isdigit() and (after == "=" or after.isdigit()):
            # `pip install numpy>=1.2`: a redirection to the shell, a version to whoever wrote it.
            self._add(mark)
            self.at += 1
            return
        if heredoc := _HEREDOC.match(self.text, self.at):
            self._end_word()
            self.heredocs.append(heredoc[2])
            self.at = heredoc.end()
            return
        if written.isdigit():
            self.parts.clear()
            self.in_word = False
        self._end_word()
        self.at = self._end_of(_REDIRECTION)
        self.drop_next = True

    def _skip_heredocs(self) -> None:
        while self.heredocs:
            ends = self.heredocs.pop(0)
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end + 1
                line = self.text[self.at : end].strip()
                self.at = end
                self.line += 1
                if line == ends:
                    break
