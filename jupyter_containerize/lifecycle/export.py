"""export: one image from the layers, proved, and only then named."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_containerize.domain.build import (
    BuildReport,
    BuiltImage,
    BuiltLayer,
    BuiltObject,
    Level,
    SelfTestMode,
    SelfTestResult,
)
from jupyter_containerize.domain.image import Digest, Published, Reference, Tag
from jupyter_containerize.domain.notebook import CandidateKind
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedObject, CapturedState
from jupyter_containerize.lifecycle.beside import described_index, put_beside
from jupyter_containerize.lifecycle.errors import SelfTestFailed, SelfTestImpossible
from jupyter_containerize.lifecycle.imaging import ANYWHERE, Imaged, imaged
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.misses import remember_slots
from jupyter_containerize.lifecycle.plan import Built, Plan, Restored
from jupyter_containerize.lifecycle.prove import prove
from jupyter_containerize.publishing import RegistryDestination
from jupyter_containerize.publishing.destinations import publish_images
from jupyter_containerize.publishing.registries import pushed_bytes


def export(plan: Plan, built: Sequence[Built], restored: Restored, job: Job) -> BuildReport:
    """Assemble, test, publish and tag, in this order.

    Raises:
        SelfTestFailed: the image does not answer as the notebook did; it stays unnamed.
    """
    store, watch = job.store, job.watch
    state = plan.understood.state
    application = plan.destination.reference if isinstance(plan.destination, RegistryDestination) else None
    finished = [imaged(item, application or ANYWHERE) for item in built]
    with watch.timed("selftest"):
        selftest = _proved(finished, state, job)
    if selftest.ran and not selftest.passed:
        raise SelfTestFailed(selftest.engine, selftest.reason)
    for item in finished:
        store.add_image(item.image)
    remember_slots(plan, built, store)
    put_beside(plan, finished, job)
    published, digest = _publish(plan, finished, job)
    tags = _tags(plan.reference, digest)
    for tag in tags:
        store.tag(tag, digest)
    watch.say(f"{published.reference} is {digest}")
    return BuildReport(
        reference=published.reference,
        tags=tuple(map(str, tags)),
        digest=digest,
        size_bytes=sum(item.image.size_bytes for item in finished),
        layers=_built(built[0], restored),
        timings=watch.timings,
        selftest=selftest,
        run_command=_run_command(published.run_command, plan),
        objects=tuple(map(_built_object, state.objects)),
        parity=state.parity,
        images=tuple(
            BuiltImage(
                platform=str(item.target.platform),
                digest=item.image.manifest_digest,
                size_bytes=item.image.size_bytes,
            )
            for item in finished
        ),
        made_because=restored.made_because,
    )


def _proved(finished: Sequence[Imaged], state: CapturedState, job: Job) -> SelfTestResult:
    """Try the image that can run here; say so of the others.

    Raises:
        SelfTestImpossible: the test was required, and none of them can.
    """
    here = Platform.here()
    mine = next((item for item in finished if item.target.platform == here), None)
    others = ", ".join(str(item.target.platform) for item in finished if item is not mine)
    skipped = job.request.selftest is SelfTestMode.SKIP
    if others and not skipped:
        job.watch.say(f"Self-test not run for {others}: this machine is {here}", Level.WARNING)
    if mine is not None:
        return prove(state, mine.image, job)
    if job.request.selftest is SelfTestMode.REQUIRE:
        raise SelfTestImpossible(((others, f"this machine is {here}"),))
    return SelfTestResult(
        ran=False, passed=False, reason="skipped on request" if skipped else f"this machine is {here}"
    )


def _publish(plan: Plan, finished: Sequence[Imaged], job: Job) -> tuple[Published, Digest]:
    """Put the image, or the index of several, where it shall go; return its digest too."""
    # Of other places it is not known what they will take.
    is_registry = isinstance(plan.destination, RegistryDestination)
    total = pushed_bytes([item.image for item in finished]) if is_registry else None
    moved = job.watch.counted("Publishing", total)
    images = [(item.target.platform, item.image) for item in finished]
    if len(images) > 1:
        job.store.add_index(images)
    published = publish_images(
        plan.destination, images, job.store, reference=plan.reference, on_bytes=moved, cancel=job.watch.cancel
    )
    return published, images[0][1].manifest_digest if len(images) == 1 else described_index(images).digest


def _built_object(item: CapturedObject) -> BuiltObject:
    return BuiltObject(
        name=item.name,
        type_name=item.type_name,
        formats=tuple(dict.fromkeys((item.format, *(part.format for part in item.parts)))),
        size_bytes=item.total_bytes,
        location="" if item.location is None else str(item.location),
    )


def _run_command(command: str, plan: Plan) -> str:
    """Return what the user types next; a job listens nowhere, and takes its parameters there."""
    if plan.understood.state.spec.kind != CandidateKind.JOB:
        return command
    names = " ".join(f"-p {name} VALUE" for name in plan.understood.serving.parameters[:2])
    if command.startswith("jupyter containerize run"):
        # Our own way to start an image takes no parameters.
        return command
    # A job writes into a folder of its own.
    return f"{command.replace(' --read-only', '').replace(' -p 127.0.0.1:8080:8080', '')} {names}".rstrip()


def _tags(reference: Reference, digest: Digest) -> tuple[Reference, ...]:
    """Return the moving name, and one by content that stays."""
    fixed = Reference(repository=reference.repository, host=reference.host, tag=Tag(digest.hex[:12]))
    return (reference, fixed)


def _built(built: Built, restored: Restored) -> tuple[BuiltLayer, ...]:
    return tuple(
        BuiltLayer(
            digest=layer.digest,
            size_bytes=layer.size_bytes,
            role=layer_plan.role,
            title=layer_plan.title,
            reused=layer_plan.cache_key in restored.layers.keys() - restored.ahead,
        )
        for layer, layer_plan in zip(built.layers, built.target.layers, strict=True)
    )
