"""The bill of materials as SPDX 2.3. Source: spdx.github.io/spdx-spec/v2.3.

Not 3.0: what reads bills of materials (registries' viewers, scanners, pack) reads 2.3. Files and objects are packages
of one file, because a file of SPDX must have a SHA-1.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from jupyter_containerize.attestations import names
from jupyter_containerize.attestations.contents import (
    Contents,
    FileItem,
    ImageName,
    ObjectItem,
    PythonItem,
    WheelItem,
    evidence_line,
    public_url,
)
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.oci.canonical import to_json

SPDX_TYPE: Final = "application/spdx+json"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "pkg:pypi/jupyter-containerize#spdx")
_DOCUMENT: Final = "SPDXRef-DOCUMENT"
_IMAGE: Final = "SPDXRef-Image"
_UNKNOWN: Final = "NOASSERTION"


def spdx(contents: Contents, *, image: ImageName | None = None) -> bytes:
    """Return the document as JSON. ``image`` is the finished image, for a document that lies outside of it."""
    creator = f"Tool: {names.TOOL}" + (f"-{contents.tool_version}" if contents.tool_version else "")
    packages = _packages(contents, creator)
    document: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": contents.name,
        "creationInfo": {"created": contents.created, "creators": [creator]},
        "packages": [_image(contents, image, creator), *packages],
        "relationships": _relationships(contents, packages),
    }
    return sealed(document)


def sealed(document: Mapping[str, Any]) -> bytes:
    """Return the document as JSON, with the namespace that belongs to what it says."""
    kept = {name: value for name, value in document.items() if name != "documentNamespace"}
    serial = uuid.uuid5(_NAMESPACE, to_json(kept).decode())
    # > The URI does not have to be accessible; spdx.org/spdxdocs is what the specification suggests.
    namespace = f"https://spdx.org/spdxdocs/{kept['name']}-{serial}"
    return to_json({**kept, "documentNamespace": namespace})


def _packages(contents: Contents, creator: str) -> list[dict[str, Any]]:
    noted = Noted(contents.created, creator)
    return [
        *([_base(contents.base, contents.platform.architecture)] if contents.base else []),
        *([_operating_system(contents.distro)] if contents.distro else []),
        *(system_package(item, contents.distro, noted) for item in contents.system_packages),
        python_package(contents.python),
        *(_wheel(item, noted) for item in contents.wheels),
        *(_vendored(item, noted) for item in contents.vendored),
        *(_object(item, noted) for item in contents.objects),
        *(_file(item) for item in contents.files),
    ]


class Noted:
    """Makes annotations: the place of SPDX for what it has no field for."""

    def __init__(self, created: str, creator: str) -> None:
        self._common = {"annotationDate": created, "annotationType": "OTHER", "annotator": creator}

    def __call__(self, **values: Iterable[object]) -> list[dict[str, str]]:
        """Return one annotation for each value that is not empty, under the name that its argument has."""
        lines = (
            f"{names.PREFIX}:{name.replace('_', '-')}={value}"
            for name, several in sorted(values.items())
            for value in several
            if value not in {"", None}
        )
        return [{**self._common, "comment": line} for line in lines]


def _image(contents: Contents, image: ImageName | None, creator: str) -> dict[str, Any]:
    digest = f"sha256:{contents.notebook_digest}" if contents.notebook_digest else ""
    noted = Noted(contents.created, creator)(
        notebook=[contents.notebook], notebook_digest=[digest], platform=[contents.platform]
    )
    package = _package(_IMAGE, contents.name, "CONTAINER", annotations=noted)
    if image is None:
        return package
    purl = names.image_purl(image, contents.platform.architecture)
    return {**package, "versionInfo": image.digest, **_checksums(image.digest.hex), **_purl(purl)}


def _base(image: ImageName, architecture: str) -> dict[str, Any]:
    return _package(
        "SPDXRef-Base",
        str(image.reference),
        "CONTAINER",
        versionInfo=image.digest,
        **_checksums(image.digest.hex),
        **_purl(names.image_purl(image, architecture)),
    )


def _operating_system(distro: str) -> dict[str, Any]:
    name, _, version = distro.partition("-")
    return _package("SPDXRef-OperatingSystem", name, "OPERATING-SYSTEM", versionInfo=version)


def python_package(item: PythonItem) -> dict[str, Any]:
    """Return the interpreter."""
    return _package(
        "SPDXRef-Python",
        "python",
        "APPLICATION",
        versionInfo=item.version,
        downloadLocation=public_url(item.url) or _UNKNOWN,
        **_checksums(item.sha256),
        **_purl(f"pkg:generic/python@{item.version}"),
    )


def _wheel(item: WheelItem, noted: Noted) -> dict[str, Any]:
    package, licence = item.package, names.spdx_licence(item.licence)
    return _package(
        _wheel_id(package.name),
        package.name,
        "LIBRARY",
        versionInfo=package.version,
        packageFileName=package.filename,
        downloadLocation=public_url(package.url) or _UNKNOWN,
        licenseDeclared=licence or _UNKNOWN,
        licenseComments="" if licence else item.licence,
        annotations=noted(
            evidence=[evidence_line(found) for found in item.evidence],
            size=[package.size_bytes],
        ),
        **_checksums(package.sha256),
        **_purl(names.wheel_purl(package)),
    )


def _vendored(item: WheelItem, noted: Noted) -> dict[str, Any]:
    return {**_wheel(item, noted), "SPDXID": _id("Vendored", item.package.name)}


def system_package(item: SystemPackage, distro: str, noted: Noted) -> dict[str, Any]:
    """Return one Debian package. ``distro`` is as in ``Contents``."""
    return _package(
        _id("System", f"{item.name}-{item.architecture}"),
        item.name,
        "LIBRARY",
        versionInfo=item.version,
        downloadLocation=public_url(item.url) or _UNKNOWN,
        annotations=noted(needed_by=item.needed_by, size=[item.size_bytes]),
        **_checksums(item.sha256),
        **_purl(names.system_purl(item, distro)),
    )


def _object(item: ObjectItem, noted: Noted) -> dict[str, Any]:
    return _package(
        _id("Object", item.name),
        item.name,
        "OTHER",
        annotations=noted(
            evidence=[item.evidence], format=[item.format], python_type=[item.type_name], size=[item.size_bytes]
        ),
        **_checksums(item.sha256),
    )


def _file(item: FileItem) -> dict[str, Any]:
    return _package(_id("File", item.path), item.path, "FILE", **_checksums(item.sha256))


def _relationships(contents: Contents, packages: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    found = [(_DOCUMENT, "DESCRIBES", _IMAGE)]
    found += [(_IMAGE, "CONTAINS", package["SPDXID"]) for package in packages]
    found += [
        (_wheel_id(item.package.name), "DEPENDS_ON", _wheel_id(name))
        for item in contents.wheels
        for name in item.requires
    ]
    return [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in found]


def _package(spdx_id: str, name: str, purpose: str, **values: object) -> dict[str, Any]:
    always = {
        "SPDXID": spdx_id,
        "name": name,
        "primaryPackagePurpose": purpose,
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "copyrightText": _UNKNOWN,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": _UNKNOWN,
    }
    return {**always, **{field: value for field, value in values.items() if value}}


def _checksums(sha256: str) -> dict[str, Any]:
    return {"checksums": [{"algorithm": "SHA256", "checksumValue": sha256}]} if sha256 else {}


def _purl(purl: str) -> dict[str, Any]:
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {"externalRefs": [reference]}


def _wheel_id(name: str) -> str:
    return _id("Wheel", name)


def _id(kind: str, name: str) -> str:
    """Return an identifier for a name; a name that must be altered gets a piece of its uuid, to stay alone."""
    plain = re.sub(r"[^a-zA-Z0-9.-]", "-", name)
    return f"SPDXRef-{kind}-{plain}" + ("" if plain == name else f"-{uuid.uuid5(_NAMESPACE, name).hex[:8]}")
