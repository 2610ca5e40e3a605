"""What is done with an image of the local store that is there: it goes somewhere, or onto a newer base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_containerize.domain.build import (
    BuildReport,
    BuildRequest,
    BuiltImage,
    BuiltLayer,
    CancelToken,
    Emit,
    Phase,
    SelfTestResult,
)
from jupyter_containerize.domain.image import Digest, Image, Published, Reference, Tag
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.rebase import rebase
from jupyter_containerize.lifecycle.told import told_layers
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import (
    LocalStore,
    RegistryDestination,
    docker_command,
    parse_destination,
    store_command,
)
from jupyter_containerize.publishing.destinations import Destination, for_here, publish_images
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.listing import images_of
from jupyter_containerize.publishing.registries import pushed_bytes


def push(
    name: str, *, destination: str, emit: Emit, cancel: CancelToken, store: LocalStore | None = None
) -> BuildReport:
    """Put the image that a name of the local store means where ``destination`` says, as a build does.

    Bills of materials lie in the image; nothing is signed.

    Raises:
        IllegalReference, NoSuchImage: the name means nothing here.
        ContainerizeError: of the store or the destination.
    """
    job = _job(destination, emit, cancel, store)
    reference, target = Reference.parse(name), parse_destination(destination)
    with job.store.in_use():
        with job.watch.phase(Phase.ANALYZE):
            digest, images = _named(reference, job.store)
            target.check()
        with job.watch.phase(Phase.EXPORT):
            published = _publish(target, images, reference, job)
    job.watch.say(f"{published.reference} is {digest}")
    return _report(published, digest, images, (), job)


def rebased(
    name: str, *, destination: str, emit: Emit, cancel: CancelToken, store: LocalStore | None = None
) -> BuildReport:
    """Put an image on the newest system packages, as ``rebase`` does, and tell what changed.

    Raises:
        as ``rebase`` does
    """
    job = _job(destination, emit, cancel, store)
    done = rebase(name, destination=destination, force=False, emit=emit, cancel=cancel, store=job.store)
    for package, (before, after) in done.changes.items():
        job.watch.say(f"{package} {before or '(new)'} -> {after or '(gone)'}")
    if not done.changes:
        job.watch.say("The system packages are the newest already")
    images = images_of(job.store, done.digest)
    reference = Reference.parse(name)
    tags = (str(reference), str(replace(reference, tag=Tag(done.digest.hex[:12]))))
    command = docker_command if destination else store_command
    published = Published(reference=done.reference, run_command=command(done.reference))
    return _report(published, done.digest, images, tags, job)


def _job(destination: str, emit: Emit, cancel: CancelToken, store: LocalStore | None) -> Job:
    # There is no notebook: only where the image goes is asked for.
    request = BuildRequest(notebook=Path(), destination=destination)
    return Job(request=request, store=store or LocalStore.default(), watch=Watch(emit, cancel))


def _named(reference: Reference, store: LocalStore) -> tuple[Digest, tuple[tuple[Platform, Image], ...]]:
    digest = store.index().find(reference)
    if digest is None:
        raise NoSuchImage(str(reference))
    return digest, images_of(store, digest)


def _publish(
    target: Destination, images: tuple[tuple[Platform, Image], ...], reference: Reference, job: Job
) -> Published:
    is_registry = isinstance(target, RegistryDestination)
    moved = job.watch.counted("Publishing", pushed_bytes(image for _, image in images) if is_registry else None)
    return publish_images(target, images, job.store, reference=reference, on_bytes=moved, cancel=job.watch.cancel)


def _report(
    published: Published,
    digest: Digest,
    images: tuple[tuple[Platform, Image], ...],
    tags: tuple[str, ...],
    job: Job,
) -> BuildReport:
    image = for_here(images)
    return BuildReport(
        reference=published.reference,
        tags=tags,
        digest=digest,
        size_bytes=sum(image.size_bytes for _, image in images),
        layers=tuple(
            BuiltLayer(digest=item.digest, size_bytes=item.size_bytes, role=item.role, title=item.title, reused=True)
            for item in told_layers(image)
        ),
        timings=job.watch.timings,
        selftest=SelfTestResult(ran=False, passed=False, reason="not asked for"),
        run_command=published.run_command,
        images=tuple(
            BuiltImage(platform=str(platform), digest=image.manifest_digest, size_bytes=image.size_bytes)
            for platform, image in images
        ),
    )
