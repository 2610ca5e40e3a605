"""Advisories in the OSV format, and which versions they are about.

Source: OSV schema 1.7, "affected" and "Evaluation"; versions compare as PEP 440 says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

_ECOSYSTEM = "PyPI"
_LONGEST_SUMMARY = 200
_FIRST = "0"
"""The version before all others, as the schema has it."""
_NO_LIMIT = "*"
_EVENTS = ("introduced", "fixed", "last_affected", "limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Some versions of one distribution: those listed, and those in a range.

    ``versions`` is one text with a version a line, because a database of them has millions.
    Each range is its events, (kind, version) as written.
    """

    versions: str
    ranges: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One record, as far as it is about one distribution."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    affected: tuple[Affected, ...]


def read_record(record: Any) -> dict[str, Advisory]:
    """Return what a record says, by normalised name; nothing if it is withdrawn or about no distribution of PyPI.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is not a record.
    """
    identifier = _text(record["id"])
    if record.get("withdrawn"):
        return {}
    found: dict[str, list[Affected]] = {}
    for item in record.get("affected") or ():
        package = item.get("package") or {}
        if str(package.get("ecosystem", "")).partition(":")[0] == _ECOSYSTEM:
            found.setdefault(canonicalize_name(package["name"]), []).append(_affected(item))
    summary = record.get("summary") or str(record.get("details") or "").strip().partition("\n")[0]
    return {
        name: Advisory(
            id=identifier,
            aliases=tuple(_text(alias) for alias in record.get("aliases") or ()),
            summary=_text(summary)[:_LONGEST_SUMMARY],
            affected=tuple(items),
        )
        for name, items in found.items()
    }


def fixes(advisory: Advisory, version: str) -> tuple[str, ...] | None:
    """Return the versions above ``version`` that mend it, lowest first, maybe none; ``None`` if it is not affected.

    A local label (``+cu118``) does not count: a build of an affected version is affected.
    """
    parsed = _parsed(version)
    hits = [item for item in advisory.affected if _is_in(item, version, parsed)]
    if not hits:
        return None
    fixed = {text for item in hits for events in item.ranges for kind, text in events if kind == "fixed"}
    known = {found: text for text in fixed if (found := _parsed(text)) is not None}
    return tuple(known[found] for found in sorted(known) if parsed is None or found > parsed)


def _affected(item: Mapping[str, Any]) -> Affected:
    ranges = (entry for entry in item.get("ranges") or () if entry.get("type") == "ECOSYSTEM")
    return Affected(
        versions="\n".join(_text(version) for version in item.get("versions") or ()),
        ranges=tuple(tuple(_events(entry["events"])) for entry in ranges),
    )


def _events(events: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for event in events:
        yield from ((kind, _text(event[kind])) for kind in _EVENTS if kind in event)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


@lru_cache(maxsize=1 << 16)  # the advisories about one distribution list the same versions again and again
def _parsed(text: str) -> Version | None:
    try:
        return Version(Version(text).public)
    except ValueError:
        # InvalidVersion, or a number of more digits than Python reads.
        return None


def _is_in(item: Affected, text: str, version: Version | None) -> bool:
    listed = item.versions.split("\n")
    if text in listed:
        return True
    if version is None:
        return False
    return any(_contains(events, version) for events in item.ranges) or version in map(_parsed, listed)


def _contains(events: tuple[tuple[str, str], ...], version: Version) -> bool:
    known = [(kind, None if text == _FIRST else _parsed(text)) for kind, text in events if text != _NO_LIMIT]
    if any(found is None and kind != "introduced" for kind, found in known):
        # An end that is no version: what the record lists one by one must do.
        return False
    limits = [found for kind, found in known if kind == "limit" and found is not None]
    if limits and not any(version < limit for limit in limits):
        return False
    inside = False
    for kind, at in sorted(
        known, key=lambda event: (event[1] is not None, event[1] or version, _EVENTS.index(event[0]))
    ):
        if kind == "introduced" and (at is None or version >= at):
            inside = True
        elif at is not None and ((kind == "fixed" and version >= at) or (kind == "last_affected" and version > at)):
            inside = False
    return inside
