"""Finds calls, their arguments and what guards them in the tokens of R code."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_containerize.analysis.r_code.tokens import Token, TokenKind

# Bounds the work on one call, and that on calls inside of calls by a multiple of the code's length.
_MOST_TOKENS = 2_000
_LEAST_WORK = 20_000
_WORK_PER_TOKEN = 4

_OPENING = frozenset({"(", "[", "{"})
_CLOSING = {")": "(", "]": "[", "}": "{"}
# What is inside of these may not run, and the code is written to work without it.
_GUARDS = frozenset({"if", "for", "while", "try", "tryCatch", "withCallingHandlers"})
_CONDITIONS = frozenset({"if", "for", "while"})
_BRANCHES = frozenset({"if)", "else"})


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name, or an empty one, and the tokens of its value."""

    name: str
    value: tuple[Token, ...]

    @property
    def only(self) -> Token | None:
        """The value's token if it is a single one."""
        return self.value[0] if len(self.value) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a function by its name. ``package`` is what stands before ``::``, or empty."""

    function: str
    package: str
    arguments: tuple[Argument, ...]
    line: int
    guarded: bool

    def argument(self, name: str, position: int = 0) -> Argument | None:
        """Return an argument by its name, or else by its position among those without one."""
        unnamed = [argument for argument in self.arguments if not argument.name]
        by_name = next((argument for argument in self.arguments if argument.name == name), None)
        return by_name or (unnamed[position] if position < len(unnamed) else None)


def guards_of(tokens: Sequence[Token]) -> list[bool]:
    """Return for each token whether it is in a condition, in the branch of one, in a loop or in a ``try``."""
    guards = _Guards()
    found: list[bool] = []
    for token in tokens:
        guards.pass_by(token)
        found.append(guards.guarded or guards.branch)
    return found


@dataclass(slots=True)
class _Guards:
    """Where a token stands. ``branch``: in a branch without braces, which ends with its line.

    ``word`` is the name before the token, or ``if)`` behind a condition. ``outer`` are, for each open bracket, the
    bracket and the three others as they were before it.
    """

    guarded: bool = False
    branch: bool = False
    word: str = ""
    outer: list[tuple[str, bool, bool, str]] = field(default_factory=list)

    def pass_by(self, token: Token) -> None:
        if token.kind is TokenKind.LINE_END:
            if self.word not in _BRANCHES:
                self.branch, self.word = False, ""
        elif token.kind is not TokenKind.SIGN:
            self.word = token.text if token.kind is TokenKind.NAME else ""
            self.branch = self.branch or self.word == "else"
        elif token.text in _OPENING:
            self._open(token.text)
        elif token.text in _CLOSING:
            self._close(token.text)
        else:
            self.word = ""
            self.branch = self.branch and token.text != ";"

    def _open(self, bracket: str) -> None:
        self.outer.append((bracket, self.guarded, self.branch, self.word))
        self.guarded = self.guarded or self.branch or (bracket == "(" and self.word in _GUARDS)
        self.branch, self.word = False, ""

    def _close(self, bracket: str) -> None:
        self.word = ""
        while self.outer:
            opened, self.guarded, branch, word = self.outer.pop()
            # A block in braces is the whole branch.
            self.branch = branch and bracket != "}"
            if bracket == ")" and opened == "(" and word in _CONDITIONS:
                self.word, self.branch = "if)", True
            if opened == _CLOSING[bracket]:
                break


def calls_in(tokens: Sequence[Token], functions: Container[str]) -> Iterator[Call]:
    """Yield the calls of these functions, in order, those inside of others after them."""
    guards = guards_of(tokens)
    left = _LEAST_WORK + _WORK_PER_TOKEN * len(tokens)
    for at, token in enumerate(tokens[:-1]):
        if token.text not in functions or token.kind is TokenKind.SIGN or not tokens[at + 1].is_sign("("):
            continue
        package = ""
        if at >= 2 and tokens[at - 1].text in {"::", ":::"} and tokens[at - 1].kind is TokenKind.SIGN:  # noqa: PLR2004
            package = tokens[at - 2].text
        arguments = _arguments(tokens, at + 2, min(left, _MOST_TOKENS))
        left -= sum(len(argument.value) for argument in arguments)
        yield Call(function=token.text, package=package, arguments=arguments, line=token.line, guarded=guards[at])


def arguments_of(argument: Argument, function: str) -> tuple[Argument, ...] | None:
    """Return the arguments of a value that is one call, such as ``c("a", "b")``; ``None`` for another value."""
    value = argument.value
    if len(value) < 3 or value[0].text != function or not value[1].is_sign("("):  # noqa: PLR2004
        return None
    return _arguments(value, 2, _MOST_TOKENS)


def _arguments(tokens: Sequence[Token], start: int, most: int) -> tuple[Argument, ...]:
    arguments: list[Argument] = []
    value: list[Token] = []
    depth = 0
    for token in tokens[start : start + most]:
        if token.kind is TokenKind.LINE_END:
            continue
        if token.kind is TokenKind.SIGN:
            if token.text in _OPENING:
                depth += 1
            elif token.text in _CLOSING:
                depth -= 1
                if depth < 0:
                    break
            elif token.text == "," and depth == 0:
                arguments.append(_argument(value))
                value = []
                continue
        value.append(token)
    if value or arguments:
        arguments.append(_argument(value))
    return tuple(arguments)


def _argument(value: list[Token]) -> Argument:
    if len(value) > 1 and value[1].is_sign("=") and value[0].kind in {TokenKind.NAME, TokenKind.TEXT}:
        return Argument(value[0].text, tuple(value[2:]))
    return Argument("", tuple(value))
