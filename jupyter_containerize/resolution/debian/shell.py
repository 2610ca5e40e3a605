"""The commands of a shell script, found without running it.

Not a shell: loops, conditions and functions are flattened, so that every command which could run is listed once.
Source: POSIX, "Shell Command Language", 2.10 "Shell Grammar".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEYWORDS = {"!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "time"}
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)
_SEPARATORS = {";", ";;", "&", "&&", "||", "|", "(", ")", "\n", "{", "}"}


class ShellUnreadable(Exception):
    """Something that is not followed: a here-document, or a quote that nothing closes."""

    def __init__(self, number: int, line: str) -> None:
        super().__init__(line)
        self.number = number
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A simple command. ``words`` are without quotes and redirections, ``writes`` the targets of its output.

    ``assigned`` are the variables set by it, ``defines`` says that it begins a function of that name. ``number`` is
    the line (1-based), ``text`` the words and redirections as one line.
    """

    words: tuple[str, ...]
    writes: tuple[str, ...] = ()
    assigned: tuple[tuple[str, str], ...] = ()
    defines: bool = False
    number: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    number: int
    operator: bool = False
    quoted: bool = False


def commands_of(text: str, number: int = 1) -> list[Command]:
    """Return every simple command of a script, in the order of the text; also those in command substitutions.

    Raises:
        ShellUnreadable: names the line that cannot be followed.
    """
    lexer = _Lexer(text, number)
    tokens = lexer.tokens()
    commands = [command for group in _Groups(tokens).all() if (command := _command(group)) is not None]
    for part, line in lexer.inner:
        commands += commands_of(part, line)
    return sorted(commands, key=lambda command: command.number)


