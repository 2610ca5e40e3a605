"""An image as it was before Debian mended something."""

from __future__ import annotations

from dataclasses import replace

from jupyter_containerize import cnb
from jupyter_containerize.attestations import read_inventory, restated
from jupyter_containerize.buildpacks.cnb import sbom_entries, sbom_layer
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import EntryKind, Image, LayerEntry, LayerOptions
from jupyter_containerize.lifecycle.contained import documents_in
from jupyter_containerize.oci import read_history
from jupyter_containerize.publishing import LocalStore

VERSION = "0"


def on_an_older_base(image: Image, local: LocalStore, *, stale: bool = False) -> Image:
    """Return the image with a base whose packages all have version 0, and so say its labels.

    Its bills of materials say so too; ``stale``: they list the packages of today, as if another tool had rebased it.
    """
    info = cnb.base_of(image)
    marker = LayerEntry(path="older", kind=EntryKind.DIRECTORY, mode=0o755)
    layer = local.make_layer("ab" * 32, [marker], cancel=CancelToken())
    lines = read_history(image.config_bytes)
    below = [*zip(info.layers, lines, strict=False), (layer, "os: older")]
    about = replace(info.base, packages=dict.fromkeys(info.base.packages, VERSION))
    base = cnb.run_image(below, about, created="1980-01-01T00:00:01Z", architecture="amd64")
    sbom = None if stale else _older_bills(image, local)
    name = info.run_image.image
    reference = f"{name.rpartition(':')[0]}@{base.manifest_digest}"
    older = cnb.rebased(image, base, name=name, reference=reference, sbom=sbom)
    local.add_image(older)
    return older


def _older_bills(image: Image, local: LocalStore):
    held = documents_in(image, local)
    names = read_inventory(held.cyclonedx).system
    packages = [
        SystemPackage(name=name, version=VERSION, architecture="amd64", url="", sha256="00" * 32, size_bytes=1)
        for name in names
    ]
    told = restated({"cdx": held.cyclonedx, "spdx": held.spdx}, packages)
    plan, entries = sbom_layer(sbom_entries(told), LayerOptions())
    return local.make_layer(plan.cache_key, entries, cancel=CancelToken())
