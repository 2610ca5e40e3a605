"""What goes to a registry beside an image: its base as an image, bills of materials, provenance, signatures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata

from jupyter_containerize import attestations
from jupyter_containerize.attestations import Attachment, ImageName, SigningKey
from jupyter_containerize.domain.build import BuildRequest, CancelToken, Level
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
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
    destination = plan.destination
    if not isinstance(destination, RegistryDestination):
        return
    reference = destination.reference
    push_bases([(item.run_reference, item.target.platform, item.run_image) for item in finished], job)
    key = plan.key
    if not plan.understood.request.attest and key is None:
        return
    named = (
        Beside(
            image=item.image,
            platform=item.target.platform,
            attachments=_attachments(plan.understood, item, reference, key) if plan.understood.request.attest else (),
        )
        for item in finished
    )
    attach_all(reference, named, key, job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The image of one platform, and what goes beside it."""

    image: Image
    platform: Platform
    attachments: tuple[Attachment, ...]


def attach_all(reference: Reference, images: Iterable[Beside], key: SigningKey | None, job: Job) -> None:
    """Put everything beside images of one name, signed if there is a key; their index, too, if they are several.

    Raises:
        as ``RegistryClient`` does
    """
    client, cancel = client_for(reference), job.watch.cancel
    done: list[tuple[Platform, Image]] = []
    for item in images:
        job.watch.progress("Writing bills of materials and signatures", 0, None)
        about = describe(item.image)
        attestations.attach(client, reference, about, item.attachments, cancel=cancel)
        if key is not None:
            _sign(client, reference, about, key, cancel)
        done.append((item.platform, item.image))
    if key is not None and len(done) > 1:
        index = described_index(done)
        signed = attestations.signature_attachment(index.digest, key, created=created())
        attestations.attach(client, reference, index, [signed], cancel=cancel)
        _sign(client, reference, index, key, cancel)
    if key is not None:
        job.watch.say(f"Signed {reference}")


def described_index(images: Sequence[tuple[Platform, Image]]) -> Descriptor:
    """Return what names the index of several platforms' images."""
    document = platform_index(images)
    return Descriptor(digest=digest_of(document), size_bytes=len(document), media_type=media.INDEX)


def push_bases(bases: Sequence[tuple[Reference, Platform, Image]], job: Job) -> None:
    """Publish bases under their rolling names, which the images' labels tell: tools that rebase look there.

    Raises:
        as ``RegistryClient`` does
    """
    store, cancel = job.store, job.watch.cancel
    # Bases of different platforms may differ in what their applications need, and then have names of their own.
    for name in dict.fromkeys(name for name, _, _ in bases):
        images = [(platform, image) for other, platform, image in bases if other == name]
        if len(images) == 1:
            push_image(name, images[0][1], store, on_bytes=lambda _: None, cancel=cancel)
        else:
            push_index(name, images, store, on_bytes=lambda _: None, cancel=cancel)
        job.watch.say(f"The base alone is {name}")


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
