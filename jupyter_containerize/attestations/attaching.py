"""Puts attachments and signatures beside a published image."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_containerize.attestations.attachments import Attachment
from jupyter_containerize.attestations.keys import SigningKey
from jupyter_containerize.attestations.signatures import read_signatures, sign, signature_image, signature_tag
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.oci.artifact import Artifact, ArtifactBlob, Descriptor, make_artifact
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.hosts import repository_of
from jupyter_containerize.registry.referrers import push_artifact


def attach(
    client: RegistryClient,
    reference: Reference,
    subject: Descriptor,
    attachments: Iterable[Attachment],
    *,
    cancel: CancelToken,
) -> None:
    """Put the attachments beside ``subject``, a manifest or index that the reference's repository has.

    One after the other: a registry without a list of referrers has them in one tag that each adds itself to.

    Raises:
        as ``RegistryClient`` does
    """
    for item in attachments:
        push_artifact(client, repository_of(reference), artifact_of(item, subject), cancel=cancel)


def artifact_of(item: Attachment, subject: Descriptor) -> Artifact:
    """Return the attachment as the artifact that a registry or a layout takes."""
    named = {"org.opencontainers.image.title": item.file_name} if item.file_name else {}
    return make_artifact(
        [ArtifactBlob(data=item.content, media_type=item.media_type, annotations=named)],
        artifact_type=item.artifact_type,
        subject=subject,
        annotations=item.annotations,
    )


def attach_signature(
    client: RegistryClient, reference: Reference, subject: Descriptor, key: SigningKey, *, cancel: CancelToken
) -> None:
    """Put a classic signature of ``subject`` under its tag, after those that others made.

    Raises:
        ImageUnreadable: what is under that tag is damaged; it is left as it is.
        and what a ``RegistryClient`` raises.
    """
    repository, tag = repository_of(reference), signature_tag(subject.digest)
    there = client.find_manifest(repository, tag)
    others = () if there is None else read_signatures(there.body, lambda blob: client.pull_config(repository, blob))
    signed = signature_image((*others, sign(subject.digest, reference, key)))
    if there is None or there.body != signed.manifest_bytes:
        push_artifact(client, repository, signed, cancel=cancel, tag=tag)
