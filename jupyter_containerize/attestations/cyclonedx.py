"""The bill of materials as CycloneDX 1.6. Source: cyclonedx.org/docs/1.6/json.

The same contents give the same bytes: all is sorted, the time is the image's, and the serial number comes from the
rest of the document.
"""

from __future__ import annotations

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

CYCLONEDX_TYPE: Final = "application/vnd.cyclonedx+json"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "pkg:pypi/jupyter-containerize#cyclonedx")
_ROOT: Final = "image"


def cyclonedx(contents: Contents, *, image: ImageName | None = None) -> bytes:
    """Return the document as JSON. ``image`` is the finished image, for a document that lies outside of it."""
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": contents.created,
            "tools": {"components": [_set({"type": "application", "name": names.TOOL}, version=contents.tool_version)]},
            "component": _image(contents, image),
        },
        "components": _components(contents),
        "dependencies": _dependencies(contents),
    }
    return sealed(document)


def sealed(document: Mapping[str, Any]) -> bytes:
    """Return the document as JSON, with the serial number that belongs to what it says."""
    kept = {name: value for name, value in document.items() if name != "serialNumber"}
    serial = uuid.uuid5(_NAMESPACE, to_json(kept).decode())
    return to_json({**kept, "serialNumber": f"urn:uuid:{serial}"})


def _components(contents: Contents) -> list[dict[str, Any]]:
    return [
        *([_base(contents.base, contents.platform.architecture)] if contents.base else []),
        *([_operating_system(contents.distro)] if contents.distro else []),
        *(system_component(item, contents.distro) for item in contents.system_packages),
        python_component(contents.python),
        *(_wheel(item) for item in contents.wheels),
        *(_vendored(item) for item in contents.vendored),
        *(_object(item) for item in contents.objects),
        *(_file(item) for item in contents.files),
    ]


def _image(contents: Contents, image: ImageName | None) -> dict[str, Any]:
    digest = f"sha256:{contents.notebook_digest}" if contents.notebook_digest else ""
    properties = _properties(
        {"notebook": [contents.notebook], "notebook-digest": [digest], "platform": [str(contents.platform)]}
    )
    component = {"type": "container", "bom-ref": _ROOT, "name": contents.name, "properties": properties}
    if image is None:
        return component
    return {**component, "version": image.digest, "purl": names.image_purl(image, contents.platform.architecture)}


def _base(image: ImageName, architecture: str) -> dict[str, Any]:
    return {
        "type": "container",
        "bom-ref": "base",
        "name": str(image.reference),
        "version": image.digest,
        "purl": names.image_purl(image, architecture),
        "hashes": _hashes(image.digest.hex),
    }


def _operating_system(distro: str) -> dict[str, Any]:
    name, _, version = distro.partition("-")
    return _set({"type": "operating-system", "bom-ref": "os", "name": name}, version=version)


def python_component(item: PythonItem) -> dict[str, Any]:
    """Return the interpreter."""
    component = {
        "type": "platform",
        "bom-ref": "python",
        "name": "python",
        "version": item.version,
        "purl": f"pkg:generic/python@{item.version}",
        "cpe": f"cpe:2.3:a:python:python:{item.version}:*:*:*:*:*:*:*",
    }
    return _set(component, hashes=_hashes(item.sha256), externalReferences=_download(item.url, item.sha256))


def _wheel(item: WheelItem) -> dict[str, Any]:
    package = item.package
    component = {
        "type": "library",
        "bom-ref": names.wheel_purl(package),
        "name": package.name,
        "version": package.version,
        "purl": names.wheel_purl(package),
        "hashes": _hashes(package.sha256),
    }
    evidence = [evidence_line(found) for found in item.evidence]
    return _set(
        component,
        licenses=_licences(item.licence),
        externalReferences=_download(public_url(package.url), package.sha256),
        properties=_properties({"evidence": evidence, "file": [package.filename], "size": [package.size_bytes]}),
    )


def _vendored(item: WheelItem) -> dict[str, Any]:
    """Return one of the server's own, which a scanner looks up as any other; the user's of that name is another."""
    component = _wheel(item)
    told = _properties({names.VENDORED: ["true"]})
    return {
        **component,
        "bom-ref": f"{names.VENDORED}:{item.package.name}",
        "properties": sorted([*component["properties"], *told], key=lambda row: row["name"]),
    }


def system_component(item: SystemPackage, distro: str) -> dict[str, Any]:
    """Return one Debian package. ``distro`` is as in ``Contents``."""
    component = {
        "type": "library",
        "bom-ref": names.system_purl(item, distro),
        "name": item.name,
        "version": item.version,
        "purl": names.system_purl(item, distro),
        "hashes": _hashes(item.sha256),
    }
    told: dict[str, Iterable[object]] = {"needed-by": item.needed_by, "size": [item.size_bytes]}
    return _set(
        component,
        externalReferences=_download(public_url(item.url), item.sha256),
        properties=_properties(told),
    )


def _object(item: ObjectItem) -> dict[str, Any]:
    kept: dict[str, Iterable[object]] = {
        "evidence": [item.evidence],
        "format": [item.format],
        "python-type": [item.type_name],
        "size": [item.size_bytes],
    }
    return {
        "type": "data",
        "bom-ref": f"object:{item.name}",
        "name": item.name,
        "hashes": _hashes(item.sha256),
        "properties": _properties(kept),
    }


def _file(item: FileItem) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": f"file:{item.path}",
        "name": item.path,
        "hashes": _hashes(item.sha256),
        "properties": _properties({"size": [item.size_bytes]}),
    }


def _dependencies(contents: Contents) -> list[dict[str, Any]]:
    references = {item.package.name: names.wheel_purl(item.package) for item in contents.wheels}
    rows = [
        {"ref": references[item.package.name], "dependsOn": sorted(references[name] for name in item.requires)}
        for item in contents.wheels
        if item.requires
    ]
    everything = sorted(component["bom-ref"] for component in _components(contents))
    return sorted([*rows, {"ref": _ROOT, "dependsOn": everything}], key=lambda row: str(row["ref"]))


def _hashes(sha256: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256}] if sha256 else []


def _download(url: str, sha256: str) -> list[dict[str, Any]]:
    return [{"type": "distribution", "url": url, "hashes": _hashes(sha256)}] if url else []


def _licences(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    expression = names.spdx_licence(text)
    return [{"expression": expression}] if expression else [{"license": {"name": text}}]


def _properties(values: Mapping[str, Iterable[object]]) -> list[dict[str, str]]:
    return [
        {"name": f"{names.PREFIX}:{name}", "value": str(value)}
        for name, several in sorted(values.items())
        for value in several
        if value not in {"", None}
    ]


def _set(component: dict[str, Any], **values: object) -> dict[str, Any]:
    """Return the component with those values that are not empty."""
    return {**component, **{name: value for name, value in values.items() if value}}
