"""Patterns of files as ``.gitignore`` has them. Source: git, "gitignore", PATTERN FORMAT."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Pattern:
    """One line. A later one that matches counts; ``!`` takes back what earlier ones say.

    Raises:
        ValueError: a range in brackets is none; carries what is wrong.
    """

    text: str

    def __post_init__(self) -> None:
        self._regex  # noqa: B018  # to fail at once

    @property
    def negated(self) -> bool:
        """Whether it takes back."""
        return self.text.startswith("!")

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        body = self.text.removeprefix("!")
        # > If there is a separator at the beginning or middle (or both) of the pattern, then the pattern is relative
        # > to the directory level of the particular .gitignore file itself.
        anchored = "/" in body.rstrip("/")
        try:
            return re.compile(("" if anchored else r"(?:.*/)?") + _regex(body.strip("/")))
        except re.error as error:
            raise ValueError(str(error)) from error

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Tell whether it means this path itself, and not one below it."""
        if self.text.endswith("/") and not is_folder:
            return False
        return self._regex.fullmatch(path) is not None


def matched(path: str, patterns: Iterable[Pattern]) -> bool:
    """Tell whether the patterns mean a file, by its own path or by that of a folder it is in.

    > It is not possible to re-include a file if a parent directory of that file is excluded.
    """
    lines = tuple(patterns)
    folders = [str(parent) for parent in reversed(PurePosixPath(path).parents) if str(parent) != "."]
    return any(_last(folder, lines, is_folder=True) for folder in folders) or _last(path, lines, is_folder=False)


def _last(path: str, patterns: Iterable[Pattern], *, is_folder: bool) -> bool:
    decided = False
    for pattern in patterns:
        if pattern.matches(path, is_folder=is_folder):
            decided = not pattern.negated
    return decided


def _regex(body: str) -> str:
    done, rest = "", body
    while rest:
        if rest.startswith("**/"):
            done, rest = done + r"(?:.*/)?", rest[3:]
        elif rest == "**":
            done, rest = done + ".*", ""
        elif rest.startswith("/**/"):
            done, rest = done + r"/(?:.*/)?", rest[4:]
        elif rest[0] == "*":
            done, rest = done + "[^/]*", rest.lstrip("*")
        elif rest[0] == "?":
            done, rest = done + "[^/]", rest[1:]
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inside = rest[1:end].replace("\\", r"\\")
            inside = f"^{inside[1:]}" if inside[0] == "!" else inside
            done, rest = f"{done}[{inside}]", rest[end + 1 :]
        elif rest[0] == "\\" and len(rest) > 1:
            done, rest = done + re.escape(rest[1]), rest[2:]
        else:
            done, rest = done + re.escape(rest[0]), rest[1:]
    return done