class _Groups:
    """Tokens cut at separators; patterns of ``case`` and heads of loops are left out."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._groups: list[list[_Token]] = [[]]
        # For each open `case`, whether a pattern or its commands come next.
        self._cases: list[str] = []

    def all(self) -> list[list[_Token]]:
        """Return the groups that are not empty."""
        while self._position < len(self._tokens):
            token = self._tokens[self._position]
            if token.operator:
                self._operator(token)
            else:
                self._word(token)
            self._position += 1
        return [group for group in self._groups if group]

    def _operator(self, token: _Token) -> None:
        if self._cases and self._cases[-1] == "pattern":
            if token.text == ")":
                self._cases[-1] = "body"
            return
        if token.text == ";;" and self._cases:
            self._cases[-1] = "pattern"
        elif token.text == "(" and self._groups[-1] and self._next() == ")":
            self._groups[-1].append(token)
            self._position += 1
        if token.text in _SEPARATORS:
            self._groups.append([])
        else:
            self._groups[-1].append(token)

    def _word(self, token: _Token) -> None:
        first = not token.quoted and all(each.text in _KEYWORDS for each in self._groups[-1])
        if token.text == "esac" and self._cases and not token.quoted:
            self._cases.pop()
            self._groups.append([])
        elif self._cases and self._cases[-1] == "pattern":
            return
        elif token.text == "case" and first:
            self._skip_to({"in"})
            self._cases.append("pattern")
        elif token.text == "for" and first:
            self._skip_to({";", "\n", "do"})
            self._groups.append([])
        else:
            self._groups[-1].append(token)

    def _skip_to(self, texts: set[str]) -> None:
        begin = self._tokens[self._position]
        while self._tokens[self._position].text not in texts:
            self._position += 1
            if self._position >= len(self._tokens):
                raise ShellUnreadable(begin.number, begin.text)

    def _next(self) -> str:
        following = self._tokens[self._position + 1 : self._position + 2]
        return following[0].text if following else ""


def _command(group: list[_Token]) -> Command | None:
    words: list[str] = []
    writes: list[str] = []
    assigned: list[tuple[str, str]] = []
    shown: list[str] = []
    defines = False
    tokens = iter(group)
    for token in tokens:
        if token.operator and token.text == "(":
            defines = True
        elif token.operator:
            target = next(tokens, None)
            if token.text.startswith("<<") or target is None:
                raise ShellUnreadable(token.number, " ".join(each.text for each in group))
            shown += (token.text, target.text)
            if token.text.startswith(">"):
                writes.append(target.text)
        elif not words and not token.quoted and token.text in _KEYWORDS:
            continue
        elif not words and (match := _ASSIGNMENT.fullmatch(token.text)):
            assigned.append((match[1], match[2]))
        else:
            words.append(token.text)
            shown.append(token.text)
    if not (words or writes or assigned):
        return None
    return Command(
        words=tuple(words),
        writes=tuple(writes),
        assigned=tuple(assigned),
        defines=defines,
        number=group[0].number,
        text=" ".join(shown),
    )


class _Lexer:
    """The tokens of a text; ``inner`` are the texts of its command substitutions, with their lines."""

    _TABLE = tuple(
        (re.compile(pattern, re.DOTALL), name)
        for pattern, name in (
            (r"\\\n", "skip"),
            (r"\\(?P<text>.)", "add"),
            (r"'(?P<text>[^']*)'", "add_quoted"),
            (r'"', "double"),
            (r"`|\$\(", "substitution"),
            (r"(?P<text>\$\{[^}]*\})", "add"),
            (r"[ \t\r]+", "end"),
            (r"&&|\|\||;;|>>|<<-?|>&|<&|>\||[;&|()<>\n]", "operator"),
            (r"(?P<text>[^\s\\'\"`$;&|()<>]+|\$)", "add"),
        )
    )
    # Where a word could begin: a comment, or the number of a stream, which says nothing here.
    _BETWEEN = re.compile(r"#[^\n]*|\d+(?=[<>])")

    def __init__(self, text: str, number: int) -> None:
        self.inner: list[tuple[str, int]] = []
        self._text = text
        self._number = number
        self._position = 0
        self._word, self._quoted, self._begun = "", False, False
        self._found: list[_Token] = []

    def tokens(self) -> list[_Token]:
        """Return all tokens."""
        while self._position < len(self._text):
            if not self._begun and (skipped := self._BETWEEN.match(self._text, self._position)):
                self._position = skipped.end()
                continue
            match, name = next(
                ((match, name) for form, name in self._TABLE if (match := form.match(self._text, self._position))),
                (None, ""),
            )
            if match is None:
                # A quote or a brace that nothing closes.
                raise self._fail()
            self._position = match.end()
            self._take(name, match)
        self._end()
        return self._found

    def _take(self, name: str, match: re.Match[str]) -> None:
        if name in {"add", "add_quoted"}:
            self._word, self._begun = self._word + match["text"], True
            self._quoted = self._quoted or name == "add_quoted"
        elif name == "double":
            self._double()
        elif name == "substitution":
            self._substitution(match[0])
        elif name in {"end", "operator"}:
            self._end()
            if name == "operator":
                self._found.append(_Token(match[0], self._line(match.start()), operator=True))

    def _double(self) -> None:
        self._quoted, self._begun = True, True
        while self._position < len(self._text):
            rest = self._text[self._position : self._position + 2]
            if rest[0] == "`" or rest == "$(":
                self._position += len("`" if rest[0] == "`" else rest)
                self._substitution("`" if rest[0] == "`" else rest)
                continue
            self._position += len(rest) if rest[0] == "\\" else 1
            if rest[0] == '"':
                return
            self._word += rest[1:] if rest[0] == "\\" else rest[0]
        raise self._fail()

    def _substitution(self, opening: str) -> None:
        begin, depth = self._position, 1
        while depth:
            if self._position >= len(self._text):
                raise self._fail()
            char = self._text[self._position]
            if opening == "`":
                depth -= char == "`"
            else:
                depth += {"(": 1, ")": -1}.get(char, 0)
            self._position += 1
        self.inner.append((self._text[begin : self._position - 1], self._line(begin)))
        self._word, self._begun = f"{self._word}$()", True

    def _end(self) -> None:
        if self._begun:
            self._found.append(_Token(self._word, self._line(self._position - 1), quoted=self._quoted))
        self._word, self._quoted, self._begun = "", False, False

    def _line(self, position: int) -> int:
        return self._number + self._text.count("\n", 0, max(position, 0))

    def _fail(self) -> ShellUnreadable:
        number = self._line(min(self._position, len(self._text)) - 1)
        lines = self._text.split("\n")
        return ShellUnreadable(number, lines[min(number - self._number, len(lines) - 1)].strip())
