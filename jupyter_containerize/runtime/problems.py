"""What is wrong with a request's values: where, what was expected, what came."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

# A path into the body: names of objects' members and indexes of arrays.
Path = tuple[object, ...]

# A table with a wrong column has a problem in each row; nobody reads more than these.
MOST_PROBLEMS = 50
_SHOWN_CHARACTERS = 60


@dataclasses.dataclass(frozen=True)
class Problem:
    """One value that does not fit. ``field`` reads like ``rows[3].age``; empty means the body itself."""

    field: str
    expected: str
    got: str


class Missing:
    """Stands for a value that did not come at all, which is not null."""


MISSING = Missing()


class Problems:
    """Collects problems, so that the caller sees all of them at once and not the first.

    ``trials`` remembers what came of reading a part of the body as one of several shapes. Types that
    contain a choice of themselves would else read each level again for each choice above it.
    """

    def __init__(self, trials: dict[tuple[int, int], Any] | None = None) -> None:
        self.found: list[Problem] = []
        self.count = 0
        self.trials = {} if trials is None else trials

    def add(self, path: Path, expected: str, value: Any) -> None:
        """Note that ``value`` at ``path`` is not what was expected. Keeps the first 50 of any number."""
        self.count += 1
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(Problem(field_name(path), expected, seen(value)))

    def extend(self, other: Problems) -> None:
        """Take over what another one has found."""
        self.count += other.count
        self.found = (self.found + other.found)[:MOST_PROBLEMS]


def field_name(path: Path) -> str:
    """Return a path as one would write it: ``rows[3].age``."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return parts.removeprefix(".")


def seen(value: Any) -> str:
    """Return a JSON value in few words: its kind, and as much of it as helps to find it."""
    for kinds, words in _WORDS:
        if isinstance(value, kinds):
            return words(value)
    return type(value).__name__


def _number(value: float) -> str:
    try:
        return _short(repr(value))
    except ValueError:
        # More digits than Python prints.
        return "of thousands of digits"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _names(value: dict[str, Any]) -> str:
    return f"object with {_short(', '.join(map(str, value)))}" if value else "empty object"


# The first that fits: true is an int to Python.
_WORDS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (Missing, lambda _: "nothing"),
    ((bool, type(None)), json.dumps),
    (str, lambda value: f"string {_short(json.dumps(value, ensure_ascii=False))}"),
    ((int, float), lambda value: f"number {_number(value)}"),
    (list, lambda value: f"array of {len(value)}"),
    (dict, _names),
)
