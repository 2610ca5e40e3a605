"""A destination from what the user typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing.cnb_layers import CnbLayersDestination
from jupyter_containerize.publishing.destinations import (
    ArchiveDestination,
    Destination,
    LayoutDestination,
    StoreDestination,
)
from jupyter_containerize.publishing.engine import DockerDestination, DockerRunner
from jupyter_containerize.publishing.errors import UnknownDestination
from jupyter_containerize.publishing.podman_images import PodmanDestination
from jupyter_containerize.publishing.registries import RegistryDestination

# Docker where an engine answers, so that `docker run` finds the image; else the local store alone.
AUTO = "auto"

_FOLDERS: Mapping[str, Callable[[Path], Destination]] = {
    "oci": LayoutDestination,
    "archive": ArchiveDestination,
    "cnb-layers": CnbLayersDestination,
}


def parse_destination(text: str) -> Destination:
    """Return the destination that ``text`` names; nobody is asked yet, but for ``auto``.

    Raises:
        UnknownDestination: the text has none of the known forms.
        IllegalReference: it looks like a registry's, and its name or tag is not legal.
    """
    kind, colon, rest = text.partition(":")
    if not text:
        return StoreDestination()
    if text == "docker":
        return DockerDestination()
    if text == "podman":
        return PodmanDestination()
    if text == AUTO:
        return StoreDestination() if DockerRunner.why_not() else DockerDestination()
    if colon and kind in _FOLDERS:
        if not rest:
            raise UnknownDestination(text, f"there is no path after {kind}:")
        try:
            return _FOLDERS[kind](Path(rest).expanduser())
        except RuntimeError as error:
            raise UnknownDestination(text, "nobody here has that home folder") from error
    if "/" in text:
        reference = Reference.parse(text)
        if reference.host is not None:
            return RegistryDestination(reference)
        raise UnknownDestination(text, "it names no registry host before the first /")
    raise UnknownDestination(text, "it has none of the forms that are known")
