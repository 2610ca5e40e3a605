"""What goes to a registry beside an image: its base as an image, bills of materials, provenance, signatures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import metadata

from jupyter_containerize import attestations
from jupyter_containerize.attestations import Attachment, ImageName, SigningKey
from jupyter_containerize.domain.build import BuildRequest, CancelToken, Level
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.epoch import created, epoch_seconds
from jupyter_containerize.lifecycle.imaging import Imaged
from jupyter_containerize.lifecycle.inventory import contents
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Plan, Understood
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import media, platform_index
from jupyter_containerize.oci.artifact import Descriptor, describe
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.publishing import RegistryDestination
from jupyter_containerize.publishing.registries import client_for, push_image, push_index
from jupyter_containerize.registry import RegistryClient


def key_of(request: BuildRequest, watch: Watch, *, goes_to_registry: bool) -> SigningKey | None:
    """Return the key that signs what is published, if there is one.

    Raises:
        KeyUnreadable, NotAKey, KeyPasswordWrong, KeyUnsuited: it cannot be used.
    """
    if request.sign_key is None:
        return None
    key = attestations.read_key(request.sign_key, attestations.key_password(os.environ))
    for finding in attestations.key_findings(request.sign_key):
        watch.say(f"{finding.message} {finding.hint}", Level.WARNING)
    if not goes_to_registry:
        watch.say("Nothing will be signed: signatures lie beside images of a registry", Level.WARNING)
    return key


def put_beside(plan: Plan, finished: Sequence[Imaged], job: Job) -> None:
    """Put everything beside the images; before the tag moves, so that nobody pulls an image without them.

    Raises:
        as ``RegistryClient`` does
    """
    destination, cancel = plan.destination, job.watch.cancel
    if not isinstance(destination, RegistryDestination):
        return
    reference = destination.reference
    _push_run_images(finished, job)
    key = plan.key
    if not plan.understood.request.attest and key is None:
        return
    client = client_for(reference)
    for item in finished:
        job.watch.progress("Writing bills of materials and signatures", 0, None)
        about = describe(item.image)
        if plan.understood.request.attest:
            attached = _attachments(plan.understood, item, reference, key)
            attestations.attach(client, reference, about, attached, cancel=cancel)
        if key is not None:
            _sign(client, reference, about, key, cancel)
    if key is not None and len(finished) > 1:
        index = described_index(finished)
        signed = attestations.signature_attachment(index.digest, key, created=created())
        attestations.attach(client, reference, index, [signed], cancel=cancel)
        _sign(client, reference, index, key, cancel)
    if key is not None:
        job.watch.say(f"Signed {reference}")


def described_index(finished: Sequence[Imaged]) -> Descriptor:
    """Return what names the index of several platforms' images."""
    document = platform_index([(item.target.platform, item.image) for item in finished])
    return Descriptor(digest=digest_of(document), size_bytes=len(document), media_type=media.INDEX)


def _push_run_images(finished: Sequence[Imaged], job: Job) -> None:
    """Publish the bases under their rolling names, which the images' labels tell: tools that rebase look there."""
    store, watch = job.store, job.watch
    # Bases of different platforms may differ in what their applications need, and then have names of their own.
    for name in dict.fromkeys(item.run_reference for item in finished):
        bases = [(item.target.platform, item.run_image) for item in finished if item.run_reference == name]
        if len(bases) == 1:
            push_image(name, bases[0][1], store, on_bytes=lambda _: None, cancel=watch.cancel)
        else:
            push_index(name, bases, store, on_bytes=lambda _: None, cancel=watch.cancel)
        watch.say(f"The base alone is {name}")


def _attachments(
    understood: Understood, item: Imaged, reference: Reference, key: SigningKey | None
) -> tuple[Attachment, ...]:
    held = contents(understood, item.target.base, understood.name, item.target.inputs)
    name = ImageName(reference=reference, digest=item.image.manifest_digest)
    made = attestations.provenance(
        held,
        name,
        symbols=[entry.symbol for entry in understood.serving.entries] or [understood.serving.symbol],
        options=attestations.request_options(understood.request),
        epoch=epoch_seconds(),
        versions={"cloudpickle": understood.pickled_by or "-", "uv": metadata.version("uv")},
    )
    return attestations.attachments(item.image.manifest_digest, held, reference=reference, provenance=made, key=key)


def _sign(
    client: RegistryClient, reference: Reference, about: Descriptor, key: SigningKey, cancel: CancelToken
) -> None:
    attestations.attach_signature(client, reference, about, key, cancel=cancel)
