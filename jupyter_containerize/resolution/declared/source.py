"""Opens the small text files that declare distributions, and says where in them something stands."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from jupyter_containerize.domain.notebook import Declared, Finding, Location, Severity
from jupyter_containerize.resolution.declared.codes import ENTRY_IGNORED, UNREADABLE

# What every reader gives, in the order of the file.
Stream: TypeAlias = Iterator[Declared | Finding]

# The longest lock files of real projects have about one megabyte.
LONGEST_BYTES = 8 << 20
# No requirement is as long, so patterns need not be quick on anything longer.
LONGEST_ENTRY = 2000
LONGEST_VERSIONS = 200
# Lock files of large projects name a thousand.
_MOST_ENTRIES = 5000
_MOST_MISSES = 100
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Unreadable(Exception):
    """The file cannot be opened; ``reason`` is a few words. Never leaves this folder."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text that declares distributions.

    ``shown`` is the path that people see, relative to the notebook's folder. ``rule`` is what the text is written
    in; see ``Declared``. ``path`` and ``boundary`` say which other files it may name: those inside of
    ``boundary``; ``None`` means none at all. ``first_line`` is the number of the text's first line, and
    ``cell`` the notebook's cell that it stands in.
    """

    text: str
    shown: str
    rule: str
    path: Path | None = None
    boundary: Path | None = None
    first_line: int = 1
    cell: int | None = None

    def at(self, line: int | None) -> Location:
        """Return the place of a line; 1-based, ``None`` for the whole."""
        number = None if line is None else line + self.first_line - 1
        return Location(path=self.shown, cell=self.cell, line=number)

    def broken(self, reason: str, line: int | None = None) -> Finding:
        """Return the finding for a text that is not what it should be."""
        return unreadable(self.at(line), reason)

    def ignored(self, line: int | None) -> Finding:
        """Return the finding for an entry that is no requirement. The entry is not repeated: it may hold a token."""
        return Finding(
            code=ENTRY_IGNORED,
            message=f"An entry of {self.shown} is not a requirement",
            severity=Severity.INFO,
            location=self.at(line),
            hint="It was left out; the others were read.",
        )

    def limited(self, stream: Stream) -> Stream:
        """Give what a reader gives, up to a number of entries that no file written by people reaches."""
        for number, item in enumerate(stream):
            if number >= _MOST_ENTRIES:
                yield self.broken(f"it has more than {_MOST_ENTRIES:,} entries; the others were left out")
                return
            yield item

    def as_rule(self, rule: str) -> Source:
        """Return the same text, written in something else."""
        return replace(self, rule=rule)


class Cursor:
    """Finds the lines of strings that stand in a text in the order in which they are asked for.

    Parsers of TOML and JSON drop line numbers. Going on where the last search ended keeps this linear, and so does
    giving up after some searches that went to the end for nothing.
    """

    def __init__(self, text: str, after: str = "") -> None:
        # So that the first line has a line feed before it, too.
        self._text = f"\n{text}"
        self._end = 0
        self._line = 0
        self._misses = 0
        self.line_of(after)

    def line_of(self, needle: str) -> int | None:
        """Return the 1-based line of the next ``needle``; ``None``, and no step, if there is none."""
        found = self._find(needle) if needle else -1
        return None if found < 0 else self._step(found, len(needle))

    def line_of_key(self, key: str) -> int | None:
        """Return the line of the next one that begins with ``key``, which may be in quotes."""
        best, length = self._find(f"\n{key}"), len(key)
        for quoted in (f'"{key}"', f"'{key}'"):
            place = self._find(f"\n{quoted}", best)
            if place >= 0:
                best, length = place, len(quoted)
        return self.line_of(key) if best < 0 else self._step(best + 1, length)

    def _find(self, needle: str, before: int = -1) -> int:
        if self._misses > _MOST_MISSES:
            return -1
        found = self._text.find(needle, self._end, None if before < 0 else before)
        self._misses += found < 0 and before < 0
        return found

    def _step(self, found: int, length: int) -> int:
        line = self._line + self._text.count("\n", self._end, found)
        self._end = found + length
        self._line = line + self._text.count("\n", found, self._end)
        return line


def unreadable(location: Location, reason: str) -> Finding:
    """Return the finding for something that should declare distributions and cannot be read."""
    return Finding(
        code=UNREADABLE,
        message=f"{location.path} cannot be read: {reason}",
        severity=Severity.WARNING,
        location=location,
        hint="What it declares is not known; the notebook itself and the other files are.",
    )


def read_text(path: Path, longest_bytes: int = LONGEST_BYTES) -> str:
    """Return a regular file's text, with line feeds only at line ends.

    A byte order mark decides the encoding, else it is UTF-8: PowerShell's ``pip freeze > requirements.txt``
    writes UTF-16.

    Raises:
        Unreadable: no regular file, too long, refused, or not text.
    """
    try:
        # Not blocking: a pipe of that name would have us wait for a writer.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Unreadable("it is not a regular file")
            content = file.read(longest_bytes + 1)
    except (OSError, ValueError) as error:
        raise Unreadable(getattr(error, "strerror", None) or "not a path") from error
    if len(content) > longest_bytes:
        raise Unreadable(f"it is longer than {longest_bytes:,} bytes")
    mark, encoding = next((known for known in _MARKS if content.startswith(known[0])), (b"", "utf-8"))
    try:
        text = content.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def inside(path: Path, boundary: Path) -> bool:
    """Say whether a path, with all links followed, lies in the folder ``boundary``, itself without links."""
    try:
        return path.resolve().is_relative_to(boundary)
    except (OSError, RuntimeError, ValueError):
        # A loop of links, or a NUL in the path.
        return False


def shown_from(path: Path, folder: Path) -> str:
    """Return how a path is shown: relative to the notebook's folder, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()
