"""Reads one conda requirement (``conda-forge::numpy>=1.2,<2``) and says its versions in PEP 440.

Source: conda, "Package match specifications"; the version part is ``VersionSpec``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.notebook import Declared, Location, Manager
from jupyter_containerize.resolution.declared.source import LONGEST_ENTRY, LONGEST_VERSIONS

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_SPEC = re.compile(rf"(?P<name>{_NAME})\s*(?P<rest>.*)", re.DOTALL)
_BRACKET = re.compile(r"\[(?P<inside>[^\]]*)\]\s*$")
_KEY = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^,\s\]]*))")
_CLAUSE = re.compile(r"(?P<sign>~=|==|!=|<=|>=|<|>|=)?\s*(?P<version>[^=<>!~\s][^\s]*)")
# numpy=1.21.0=py39h_0, numpy==1.21.0=py39h_0
_PINNED = re.compile(r"(={1,2})\s*(?P<version>[^=<>!~\s,|*]+)\s*=\s*(?P<build>[^=\s]+)")
# jpeg 9b and pytz 2021c are releases; PEP 440 would read 9b0 and 2021rc0, which come before.
_LETTERED = re.compile(r"\d[abc]$")
_ARCHIVE = re.compile(r"(?:https?|file)://|.*\.(?:conda|tar\.bz2)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaSpec:
    """A conda package's name as written, and its versions in PEP 440; empty when they are any or cannot be said."""

    name: str
    specifier: str


def conda_spec(text: str) -> CondaSpec | None:
    """Return what a match specification asks for, or ``None`` if it is none."""
    text = text.strip().strip("'\"").strip()
    if _ARCHIVE.match(text):
        return _archive(text)
    # conda-forge::numpy, conda-forge/linux-64::numpy
    text = text.rpartition("::")[2]
    bracket = _BRACKET.search(text)
    version = ""
    if bracket:
        keys = {key[1]: key[2] or key[3] or key[4] or "" for key in _KEY.finditer(bracket["inside"])}
        version = keys.get("version", "")
        text = text[: bracket.start()]
    found = _SPEC.fullmatch(text.strip())
    if found is None:
        return None
    return CondaSpec(name=found["name"], specifier=conda_versions(version or found["rest"]))


def conda_versions(text: str) -> str:
    """Return a conda version specification in PEP 440; empty for any version and for what PEP 440 cannot say.

    ``=1.2`` is conda's way for ``1.2.*``, a bare ``1.2`` means exactly that version. A build string
    (``=1.2=py39_0``) makes it exact as well, and is dropped.
    """
    text = text.strip()
    if pinned := _PINNED.fullmatch(text):
        return _clause("==", pinned["version"])
    # `1.2 py39_0`: version and build, without a sign
    text = re.sub(r"^([^\s=<>!~,|]+)\s+[^\s=<>!~,|]+$", r"\1", text)
    if not text or len(text) > LONGEST_VERSIONS or "|" in text or "(" in text:
        return ""
    clauses = []
    for part in text.split(","):
        found = _CLAUSE.fullmatch(part.strip())
        if found is None:
            return ""
        clauses.append(_clause(found["sign"] or "==", found["version"]))
    try:
        return str(SpecifierSet(",".join(filter(None, clauses))))
    except InvalidSpecifier:
        return ""


def declared_by_conda(text: str, *, location: Location, rule: str) -> Declared | None:
    """Return what one conda requirement asks for, or ``None`` if it is none."""
    spec = conda_spec(text) if len(text) <= LONGEST_ENTRY else None
    if spec is None:
        return None
    return Declared(manager=Manager.CONDA, name=spec.name, location=location, rule=rule, specifier=spec.specifier)


def _clause(sign: str, version: str) -> str:
    version, star, _ = version.partition("*")
    version = version.rstrip(".") if star else version
    if not version or _LETTERED.search(version):
        return ""
    try:
        release = Version(version)
    except InvalidVersion:
        return ""
    plain = release.is_prerelease or release.is_postrelease or release.local is not None
    if sign == "=" or (star and sign in {"==", "!="}):
        # PEP 440 has no 1.2rc1.*; the version itself is the nearest.
        return f"{'!=' if sign == '!=' else '=='}{release}{'' if plain else '.*'}"
    if sign == "~=" and len(release.release) == 1:
        return f">={release}"
    return f"{sign}{release}"


def _archive(text: str) -> CondaSpec | None:
    # .../linux-64/numpy-1.21.0-py39h_0.tar.bz2
    stem = re.sub(r"\.(?:conda|tar\.bz2)$", "", text.partition("#")[0].rpartition("/")[2])
    name, _, rest = stem.rpartition("-")[0].rpartition("-")
    return CondaSpec(name=name, specifier=_clause("==", rest)) if re.fullmatch(_NAME, name) else None
