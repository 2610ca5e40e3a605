"""An image on a newer base: the system's layers are replaced, everything that the notebook brought stays as it is.

What the image says of its base is replaced with it: the labels, and the layer with the bills of materials.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_containerize import cnb
from jupyter_containerize._version import __version__
from jupyter_containerize.attestations import SigningKey
from jupyter_containerize.buildpacks.cnb import history_line
from jupyter_containerize.domain.build import BuildRequest, CancelToken, Emit, Phase, Unit
from jupyter_containerize.domain.image import Digest, Image, Layer, LayerRole, Published, Reference, Tag
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.base import debian_base
from jupyter_containerize.lifecycle.beside import Beside, attach_all, key_of, push_bases
from jupyter_containerize.lifecycle.build import build
from jupyter_containerize.lifecycle.details import PLATFORMS
from jupyter_containerize.lifecycle.detect import plan_base
from jupyter_containerize.lifecycle.epoch import created
from jupyter_containerize.lifecycle.further import find_named
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Restored, TargetPlan
from jupyter_containerize.lifecycle.restating import Bills, Moved, attachments_on, bills_on
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import read_history
from jupyter_containerize.publishing import Destination, LocalStore, RegistryDestination, parse_destination, pull_image
from jupyter_containerize.publishing.destinations import publish_images
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.listing import platform_of
from jupyter_containerize.publishing.registries import read_remote


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebased:
    """What came of it. ``changes`` are system packages with their version before and after; empty where there is none.

    ``digest`` is the image's before when nothing newer was found.
    """

    reference: str
    digest: Digest
    changes: Mapping[str, tuple[str, str]]


def rebase(
    name: str,
    *,
    destination: str,
    force: bool,
    emit: Emit,
    cancel: CancelToken,
    store: LocalStore | None = None,
    sign_key: Path | None = None,
    attest: bool = True,
) -> Rebased:
    """Put an image on the newest packages of its Debian release; the name moves when the new image is whole.

    ``name`` is in the local store, or with a registry's host there; then it goes back to that registry, and else where
    ``destination`` says, as for a build. ``sign_key`` and ``attest`` are as in ``BuildRequest``.

    Raises:
        NoSuchImage: the name means nothing.
        NotRebasable, RebaseRefused: the image has no base of ours.
        ContainerizeError: from Debian's archive, the store or the destination; of the key.
    """
    watch = Watch(emit, cancel)
    # There is no notebook: what is built is the base alone.
    request = BuildRequest(notebook=Path(), sign_key=sign_key, attest=attest)
    job = Job(request=request, store=store or LocalStore.default(), watch=watch)
    reference = Reference.parse(name)
    target = parse_destination(destination or (name if reference.host else ""))
    with job.store.in_use():
        return _rebased(reference, target, force=force, job=job)


def _rebased(reference: Reference, target: Destination, *, force: bool, job: Job) -> Rebased:
    watch = job.watch
    with watch.phase(Phase.ANALYZE):
        target.check()
        where = target.reference if isinstance(target, RegistryDestination) else None
        key = key_of(job.request, watch, goes_to_registry=where is not None)
        images = _images(reference, job)
    with watch.phase(Phase.DETECT):
        plans = [_plan(image, job) for _, image in images]
    with watch.phase(Phase.BUILD):
        layers = [build(plan, Restored(layers=_kept(plan, job)), job) for plan in plans]
        bills = [bills_on(image, plan, job) for (_, image), plan in zip(images, plans, strict=True)]
    with watch.phase(Phase.EXPORT):
        moved = [
            _on(image, plan, made, bill, where, force=force)
            for (_, image), plan, made, bill in zip(images, plans, layers, bills, strict=True)
        ]
        for item in moved:
            job.store.add_image(item.image)
        if where is not None:
            _put_beside(moved, reference, where, key, job)
        after = [(item.plan.platform, item.image) for item in moved]
        published, digest = _publish(target, after, reference, watch.counted("Publishing"), job)
        for tag in (reference, replace(reference, tag=Tag(digest.hex[:12]))):
            job.store.tag(tag, digest)
    changes: dict[str, tuple[str, str]] = {}
    for (_, image), plan in zip(images, plans, strict=True):
        changes |= _changes(cnb.base_of(image).base.packages, plan.base.about.packages)
    return Rebased(reference=published.reference, digest=digest, changes=changes)


def _put_beside(moved: Sequence[Moved], given: Reference, where: Reference, key: SigningKey | None, job: Job) -> None:
    """Publish the bases, and what goes beside the images: before the tag moves, as for a build."""
    push_bases([(item.base_name, item.plan.platform, item.base) for item in moved], job)
    if not job.request.attest and key is None:
        return
    attach_all(
        where,
        (
            Beside(
                image=item.image,
                platform=item.plan.platform,
                attachments=attachments_on(item, given, where, key) if job.request.attest else (),
            )
            for item in moved
        ),
        key,
        job,
    )


def _images(reference: Reference, job: Job) -> list[tuple[Platform, Image]]:
    """Return the images of all platforms that the name means.

    Raises:
        NoSuchImage: it means none.
    """
    found = []
    for platform in map(Platform.parse, PLATFORMS):
        image = _image(reference, platform, job)
        if image is not None and platform_of(image) == platform:
            found.append((platform, image))
    if not found:
        raise NoSuchImage(str(reference))
    return found


def _image(reference: Reference, platform: Platform, job: Job) -> Image | None:
    if reference.host is None:
        return job.store.find(reference, platform)
    if read_remote(reference, platform) is None:
        return None

    def moved(done: int, total: int) -> None:
        job.watch.progress("Pulling the image", done, total, Unit.BYTES)

    return pull_image(reference, job.store, on_bytes=moved, cancel=job.watch.cancel, platform=platform)


def _kept(plan: TargetPlan, job: Job) -> dict[str, Layer]:
    keys = [item.cache_key for item in plan.layers]
    return {key: layer for key in keys if (layer := job.store.cached_layer(key)) is not None}


def _on(  # what the image is made of
    image: Image, plan: TargetPlan, layers: Sequence[Layer], bills: Bills, where: Reference | None, *, force: bool
) -> Moved:
    """Return the image on its new base; the base has a new name only at another registry."""
    before, base = cnb.base_of(image), _base_image(image, plan, layers)
    run = Reference.parse(before.run_image.image)
    if where is not None:
        run = cnb.run_image_reference(where, plan.base.about, further=_further_of(plan))
        # Other tools refuse a base of another name, since they do not know whose it is; this one was made just now.
        about = plan.base.about
        force = force or (before.base.distro, before.base.version) == (about.distro, about.version)
    by_digest = f"{str(run).removesuffix(f':{run.tag}')}@{base.manifest_digest}"
    moved = cnb.rebased(image, base, name=str(run), reference=by_digest, sbom=bills.layer, force=force)
    return Moved(plan=plan, before=image, image=moved, base=base, base_name=run, bills=bills)


def _publish(
    target: Destination,
    images: Sequence[tuple[Platform, Image]],
    reference: Reference,
    moved: Callable[[int], None],
    job: Job,
) -> tuple[Published, Digest]:
    digest = job.store.add_index(images) if len(images) > 1 else images[0][1].manifest_digest
    published = publish_images(target, images, job.store, reference=reference, on_bytes=moved, cancel=job.watch.cancel)
    return published, digest


def _plan(image: Image, job: Job) -> TargetPlan:
    """Decide the newest base for the image: with Debian's Python, or for the Python that it keeps."""
    platform, about = platform_of(image), cnb.base_of(image).base
    if about.distro != "debian" or not about.python_minor:
        raise cnb.NotRebasable("its base is none of ours: rebase it with the tool that made it")
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
    plan = plan_base(base, platform, job.request.layers, about.python_minor)
    here = Platform.here()
    if minor is None or platform == here:
        return plan
    # Its Python cannot run here; the same one for this machine compiles.
    return replace(plan, tool=plan_base(debian_base(minor, here, job), here, job.request.layers, minor))


def _base_image(image: Image, plan: TargetPlan, layers: Sequence[Layer]) -> Image:
    """Return the new base as an image; a Python that is not Debian's stays."""
    before = cnb.base_of(image)
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
