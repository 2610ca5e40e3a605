"""A bill of materials read back: what an earlier image had, to compare with what the next one will have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_containerize.attestations.errors import InventoryUnreadable
from jupyter_containerize.attestations.names import PREFIX, VENDORED
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What an image has, by name: version and bytes to download (``None`` if nobody said).

    A Debian package of a second architecture has the name ``libc6:i386``. The server's own libraries are not in it:
    a distribution of the same name may be, and the server is compared as a layer.
    """

    distributions: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)
    system: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)
    python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that two inventories do not have alike. ``None`` before: added; ``None`` after: removed.

    ``kind`` is ``distribution``, ``system package`` or ``python``. ``bytes_more`` is what it adds to the download,
    ``None`` when a size is not known.
    """

    kind: str
    name: str
    before: str | None
    after: str | None
    bytes_more: int | None


def read_inventory(document: bytes) -> Inventory:
    """Return what a CycloneDX document lists, ours or another tool's: all components with a pypi or deb purl.

    Raises:
        InventoryUnreadable: it is not CycloneDX, or damaged.
    """
    try:
        body = from_json("bill of materials", document)
    except ImageUnreadable as error:
        raise InventoryUnreadable(error.reason) from error
    if body.get("bomFormat") != "CycloneDX":
        raise InventoryUnreadable("not a CycloneDX document")
    distributions, system, python = {}, {}, ""
    for item in _components(body):
        name, version, purl = item["name"], item["version"], item["purl"]
        if _property(item, VENDORED):
            continue
        if purl.startswith("pkg:pypi/"):
            distributions[name] = (version, _size(item))
        elif purl.startswith("pkg:deb/"):
            system[name] = (version, _size(item))
        elif purl.startswith("pkg:generic/python@"):
            python = version
    return Inventory(distributions=distributions, system=system, python=python)


def differences(before: Inventory, after: Inventory) -> tuple[Change, ...]:
    """Return what changed: Python first, then distributions, then system packages, each sorted by name."""
    python = Change(kind="python", name="python", before=before.python, after=after.python, bytes_more=None)
    return (
        *((python,) if before.python != after.python else ()),
        *_changes("distribution", before.distributions, after.distributions),
        *_changes("system package", before.system, after.system),
    )


def _changes(
    kind: str, before: Mapping[str, tuple[str, int | None]], after: Mapping[str, tuple[str, int | None]]
) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        old, old_bytes = before.get(name, (None, 0))
        new, new_bytes = after.get(name, (None, 0))
        if old != new:
            known = old_bytes is not None and new_bytes is not None
            more = new_bytes - old_bytes if known else None  # type: ignore[operator]  # neither is None if known
            yield Change(kind=kind, name=name, before=old, after=new, bytes_more=more)


def _components(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the components that have a name, a version and a purl, all of them texts."""
    components = body.get("components", [])
    if not isinstance(components, list):
        raise InventoryUnreadable("components is not a list")
    for item in components:
        if not isinstance(item, dict):
            raise InventoryUnreadable("a component is not an object")
        if all(isinstance(item.get(name), str) for name in ("name", "version", "purl")):
            yield item


def _size(component: Mapping[str, Any]) -> int | None:
    text = _property(component, "size")
    return int(text) if text.isdecimal() else None


def _property(component: Mapping[str, Any], name: str) -> str:
    properties = component.get("properties")
    for item in properties if isinstance(properties, list) else ():
        if isinstance(item, dict) and item.get("name") == f"{PREFIX}:{name}":
            return str(item.get("value"))
    return ""
