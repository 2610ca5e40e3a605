"""What an image of ours says of its own layers: the words of its history, read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_containerize.domain.image import Digest, Image, LayerRole
from jupyter_containerize.oci import read_history

_NAMED = re.compile(r"Layer: '([^']+)', Created by buildpack")
_SLICE = "Application Slice: "
_STATE = ("State", "Data")
_WHEELS = "wheels-"
# The lifecycle's words for what buildpacks' tools need, and the names of our own layers that say nothing more.
_KNOWN = {
    "Software Bill-of-Materials": "Bill of materials",
    "Buildpacks Application Launcher": "Launcher",
    "Buildpacks Launcher Config": "Processes",
    "Buildpacks Process Types": "Starting points",
    "runtime": "Model server",
    "cnb-settings": "Settings of the server",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLayer:
    """A layer as its image describes it. ``title`` is empty where the image says nothing."""

    digest: Digest
    size_bytes: int
    role: LayerRole
    title: str


def told_layers(image: Image) -> tuple[ToldLayer, ...]:
    """Return the layers of an image, bottom to top."""
    return tuple(_layers(image))


def _layers(image: Image) -> Iterator[ToldLayer]:
    for layer, line in zip(image.layers, read_history(image.config_bytes), strict=True):
        role, title = told(line)
        yield ToldLayer(digest=layer.digest, size_bytes=layer.size_bytes, role=role, title=title)


def told(line: str) -> tuple[LayerRole, str]:
    """Return what a line of the history says of a layer; of a base that we did not make it is the system."""
    role, colon, title = line.partition(": ")
    if colon and role in set(LayerRole):
        return LayerRole(role), title
    if line.startswith(_SLICE):
        title = line.removeprefix(_SLICE)
        return (LayerRole.STATE if title.startswith(_STATE) else LayerRole.CODE), title
    named = _NAMED.match(line)
    name = named[1] if named else line
    if name.startswith(_WHEELS):
        return LayerRole.DEPENDENCIES, name.removeprefix(_WHEELS).replace("group-", "further distributions, part ")
    if name in _KNOWN:
        return LayerRole.RUNTIME, _KNOWN[name]
    return (LayerRole.DEPENDENCIES if named else LayerRole.OS), name
