"""Reads one requirement as pip takes it: in a command, a requirements file or a PEP 508 list."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from jupyter_containerize.domain.notebook import Declared, Location, Manager

# A direct reference: a VCS URL (git+https://...), an archive's URL, a file: URL.
_URL = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[a-z][a-z0-9+.]*://|file:|git@", re.IGNORECASE)
_NAMED_URL = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*@\s*(\S+)")
# `pkg=1.2` is conda's way; people type it after pip too. `pkg = 1.2` is not a requirement.
_SINGLE_EQUALS = re.compile(r"(?<![=<>!~])=(?!=)")
_PATH = re.compile(r"\.{0,2}/|\.{1,2}$|~/|[A-Za-z]:\\")


def declared_of(text: str, *, location: Location, rule: str) -> Declared | None:
    """Return what one requirement asks for, or ``None`` if it is none (a path to nothing, an expression).

    Args:
        text: One requirement without options: ``numpy>=1.2``, ``foo[x] @ https://…``,
            ``git+https://…#egg=foo``, ``./x.whl``.
        location: Where it stands.
        rule: What it is written in; see ``Declared``.
    """
    text = _unquoted(text.strip())
    if not text:
        return None
    if named := _NAMED_URL.fullmatch(text.partition(";")[0].strip()):
        return _direct(named[2], canonicalize_name(named[1]), location, rule)
    if _URL.match(text):
        return _direct(text, _name_in_url(text), location, rule)
    if text.endswith(".whl") or _PATH.match(text):
        return _direct(text, _name_in_url(text), location, rule)
    try:
        requirement = Requirement(_SINGLE_EQUALS.sub("==", text))
    except (InvalidRequirement, RecursionError):
        # RecursionError: a marker with a thousand brackets.
        return None
    return Declared(
        manager=Manager.PIP,
        name=canonicalize_name(requirement.name),
        location=location,
        rule=rule,
        specifier=str(requirement.specifier),
        extras=tuple(sorted(requirement.extras)),
        marker=str(requirement.marker or ""),
    )


def _unquoted(text: str) -> str:
    """Return what stands in a pair of quotes; the quotes inside a marker stay."""
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return text[1:-1].strip()
    return text


def _direct(url: str, name: str, location: Location, rule: str) -> Declared:
    return Declared(manager=Manager.PIP, name=name, location=location, rule=rule, url=_without_credentials(url))


def _name_in_url(url: str) -> str:
    """Return the name that a direct reference tells without opening it, or an empty one."""
    if egg := re.search(r"[#&]egg=([A-Za-z0-9][A-Za-z0-9._-]*)", url):
        return canonicalize_name(egg[1])
    last = url.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    if last.endswith(".whl"):
        try:
            return parse_wheel_filename(last)[0]
        except InvalidWheelFilename:
            return ""
    # github.com/user/transformers.git@main: the repository's name is usual, but no evidence of the distribution's.
    return ""


def _without_credentials(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        # No URL (a bracket in its host); what stands before an @ may be a password all the same.
        return url.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.netloc else url
