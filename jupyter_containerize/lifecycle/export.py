"""export: one image from the layers, proved, and only then named."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_containerize.domain.build import BuildReport, BuiltLayer, BuiltObject, Unit
from jupyter_containerize.domain.image import Image, Reference, Tag
from jupyter_containerize.domain.notebook import CandidateKind
from jupyter_containerize.domain.serving import CapturedObject
from jupyter_containerize.lifecycle.errors import SelfTestFailed
from jupyter_containerize.lifecycle.imaging import imaged
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Built, Plan, Restored
from jupyter_containerize.lifecycle.prove import prove
from jupyter_containerize.lifecycle.watch import Watch


def export(plan: Plan, built: Sequence[Built], restored: Restored, job: Job) -> BuildReport:
    """Assemble, test, publish and tag, in this order.

    Raises:
        SelfTestFailed: the image does not answer as the notebook did; it stays unnamed.
    """
    store, watch = job.store, job.watch
    state = plan.understood.state
    image = imaged(built[0], plan.reference).image
    with watch.timed("selftest"):
        selftest = prove(state, image, job)
    if selftest.ran and not selftest.passed:
        raise SelfTestFailed(selftest.engine, selftest.reason)
    store.add_image(image)
    moved = _ByteCount(watch)
    published = plan.destination.publish(
        image, store, reference=plan.reference, on_bytes=moved.add, cancel=watch.cancel
    )
    tags = _tags(plan.reference, image)
    for tag in tags:
        store.tag(tag, image.manifest_digest)
    watch.say(f"{published.reference} is {image.manifest_digest}")
    return BuildReport(
        reference=published.reference,
        tags=tuple(map(str, tags)),
        digest=image.manifest_digest,
        size_bytes=image.size_bytes,
        layers=_built(built[0], restored),
        timings=watch.timings,
        selftest=selftest,
        run_command=_run_command(published.run_command, plan),
        objects=tuple(map(_built_object, state.objects)),
        parity=state.parity,
    )


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


def _tags(reference: Reference, image: Image) -> tuple[Reference, ...]:
    """Return the moving name, and one by content that stays."""
    fixed = Reference(repository=reference.repository, host=reference.host, tag=Tag(image.manifest_digest.hex[:12]))
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


class _ByteCount:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._done = 0

    def add(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._watch.progress("Publishing", self._done, None, Unit.BYTES)
