"""Bills of materials that lie in an image, told anew of the base that the image was put on.

Only what is said of Debian's packages and its Python changes. The result is, byte for byte, what a build on that base
writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from jupyter_containerize.attestations import names
from jupyter_containerize.attestations.contents import ImageName, PythonItem
from jupyter_containerize.attestations.cyclonedx import python_component, sealed, system_component
from jupyter_containerize.attestations.errors import InventoryUnreadable
from jupyter_containerize.attestations.spdx import Noted, python_package, system_package
from jupyter_containerize.attestations.spdx import sealed as sealed_spdx
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import from_json

_DEBIAN: Final = "pkg:deb/"
_NEEDED: Final = f"{names.PREFIX}:needed-by"

_Row = dict[str, Any]


def restated(documents: Mapping[str, bytes], system: Iterable[SystemPackage], *, python: str = "") -> dict[str, bytes]:
    """Return the documents, by suffix (``cdx``, ``spdx``), of the same image on a base of those packages.

    What a package beside the base is needed by stays as the documents have it. ``python`` is the full version of
    Debian's Python; empty for an interpreter that stays.

    Raises:
        InventoryUnreadable: a document is damaged, or none of ours.
    """
    packages = sorted(system, key=lambda item: (item.name, item.architecture))
    try:
        return {suffix: _FORMS[suffix](_opened(document), packages, python) for suffix, document in documents.items()}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise InventoryUnreadable("not a bill of materials of ours") from error


def named_bill(document: bytes, image: ImageName, architecture: str) -> bytes:
    """Return a CycloneDX document that lies in an image as one that lies outside of it, and so can name it.

    Raises:
        InventoryUnreadable: it is damaged, or none of ours.
    """
    body = _opened(document)
    try:
        body["metadata"]["component"] |= {"version": image.digest, "purl": names.image_purl(image, architecture)}
    except (KeyError, TypeError) as error:
        raise InventoryUnreadable("not a bill of materials of ours") from error
    return sealed(body)


def _opened(document: bytes) -> _Row:
    try:
        return from_json("bill of materials", document)
    except ImageUnreadable as error:
        raise InventoryUnreadable(error.reason) from error


def _cyclonedx(body: _Row, system: Sequence[SystemPackage], python: str) -> bytes:
    rows: list[_Row] = body["components"]
    of_os = next((row for row in rows if row.get("bom-ref") == "os"), {})
    needed = {row["name"]: _values(row.get("properties", ())) for row in rows if _is_deb(row)}
    distro = f"{of_os['name']}-{of_os['version']}" if of_os else ""
    new = [system_component(item, distro) for item in _with_reasons(system, needed)]
    gone = {row["bom-ref"] for row in rows if _is_deb(row)}
    components = _spliced(rows, _is_deb, new)
    if python:
        interpreter = python_component(PythonItem(version=python))
        components = [interpreter if row.get("bom-ref") == "python" else row for row in components]
    root, held = body["metadata"]["component"]["bom-ref"], {row["bom-ref"] for row in new}
    for row in body["dependencies"]:
        if row["ref"] == root:
            row["dependsOn"] = sorted({*row["dependsOn"]} - gone | held)
    return sealed({**body, "components": components})


def _spdx(body: _Row, system: Sequence[SystemPackage], python: str) -> bytes:
    rows: list[_Row] = body["packages"]
    of_os = next((row for row in rows if row.get("SPDXID") == "SPDXRef-OperatingSystem"), {})
    needed = {row["name"]: _comments(row.get("annotations", ())) for row in rows if _is_deb(row)}
    distro = f"{of_os['name']}-{of_os['versionInfo']}" if of_os else ""
    noted = Noted(body["creationInfo"]["created"], body["creationInfo"]["creators"][0])
    new = [system_package(item, distro, noted) for item in _with_reasons(system, needed)]
    gone = {row["SPDXID"] for row in rows if _is_deb(row)}
    packages = _spliced(rows, _is_deb, new)
    if python:
        interpreter = python_package(PythonItem(version=python))
        packages = [interpreter if row.get("SPDXID") == "SPDXRef-Python" else row for row in packages]
    image = next(row["spdxElementId"] for row in body["relationships"] if row["relationshipType"] == "CONTAINS")
    contained = [
        {"spdxElementId": image, "relationshipType": "CONTAINS", "relatedSpdxElement": row["SPDXID"]} for row in new
    ]
    relations = _spliced(body["relationships"], lambda row: row["relatedSpdxElement"] in gone, contained)
    return sealed_spdx({**body, "packages": packages, "relationships": relations})


_FORMS: Final[Mapping[str, Callable[[_Row, Sequence[SystemPackage], str], bytes]]] = {"cdx": _cyclonedx, "spdx": _spdx}


def _with_reasons(system: Iterable[SystemPackage], known: Mapping[str, tuple[str, ...]]) -> list[SystemPackage]:
    """Return the packages; those beside the base with the reasons of the build, which knew the wheels."""
    return [
        replace(item, needed_by=known.get(item.name) or item.needed_by) if item.needed_by else item for item in system
    ]


def _is_deb(row: _Row) -> bool:
    purls = [row.get("purl", ""), *(found.get("referenceLocator", "") for found in row.get("externalRefs", ()))]
    return any(purl.startswith(_DEBIAN) for purl in purls)


def _spliced(rows: Sequence[_Row], old: Callable[[_Row], bool], new: Sequence[_Row]) -> list[_Row]:
    """Return the rows with the new ones in the place of the first old one; at the end if there is none."""
    at = next((at for at, row in enumerate(rows) if old(row)), len(rows))
    return [*rows[:at], *new, *(row for row in rows[at:] if not old(row))]


def _values(rows: Iterable[_Row]) -> tuple[str, ...]:
    return tuple(row["value"] for row in rows if row["name"] == _NEEDED)


def _comments(rows: Iterable[_Row]) -> tuple[str, ...]:
    comments = (row["comment"].partition("=") for row in rows)
    return tuple(value for name, _, value in comments if name == _NEEDED)
