"""Where in a TOML file each key stands, which Python's reader does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(
    r"""\s*((?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""([^"\n]*)"|'([^'\n]*)'|([A-Za-z0-9_-]+)""")

_MAY_END = re.compile(r"""[\]}]|\"{3}|'{3}""")
# What is below a value that is longer has no line: looking for its end again and again takes too long.
_LONGEST_VALUE = 50_000

Place = tuple[str | int, ...]
"""The way to a value: names of tables, and the position in an array of tables from 0."""


def lines_of(text: str) -> Mapping[Place, int]:
    """Return the 1-based line of each table and key of a valid TOML text, as far as that is plain to see.

    Keys of inline tables have the line of the table's own key only.
    """
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    here: Place = ()
    unread = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if unread:
            # A value over several lines: what looks like a key in it is none.
            unread = f"{unread}\n{line}"
            if len(unread) > _LONGEST_VALUE:
                break
            if _MAY_END.search(line):
                unread = _rest(unread)
            continue
        header = _HEADER.fullmatch(line)
        if header is not None:
            names = _absolute(_names(header[2]), counts)
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                found.setdefault(names, number)
                names = (*names, counts[names])
            here = names
            found.setdefault(here, number)
            continue
        key = _KEY.match(line)
        if key is not None:
            found.setdefault((*here, *_names(key[1])), number)
            unread = _rest(line)
    return found


def _names(text: str) -> Place:
    return tuple(next(filter(None, part.groups()), "") for part in _PART.finditer(text))


def _absolute(names: Place, counts: Mapping[Place, int]) -> Place:
    """Return the way with the position in each array of tables on it: a table below one belongs to the last."""
    way: Place = ()
    for position, name in enumerate(names):
        way = (*way, name)
        if position < len(names) - 1 and way in counts:
            way = (*way, counts[way])
    return way


def _rest(text: str) -> str:
    """Return the text if its value goes on in the next line, else an empty one."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return text
    return ""
