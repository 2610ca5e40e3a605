"""What is in an image of the store: its layers, what is installed, and what it answers. Nothing is started."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from jupyter_containerize.attestations.names import PREFIX
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image
from jupyter_containerize.lifecycle.contained import documents_in, inventory_told
from jupyter_containerize.lifecycle.told import ToldLayer, told_layers
from jupyter_containerize.oci import read_config
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.publishing import LocalStore

BILLS: Final = ("cyclonedx", "spdx")
"""The forms of bills of materials that lie in our images."""

# ``iris.ipynb[12]:10 state model``: the place, then the rule.
_PLACE = re.compile(r".+?\[\d+\](?::\d+)?(?=\s|$)")
_EVIDENCE = f"{PREFIX}:evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDistribution:
    """One installed distribution. ``cells`` are the places in the notebook that asked for it, as texts."""

    name: str
    version: str
    licence: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDetails:
    """What is in one image.

    ``system_packages`` are names with versions; ``entries`` have symbol, route, method, inputs, output and example.
    """

    layers: tuple[ToldLayer, ...]
    distributions: tuple[HeldDistribution, ...]
    system_packages: tuple[tuple[str, str], ...]
    python: str
    entries: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, str]


def details_of(image: Image, store: LocalStore, cancel: CancelToken | None = None) -> ImageDetails:
    """Return what is in an image of the store; of an image that is not ours, what its layers' names tell.

    Raises:
        ImageUnreadable, InventoryUnreadable: it is damaged.
        Cancelled
    """
    documents = documents_in(image, store, cancel)
    held = inventory_told(documents, image)
    licences, cells = _told_of(documents.cyclonedx)
    versions = {name: version for name, (version, _) in held.distributions.items()}
    return ImageDetails(
        layers=tuple(
            replace(layer, title=f"{layer.title} {versions[layer.title]}") if layer.title in versions else layer
            for layer in told_layers(image)
        ),
        distributions=tuple(
            HeldDistribution(
                name=name,
                version=version,
                licence=licences.get(name, ""),
                cells=tuple(dict.fromkeys(cells.get(name, ()))),
            )
            for name, version in sorted(versions.items())
        ),
        system_packages=tuple((name, version) for name, (version, _) in sorted(held.system.items())),
        python=held.python,
        entries=tuple(_entries(documents.model)),
        labels=dict(sorted(read_config(image.config_bytes).labels.items())),
    )


def bill_of_materials(image: Image, store: LocalStore, form: str) -> bytes:
    """Return the document of a form of ``BILLS`` that lies in the image; empty if there is none.

    Raises:
        ImageUnreadable: a layer is damaged.
    """
    documents = documents_in(image, store)
    return documents.cyclonedx if form == "cyclonedx" else documents.spdx


def _told_of(document: bytes) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return licence and cells of each distribution that a bill of materials lists."""
    licences: dict[str, str] = {}
    cells: dict[str, list[str]] = {}
    components = from_json("bill of materials", document).get("components") if document else None
    for item in components if isinstance(components, list) else ():
        name, purl = str(item.get("name", "")), str(item.get("purl", ""))
        if not purl.startswith("pkg:pypi/") or str(item.get("bom-ref", "")) != purl:
            continue
        licences[name] = _licence(item)
        lines = [
            str(found.get("value", "")) for found in item.get("properties") or () if found.get("name") == _EVIDENCE
        ]
        cells[name] = [place[0] for line in lines if (place := _PLACE.match(line))]
    return licences, cells


def _licence(component: Mapping[str, Any]) -> str:
    for item in component.get("licenses") or ():
        licence = item.get("license") or {}
        return str(item.get("expression") or licence.get("id") or licence.get("name") or "")
    return ""


def _entries(model: bytes) -> Iterator[Mapping[str, Any]]:
    endpoints = from_json("model.json", model).get("endpoints") if model else None
    for item in endpoints if isinstance(endpoints, list) else ():
        example = item.get("example")
        yield {
            "symbol": str(item.get("symbol", "")),
            "route": str(item.get("route", "")),
            "method": str(item.get("method", "POST")),
            "inputs": item.get("inputs") or {},
            "output": item.get("output"),
            "example": None if example is None else {key: example.get(key) for key in ("request", "response")},
        }
