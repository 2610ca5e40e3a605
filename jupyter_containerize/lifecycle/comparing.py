"""A plan against an image that was built before: what comes, what goes, and what it does to the size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_containerize.attestations import Change, Inventory, differences
from jupyter_containerize.buildpacks.cnb import history_line
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedEnvironment
from jupyter_containerize.domain.image import Digest, Image, Layer, LayerPlan, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.contained import documents_in, inventory_in, inventory_told
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import TargetPlan
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare
from jupyter_containerize.lifecycle.told import told
from jupyter_containerize.oci import read_history
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.registries import read_remote

_VERSION = re.compile(r"\s*\b\d[\w.+-]*")
_NAMED = re.compile(r"Layer: '([^']+)', Created by buildpack")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChange:
    """One layer that both do not have alike. ``None`` before: added; ``None`` after: removed.

    The size after is an estimate while the layer is not made: that of the layer before where the titles are alike, else
    what is downloaded or copied for it.
    """

    title_before: str | None
    title_after: str | None
    bytes_before: int | None
    bytes_after: int | None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a planned image has that the earlier one has not, and the other way round.

    ``same_layers`` counts the layers that are the same blob; ``layers`` are the others, bottom to top of the plan and
    then those that go. ``estimated`` says that ``bytes_after`` is no exact sum.
    """

    than: str
    platform: Platform
    digest: Digest
    changes: tuple[Change, ...]
    layers: tuple[LayerChange, ...]
    same_layers: int
    bytes_before: int
    bytes_after: int
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageComparison:
    """What one image has that an earlier one has not, and the other way round; see ``Comparison``."""

    changes: tuple[Change, ...]
    layers: tuple[LayerChange, ...]
    same_layers: int
    bytes_before: int
    bytes_after: int


PlannedBlob = tuple[LayerPlan, Digest | None, int, bool]
"""A planned layer, its digest if it is made already, its size, and whether it is made in another way than before."""


def compare(than: str, target: TargetPlan, layers: Sequence[PlannedBlob], job: Job) -> Comparison:
    """Compare a platform's plan with the image that a name means now.

    Raises:
        IllegalReference: the name is none.
        NothingToCompare: there is no such image.
        ImageUnreadable, InventoryUnreadable: it is damaged.
        RegistryUnreachable, RegistryRefused and others: as ``read_remote`` does.
    """
    reference = Reference.parse(than)
    image = _find(reference, target.platform, job)
    if image is None:
        raise NothingToCompare(than, target.platform)
    before = inventory_in(image, reference, job)
    # A plan knows the minor version of a base image's Python alone.
    before = replace(before, python=".".join(before.python.split(".")[:2]))
    base = {layer.digest for layer in target.base_layers}
    kept = base | {digest for _, digest, _, _ in layers if digest is not None}
    changed = _layers(image, layers, kept)
    same = [layer for layer in image.layers if layer.digest in kept]
    return Comparison(
        than=than,
        platform=target.platform,
        digest=image.manifest_digest,
        changes=differences(before, inventory_of_plan(target.inputs.environment)),
        layers=changed,
        same_layers=len(same),
        bytes_before=sum(layer.size_bytes for layer in image.layers),
        bytes_after=sum(layer.size_bytes for layer in same) + sum(item.bytes_after or 0 for item in changed),
        estimated=any(item.estimated for item in changed),
    )


def compare_images(
    before: Image, after: Image, store: LocalStore, cancel: CancelToken | None = None
) -> ImageComparison:
    """Compare two images of the store.

    Raises:
        ImageUnreadable, InventoryUnreadable: one of them is damaged.
        Cancelled
    """
    held = [inventory_told(documents_in(image, store, cancel), image) for image in (before, after)]
    shared = {layer.digest for layer in before.layers} & {layer.digest for layer in after.layers}
    return ImageComparison(
        changes=differences(*held),
        layers=_layer_changes(before, after, shared),
        same_layers=sum(layer.digest in shared for layer in after.layers),
        bytes_before=sum(layer.size_bytes for layer in before.layers),
        bytes_after=sum(layer.size_bytes for layer in after.layers),
    )


