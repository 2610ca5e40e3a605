"""plan: what a build would do, layer by layer and with the reasons, without doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jupyter_containerize.domain.build import BuildRequest, CancelToken, Emit, Phase
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Digest, Download, Layer, LayerPlan
from jupyter_containerize.domain.notebook import Finding
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.analyze import analyze
from jupyter_containerize.lifecycle.beginning import begin
from jupyter_containerize.lifecycle.comparing import Comparison, compare
from jupyter_containerize.lifecycle.detect import detect
from jupyter_containerize.lifecycle.holding import held
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.misses import Miss, Slots
from jupyter_containerize.lifecycle.plan import Plan, Restored, TargetPlan
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare
from jupyter_containerize.lifecycle.plan_warnings import warnings_of
from jupyter_containerize.lifecycle.restore import restore
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.destinations import StoreDestination

# The inputs of a layer that say how it is made and not of what.
_HOW = frozenset({"layer format", "bytecode"})


class LayerState(StrEnum):
    """Where a planned layer is already."""

    NEW = "new"
    CACHED = "cached"
    """In the local store."""
    DESTINATION = "destination"
    """At the destination too, so that it is not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLayer:
    """One layer as a plan shows it.

    ``size_bytes`` is that of the finished blob; of a new layer it is not known, and what is downloaded or copied for
    it is told instead (``estimated``). ``download_bytes`` is what is not at hand of that, ``unsized`` how many files
    the index gives no size for. ``misses`` says why it is new, ``parts_ready`` how many of its ``parts`` are made
    already, ``left_out`` what strip rules took away from those, in bytes by the rule's name.
    """

    plan: LayerPlan
    state: LayerState
    size_bytes: int
    estimated: bool = False
    download_bytes: int = 0
    unsized: int = 0
    make_bytes: int = 0
    digest: Digest | None = None
    misses: tuple[Miss, ...] = ()
    parts_ready: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """How many parts it has; 0 for a layer that is made in one go."""
        return len(self.plan.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImage:
    """The image for one platform: layers bottom to top, the ones of a base image first.

    ``needed`` are the system packages that something asked for beside the base. ``push_bytes`` is ``None`` where it
    cannot be known what the destination has. ``image_bytes`` counts blobs, where their size is known, else estimates.
    """

    platform: Platform
    base_layers: tuple[Layer, ...]
    layers: tuple[PlannedLayer, ...]
    needed: tuple[SystemPackage, ...]
    push_bytes: int | None

    @property
    def download_bytes(self) -> int:
        """What has to come from the package index and the Debian archive."""
        return sum(layer.download_bytes for layer in self.layers)

    @property
    def unsized(self) -> int:
        """How many files are to be downloaded whose size nobody says; one that several layers take counts for each."""
        return sum(layer.unsized for layer in self.layers)

    @property
    def make_bytes(self) -> int:
        """What has to be unpacked, compiled and compressed, as it is before that."""
        return sum(layer.make_bytes for layer in self.layers)

    @property
    def image_bytes(self) -> int:
        """The size of all layers."""
        base = sum(layer.size_bytes for layer in self.base_layers)
        return base + sum(layer.size_bytes for layer in self.layers)

    @property
    def estimated(self) -> bool:
        """Whether any of the sizes is an estimate."""
        return any(layer.estimated for layer in self.layers)

    def count(self, state: LayerState) -> int:
        """Return how many layers are in that state."""
        return sum(layer.state is state for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan with all that is known about it; ``comparison`` is that with an earlier image, one for each platform."""

    plan: Plan
    images: tuple[PlannedImage, ...]
    warnings: tuple[Finding, ...] = ()
    comparison: tuple[Comparison, ...] = ()


def show_plan(
    request: BuildRequest, emit: Emit, cancel: CancelToken, store: LocalStore | None = None, *, than: str = ""
) -> PlanView:
    """Return what a build of the request would do. No layer is made, no image is written and no name is moved.

    The notebook runs if its state is not known, as in a build: what its objects need is in the plan. Wheels that were
    never read are downloaded, since what they need of the system is in it too.

    Args:
        request: what would be built.
        emit: gets the events of detect, analyze and restore.
        cancel: asked all the time.
        store: the user's unless given.
        than: the name of an image to compare with, in the local store or at a registry.

    Raises:
        ContainerizeError: what detect, analyze and restore raise.
        NothingToCompare: there is no image of that name for any of the platforms.
    """
    job = begin(request, emit, cancel, store)
    watch = job.watch
    with watch.phase(Phase.DETECT):
        plan = detect(job)
    with watch.phase(Phase.ANALYZE):
        analyze(plan, job)
    with watch.phase(Phase.RESTORE):
        restored = restore(plan, job)
    return view_of(plan, restored, job, than=than)


def view_of(plan: Plan, restored: Restored, job: Job, *, than: str = "") -> PlanView:
    """Return a plan with what is known of its layers."""
    images = tuple(_image(target, plan, restored, job) for target in plan.targets)
    compared = _compared(than, plan, images, job) if than else ()
    return PlanView(plan=plan, images=images, warnings=warnings_of(plan), comparison=compared)


def _compared(than: str, plan: Plan, images: tuple[PlannedImage, ...], job: Job) -> tuple[Comparison, ...]:
    """Compare each platform that the earlier image is for."""
    found = []
    missing: list[NothingToCompare] = []
    for target, image in zip(plan.targets, images, strict=True):
        try:
            found.append(
                compare(
                    than,
                    target,
                    [(item.plan, item.digest, item.size_bytes, _otherwise(item)) for item in image.layers],
                    job,
                )
            )
        except NothingToCompare as error:
            missing.append(error)
    if not found:
        raise missing[0]
    for lack in missing:
        job.watch.say(f"{than} is not for {lack.platform}: nothing to compare with")
    return tuple(found)


def _image(target: TargetPlan, plan: Plan, restored: Restored, job: Job) -> PlannedImage:
    slots = Slots(job.store, plan.reference, target.platform)
    is_sent = not isinstance(plan.destination, StoreDestination)
    there = [*target.base_layers, *restored.layers.values()]
    at_destination = held(plan.destination, there, job) if is_sent else frozenset()
    layers = tuple(
        _layer(item, restored.layers.get(item.cache_key), at_destination or frozenset(), slots, job)
        for item in target.layers
    )
    unsent = [layer.size_bytes for layer in target.base_layers if layer.digest not in (at_destination or ())]
    unsent += [item.size_bytes for item in layers if item.state is not LayerState.DESTINATION]
    return PlannedImage(
        platform=target.platform,
        base_layers=target.base_layers,
        layers=layers,
        needed=tuple(item for item in target.inputs.environment.system_packages if item.needed_by),
        push_bytes=None if at_destination is None else sum(unsent) * is_sent,
    )


def _otherwise(layer: PlannedLayer) -> bool:
    """Tell whether options changed how the layer is made: its size says nothing then."""
    return not _HOW.isdisjoint(miss.name for miss in layer.misses)


def _layer(
    plan: LayerPlan, layer: Layer | None, at_destination: frozenset[Digest], slots: Slots, job: Job
) -> PlannedLayer:
    if layer is not None:
        return PlannedLayer(
            plan=plan,
            state=LayerState.DESTINATION if layer.digest in at_destination else LayerState.CACHED,
            size_bytes=layer.size_bytes,
            digest=layer.digest,
            parts_ready=len(plan.parts),
        )
    kept = {part.key: job.store.part(part.key) for part in plan.parts}
    missing = [part for part in plan.parts if kept[part.key] is None]
    downloads = [item for part in missing for item in part.downloads] if plan.parts else plan.downloads
    unsized, download_bytes = _to_download(downloads, job.store)
    return PlannedLayer(
        plan=plan,
        state=LayerState.NEW,
        size_bytes=plan.size_bytes,
        estimated=True,
        download_bytes=download_bytes,
        unsized=unsized,
        make_bytes=sum(part.size_bytes for part in missing) if plan.parts else plan.size_bytes,
        misses=slots.misses(plan),
        parts_ready=len(plan.parts) - len(missing),
        left_out=_summed(part.left_out for part in kept.values() if part is not None),
    )


def _to_download(downloads: Iterable[Download], store: LocalStore) -> tuple[int, int]:
    """Return how many files nobody knows the size of, and the bytes of the others; none of what is at hand."""
    missing = {item.sha256: item for item in downloads if not store.download_path(item.sha256).exists()}
    sizes = [item.size_bytes for item in missing.values()]
    return sizes.count(None), sum(size for size in sizes if size is not None)


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for name, size_bytes in count.items():
            total[name] = total.get(name, 0) + size_bytes
    return total
