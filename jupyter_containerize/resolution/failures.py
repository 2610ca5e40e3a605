"""Turns what uv says when it fails into our errors.

uv's derivations are sentences for people; the few that name one cause are recognised, all others
keep their text. Source: the messages of uv 0.13, ``uv pip compile``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.resolution.errors import (
    IndexUnreachable,
    IndexUnreadable,
    NoWheel,
    ResolutionConflict,
    ResolverFailed,
    VersionNotOnIndex,
)

EvidenceOf = Callable[[str], tuple[Evidence, ...]]

_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_PIN = r"(?P<name>[a-z0-9][a-z0-9-]*)(?:\[[^]]*\])?==(?P<version>[^\s,]+)"
_NO_WHEEL = re.compile(rf"{_PIN} has no (?:usable wheels|wheels with a matching [^,]*?tag)", re.IGNORECASE)
_NO_VERSION = re.compile(rf"there is no version of {_PIN}", re.IGNORECASE)
_NOT_FOUND = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*) was not found in the (?:package registry|provided package locations)", re.IGNORECASE
)
_AVAILABLE = re.compile(r"(?:Wheels are available for|we only found wheels for) .*", re.IGNORECASE)
_LINKS = re.compile(r"Failed to read `--find-links` \w+: (?P<source>.+)")
_OFFLINE = re.compile(r"was not found in the cache|network (?:was|is|connectivity is) disabled", re.IGNORECASE)
_NETWORK = re.compile(
    r"Failed to fetch|error sending request|Request failed|dns error|Could not connect|timed? ?out|certificate"
    r"|40[13]|Unauthorized|Forbidden|client error|50[0-9] ",
    re.IGNORECASE,
)
_HEADS = re.compile(r"^[\s\u00d7\u2500-\u257f\u25b6]*(?:(?:error|cause|hint):\s*)?", re.IGNORECASE)
_REFUSED = re.compile(r"An index [^\n]*(?:401 Unauthorized|403 Forbidden)[^\n]*", re.IGNORECASE)
_UNSATISFIABLE = "No solution found"


def failure(said: str, *, platform: str, evidence_of: EvidenceOf) -> ContainerizeError:
    """Return the error behind a failed run.

    Args:
        said: all that uv wrote to stderr.
        platform: of the image.
        evidence_of: who asked for a distribution, by its name.
    """
    said = _USERINFO.sub("", said).strip()
    if _UNSATISFIABLE in said:
        return _unsatisfiable(said, platform, evidence_of)
    links = _LINKS.search(said)
    if links:
        return IndexUnreadable(links["source"], _last_cause(said))
    if _NETWORK.search(said):
        return IndexUnreachable(_causes(said))
    return ResolverFailed(said)


def _unsatisfiable(said: str, platform: str, evidence_of: EvidenceOf) -> ContainerizeError:
    flat = re.sub(r"\s+", " ", said)
    if _OFFLINE.search(flat):
        return IndexUnreachable("the network is switched off (offline)")
    refused = _REFUSED.search(said)
    if refused and _NOT_FOUND.search(flat):
        return IndexUnreachable(refused[0])
    no_wheel = _NO_WHEEL.search(flat)
    if no_wheel:
        name, version = _name(no_wheel), no_wheel["version"]
        available = _AVAILABLE.search(said)
        return NoWheel(name, version, platform, evidence_of(name), available[0] if available else "")
    no_version = _NO_VERSION.search(flat)
    if no_version:
        name, version = _name(no_version), no_version["version"]
        return VersionNotOnIndex(name, version, evidence_of(name), version.partition("+")[2])
    not_found = _NOT_FOUND.search(flat)
    if not_found:
        name = _name(not_found)
        return VersionNotOnIndex(name, "", evidence_of(name))
    return ResolutionConflict(_causes(said))


def _name(found: re.Match[str]) -> str:
    return found["name"].lower()


def _causes(said: str) -> str:
    # Newer versions head causes with a word, older ones draw a tree.
    lines = [_HEADS.sub("", line) for line in said.splitlines()]
    return "\n".join(line for line in lines if line)


def _last_cause(said: str) -> str:
    return _causes(said).splitlines()[-1]
