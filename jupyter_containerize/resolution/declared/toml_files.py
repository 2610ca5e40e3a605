"""Opens TOML of strangers, with the line of what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

_LINE = re.compile(r"at line (\d+)")
# Python's reader takes a second for a megabyte.
_LONGEST = 1 << 20
# Its time for a dotted key grows with the square of the dots.
_MOST_DOTS = 2000


class NotToml(Exception):
    """The text is not TOML. ``line`` is 1-based, if it is known. Never leaves this folder."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def toml_table(text: str) -> Mapping[str, Any]:
    """Return the root table.

    Raises:
        NotToml: broken, too long or too deep.
    """
    if len(text) > _LONGEST:
        raise NotToml("it is too long")
    if text.count(".") > _MOST_DOTS and any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise NotToml("a line of it is too long")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # ValueError also for a number of thousands of digits.
        found = _LINE.search(str(error)) if isinstance(error, tomllib.TOMLDecodeError) else None
        raise NotToml("it is not TOML", int(found[1]) if found else None) from error


def table(value: object, *path: str) -> Mapping[str, Any]:
    """Return the mapping at ``path``; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def texts(value: object) -> Sequence[str]:
    """Return the texts of a list, or a text alone; none for anything else."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
