"""Debian's order of versions. Source: Debian Policy, 5.6.12 "Version"."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

_Part: TypeAlias = tuple[tuple[int, ...], int]
VersionKey: TypeAlias = tuple[int, tuple[_Part, ...], tuple[_Part, ...]]

_END = 0
_NOTHING: _Part = ((_END,), 0)

# Source: Debian Policy, 7.1 "Syntax of relationship fields".
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">>": operator.gt,
}


def version_key(version: str) -> VersionKey:
    """Return a key that sorts versions as Debian does.

    > Absence of a debian_revision is equivalent to a debian_revision of 0.
    """
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch), _parts(upstream), _parts(revision)


def satisfies(version: str, comparison: str, wanted: str) -> bool:
    """Say whether ``version`` stands in relation ``comparison`` (``>=``, ``<<``, ...) to ``wanted``."""
    return _OPERATORS[comparison](version_key(version), version_key(wanted))


def _parts(text: str) -> tuple[_Part, ...]:
    """Return the alternating non-digits and numbers, at least one pair, and a pair for the end."""
    parts = [(_letters(letters), int(digits or 0)) for letters, digits in re.findall(r"(\D*)(\d*)", text)]
    while len(parts) > 1 and parts[-1] == _NOTHING:
        parts.pop()
    # What ends here is compared with what goes on as nothing with something: before all but a tilde.
    return (*parts, _NOTHING)


def _letters(text: str) -> tuple[int, ...]:
    """Return sort keys of the characters: tilde, the end, letters, all others."""
    return (*(-1 if char == "~" else ord(char) if char.isalpha() else ord(char) + 256 for char in text), _END)
