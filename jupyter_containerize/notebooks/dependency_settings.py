"""Reads ``metadata.containerize.dependencies``: what of the image's distributions the notebook wants otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.environment import DependencyEdits
from jupyter_containerize.domain.notebook import Declared, Location
from jupyter_containerize.domain.requirement_line import declared_of

KEY = "dependencies"
RULE = "metadata"
"""How evidence names the notebook's metadata."""

MOST = 500
"""So many entries of one kind are read; no notebook needs as many."""

_PARTS = ("pin", "add", "exclude")
_NAME = "a distribution's name"
_LINE = "a requirement such as requests>=2, or the URL of a wheel as name @ https://..., without a password"

Wrong: TypeAlias = Callable[[str, object, str], None]
"""Tells of a setting's name, its value and what is allowed."""

_Item = TypeVar("_Item")


def edits_of(value: object, *, path: str, wrong: Wrong) -> DependencyEdits:
    """Return what the value says, without what cannot be understood.

    Args:
        value: of the key, as written; ``None`` where there is none.
        path: how the notebook is shown.
        wrong: told of each thing that is left out.
    """
    if value is None:
        return DependencyEdits()
    if not isinstance(value, Mapping):
        wrong(KEY, value, f"an object with {', '.join(_PARTS)}")
        return DependencyEdits()
    for part in value:
        if part not in _PARTS:
            wrong(f"{KEY}.{part}", value[part], f"only {', '.join(_PARTS)}")
    exclude = _excluded(value.get("exclude"), wrong)
    pin = _pinned(value.get("pin"), wrong)
    add = _added(value.get("add"), path, wrong)
    for part, names in (("pin", {*pin}), ("add", {*add})):
        for name in sorted(names & exclude):
            wrong(f"{KEY}.{part}", name, "what is not in exclude as well")
    return DependencyEdits(
        pin=tuple(sorted((name, version) for name, version in pin.items() if name not in exclude)),
        add=tuple(add[name] for name in sorted(add) if name not in exclude),
        exclude=tuple(sorted(exclude)),
        path=path,
    )


def _pinned(value: object, wrong: Wrong) -> dict[str, str]:
    key = f"{KEY}.pin"
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        wrong(key, value, 'an object such as {"pandas": "2.1.4"}')
        return {}
    found: dict[str, str] = {}
    for written, version in _first(value.items(), key, wrong):
        name, exact = _name(written), _version(version)
        if name is None:
            wrong(key, written, _NAME)
        elif exact is None:
            wrong(f"{key}.{written}", version, "one version, such as 2.1.4")
        elif name in found and found[name] != exact:
            wrong(f"{key}.{written}", version, "one version of each distribution")
        else:
            found[name] = exact
    return found


def _added(value: object, path: str, wrong: Wrong) -> dict[str, Declared]:
    key = f"{KEY}.add"
    found: dict[str, Declared] = {}
    for line in _texts(value, key, f"a list of texts: {_LINE}", wrong):
        declared = _declared(line, path)
        if declared is None:
            # Not shown as written: what is no requirement may hold a password.
            wrong(key, line if "://" not in line else "an address", _LINE)
        elif declared.name in found and found[declared.name] != declared:
            wrong(key, line, "each distribution once")
        else:
            found[declared.name] = declared
    return found


def _declared(line: str, path: str) -> Declared | None:
    text, _, marker = line.partition(" ; ") if "://" in line else (line, "", "")
    declared = declared_of(text, location=Location(path=path), rule=RULE)
    if declared is None or not declared.name:
        return None
    if declared.url:
        url = text.partition("@")[2].strip()
        if not (_is_wheel(url) and "@" not in urlsplit(url).netloc):
            return None
        try:
            declared = replace(declared, marker=str(Marker(marker)) if marker.strip() else "")
        except InvalidMarker:
            return None
    return declared


def _excluded(value: object, wrong: Wrong) -> set[str]:
    key, found = f"{KEY}.exclude", set()
    for text in _texts(value, key, f"{_NAME}, or a list of them", wrong):
        name = _name(text)
        if name is None:
            wrong(key, text, _NAME)
        else:
            found.add(name)
    return found


def _texts(value: object, key: str, allowed: str, wrong: Wrong) -> list[str]:
    items = [] if value is None else value if isinstance(value, list) else [value]
    texts = []
    for item in _first(items, key, wrong):
        if isinstance(item, str):
            texts.append(item.strip())
        else:
            wrong(key, item, allowed)
    return texts


def _first(items: Iterable[_Item], key: str, wrong: Wrong) -> list[_Item]:
    found = list(items)
    if len(found) > MOST:
        wrong(key, f"{len(found)} entries", f"{MOST} at most")
    return found[:MOST]


def _name(written: object) -> str | None:
    try:
        return canonicalize_name(written, validate=True) if isinstance(written, str) else None
    except InvalidName:
        return None


def _version(written: object) -> str | None:
    try:
        return str(Version(written)) if isinstance(written, str) else None
    except InvalidVersion:
        return None


def _is_wheel(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.path.endswith(".whl")