def _layer_changes(before: Image, after: Image, shared: set[Digest]) -> tuple[LayerChange, ...]:
    """Pair the layers that differ as ``_layers`` does, by what both images' histories say of them."""
    gone, come = (
        [(line, layer) for line, layer in _lines(image) if layer.digest not in shared] for image in (before, after)
    )
    found = []
    for line, layer in come:
        pair = next((item for item in gone if _stem(item[0]) == _stem(line)), None)
        if pair is not None:
            gone.remove(pair)
        found.append(
            LayerChange(
                title_before=_shown(pair[0]) if pair else None,
                title_after=_shown(line),
                bytes_before=pair[1].size_bytes if pair else None,
                bytes_after=layer.size_bytes,
            )
        )
    removed = [
        LayerChange(title_before=_shown(line), title_after=None, bytes_before=layer.size_bytes, bytes_after=None)
        for line, layer in gone
    ]
    return (*found, *removed)


def _lines(image: Image) -> list[tuple[str, Layer]]:
    return list(zip(read_history(image.config_bytes), image.layers, strict=True))


def _shown(line: str) -> str:
    role, title = told(line)
    return f"{role}: {title}"


def inventory_of_plan(environment: LockedEnvironment) -> Inventory:
    """Return what an image of that lock has."""
    return Inventory(
        distributions={item.name: (item.version, item.size_bytes) for item in environment.packages},
        system={item.name: (item.version, item.size_bytes) for item in environment.system_packages},
        python=environment.python_minor,
    )


def _find(reference: Reference, platform: Platform, job: Job) -> Image | None:
    image = job.store.find(reference, platform)
    if image is not None and _architecture(image) == platform.architecture:
        return image
    return None if reference.host is None else read_remote(reference, platform)


def _architecture(image: Image) -> str:
    return str(from_json("config", image.config_bytes).get("architecture", ""))


def _layers(image: Image, planned: Sequence[PlannedBlob], kept: set[Digest]) -> tuple[LayerChange, ...]:
    """Pair the layers that differ by what the history says of them, without versions."""
    lines = read_history(image.config_bytes)
    gone = [(line, layer) for layer, line in zip(image.layers, lines, strict=True) if layer.digest not in kept]
    there = {layer.digest for layer in image.layers}
    found = []
    for plan, digest, size_bytes, otherwise in planned:
        if digest in there:
            continue
        title = f"{plan.role}: {plan.title}"
        # An earlier version wrote roles and titles alone.
        names = (history_line(plan, version=""), title)
        pair = next((item for item in gone if _stem(item[0]) in map(_stem, names)), None)
        if pair is not None:
            gone.remove(pair)
        before, layer = pair or (None, None)
        # A layer that has the same name has about the same size, which what goes into it has not.
        alike = digest is None and not otherwise and before is not None and _told(before) in map(_told, names)
        found.append(
            LayerChange(
                title_before=_told(before) if before else None,
                title_after=_told(title),
                bytes_before=layer.size_bytes if layer else None,
                bytes_after=layer.size_bytes if layer and alike else size_bytes,
                estimated=digest is None,
            )
        )
    removed = [
        LayerChange(title_before=_told(line), title_after=None, bytes_before=layer.size_bytes, bytes_after=None)
        for line, layer in gone
    ]
    return (*found, *removed)


def _told(line: str) -> str:
    """Return a line of the history for people: the layer's name where that is all it says."""
    named = _NAMED.match(line)
    return named[1] if named else line


def _stem(line: str) -> str:
    told = _told(line)
    # The name of a layer has no version; numbers in it tell it from others.
    return told if told != line else _VERSION.sub("", line)
