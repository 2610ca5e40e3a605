"""Splits R code into tokens, as far as finding calls needs it. Never fails: what is left open ends with the text.

Source: R Language Definition, section 10 "Parser"; raw strings: R's help page "Quotes".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is. Comments and white space are no tokens, but for the end of a line."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    SIGN = "sign"
    LINE_END = "line end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``text`` is a name without backticks, a string's characters, or the sign; ``line`` is 1-based."""

    kind: TokenKind
    text: str
    line: int

    def is_sign(self, text: str) -> bool:
        """Tell whether this is that operator or bracket."""
        return self.kind is TokenKind.SIGN and self.text == text


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v\u00a0\u3000]+)"
    r"|(?P<line>\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<raw>[rR][\"']-*[(\[{])"
    r"|(?P<quoted>\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\Z|\\\Z)|'[^'\\]*(?:\\.[^'\\]*)*(?:'|\Z|\\\Z))"
    r"|(?P<ticked>`[^`\\]*(?:\\.[^`\\]*)*(?:`|\Z|\\\Z))"
    r"|(?P<number>(?:0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[Li]?)"
    r"|(?P<name>(?:[^\W\d_]|\.)[\w.]*)"
    r"|(?P<sign>%[^%\n]*%|:::|::|:=|<<-|<-|->>|->|\|>|\*\*|\|\||&&|==|!=|<=|>=|\\|.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_KINDS = {"name": TokenKind.NAME, "number": TokenKind.NUMBER, "sign": TokenKind.SIGN}


def tokens_of(code: str) -> list[Token]:
    """Return the tokens of R code; the time is linear in its length."""
    tokens: list[Token] = []
    at, line = 0, 1
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None:
            at += 1
            continue
        end = match.end()
        kind = match.lastgroup
        if kind == "line":
            tokens.append(Token(TokenKind.LINE_END, "\n", line))
            line += 1
        elif kind == "raw":
            text, end = _raw_text(code, match)
            tokens.append(Token(TokenKind.TEXT, text, line))
            line += text.count("\n")
        elif kind in {"quoted", "ticked"}:
            ticked = kind == "ticked"
            tokens.append(Token(TokenKind.NAME if ticked else TokenKind.TEXT, _unquoted(match[0]), line))
            line += match[0].count("\n")
        elif kind in _KINDS:
            tokens.append(Token(_KINDS[kind], match[0], line))
        at = end
    return tokens


def _raw_text(code: str, match: re.Match[str]) -> tuple[str, int]:
    """Return the characters of a raw string such as ``r"--(...)--"``, and where it ends."""
    opening = match[0]
    close = _CLOSING[opening[-1]] + "-" * opening.count("-") + opening[1]
    end = code.find(close, match.end())
    if end < 0:
        return code[match.end() :], len(code)
    return code[match.end() : end], end + len(close)


def _unquoted(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
    return _ESCAPE.sub(r"\1", inner) if "\\" in inner else inner
