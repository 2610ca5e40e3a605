"""An image on a newer base: the system's layers are replaced, everything that the notebook brought stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_containerize import cnb
from jupyter_containerize._version import __version__
from jupyter_containerize.buildpacks.cnb import history_line
from jupyter_containerize.domain.build import BuildRequest, CancelToken, Emit, Phase, Unit
from jupyter_containerize.domain.image import Digest, Image, Layer, LayerRole, Reference, Tag
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.base import debian_base
from jupyter_containerize.lifecycle.build import build
from jupyter_containerize.lifecycle.detect import plan_base
from jupyter_containerize.lifecycle.epoch import created
from jupyter_containerize.lifecycle.further import find_named
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Restored, TargetPlan
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import read_history
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.publishing import LocalStore, RegistryDestination, parse_destination, pull_image
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.registries import push_image


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebased:
    """What came of it. ``changes`` are system packages with their version before and after; empty where there is none.

    ``digest`` is the image's before when nothing newer was found.
    """

    reference: str
    digest: Digest
    changes: Mapping[str, tuple[str, str]]


def rebase(
    name: str, *, destination: str, force: bool, emit: Emit, cancel: CancelToken, store: LocalStore | None = None
) -> Rebased:
    """Put an image on the newest packages of its Debian release; the name moves when the new image is whole.

    ``name`` is in the local store, or with a registry's host there; then it goes back to that registry, and else where
    ``destination`` says, as for a build.

    Raises:
        NoSuchImage: the name means nothing.
        NotRebasable, RebaseRefused: the image has no base of ours.
        ContainerizeError: from Debian's archive, the store or the destination.
    """
    watch = Watch(emit, cancel)
    # There is no notebook: what is built is the base alone.
    job = Job(request=BuildRequest(notebook=Path()), store=store or LocalStore.default(), watch=watch)
    reference = Reference.parse(name)
    target = parse_destination(destination or (name if reference.host else ""))
    with watch.phase(Phase.ANALYZE):
        target.check()
        image = _image(reference, job)
        before = cnb.base_of(image)
        if before.base.distro != "debian" or not before.base.python_minor:
            raise cnb.NotRebasable("its base is none of ours: rebase it with the tool that made it")
    with watch.phase(Phase.DETECT):
        plan = _plan(image, before, job)
    with watch.phase(Phase.BUILD):
        kept = {item.cache_key: layer for item in plan.layers if (layer := job.store.cached_layer(item.cache_key))}
        layers = build(plan, Restored(layers=kept), job)
    with watch.phase(Phase.EXPORT):
        base = _base_image(image, before, plan, layers)
        where = target.reference if isinstance(target, RegistryDestination) else reference
        run = cnb.run_image_reference(where, plan.base.about, further=_further_of(plan))
        after = cnb.rebased(
            image,
            base,
            name=str(run),
            reference=f"{str(run).removesuffix(f':{run.tag}')}@{base.manifest_digest}",
            force=force,
        )
        job.store.add_image(after)
        moved = _Moved(watch)
        if isinstance(target, RegistryDestination):
            push_image(run, base, job.store, on_bytes=moved.add, cancel=cancel)
        published = target.publish(after, job.store, reference=reference, on_bytes=moved.add, cancel=cancel)
        for tag in (reference, replace(reference, tag=Tag(after.manifest_digest.hex[:12]))):
            job.store.tag(tag, after.manifest_digest)
    return Rebased(
        reference=published.reference,
        digest=after.manifest_digest,
        changes=_changes(before.base.packages, plan.base.about.packages),
    )


def _image(reference: Reference, job: Job) -> Image:
    if reference.host is None:
        image = job.store.find(reference)
        if image is None:
            raise NoSuchImage(str(reference))
        return image

    def moved(done: int, total: int) -> None:
        job.watch.progress("Pulling the image", done, total, Unit.BYTES)

    return pull_image(reference, job.store, on_bytes=moved, cancel=job.watch.cancel)


def _plan(image: Image, before: cnb.BaseInfo, job: Job) -> TargetPlan:
    """Decide the newest base for the image: with Debian's Python, or for the Python that it keeps."""
    platform = Platform.parse(str(from_json("config", image.config_bytes).get("architecture", "")))
    about = before.base
    minor = about.python_minor if about.python.startswith("/usr/bin/") else None
    base = debian_base(minor, platform, job)
    names = sorted(about.packages.keys() - base.about.packages.keys())
    further = find_named(names, base, platform=platform, job=job)
    packages = {item.name: item.version for item in (*base.system_packages, *further)}
    base = replace(
        base,
        system_packages=(*base.system_packages, *further),
        about=replace(base.about, python=about.python, python_minor=about.python_minor, packages=packages),
    )
    return plan_base(base, platform, job.request.layers, about.python_minor)


def _base_image(image: Image, before: cnb.BaseInfo, plan: TargetPlan, layers: Sequence[Layer]) -> Image:
    """Return the new base as an image; a Python that is not Debian's stays."""
    lines = read_history(image.config_bytes)[: len(before.layers)]
    old = list(zip(before.layers, lines, strict=True))
    new = [(layer, history_line(item, version=__version__)) for layer, item in zip(layers, plan.layers, strict=True)]
    if not any(item.role is LayerRole.PYTHON for item in plan.layers):
        new[1:1] = [(layer, line) for layer, line in old if line.startswith(f"{LayerRole.PYTHON}: ")]
    return cnb.run_image(new, plan.base.about, created=created(), architecture=plan.platform.architecture)


def _further_of(plan: TargetPlan) -> list[str]:
    return [item.name for item in plan.inputs.environment.system_packages if item.needed_by]


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = sorted(before.keys() | after.keys())
    pairs = {name: (before.get(name, ""), after.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


class _Moved:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._done = 0

    def add(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._watch.progress("Publishing", self._done, None, Unit.BYTES)
