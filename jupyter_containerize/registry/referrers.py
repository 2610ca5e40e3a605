"""What refers to an image in its repository: bills of materials, provenance, signatures.

Source: OCI distribution-spec 1.1, "Pushing Manifests with Subject" and "Listing Referrers", with the tag that stands in
where a registry keeps no list.
"""

from __future__ import annotations

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import media
from jupyter_containerize.oci.artifact import Artifact, Descriptor, read_descriptors, write_descriptors
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry.client import RegistryClient


def push_artifact(
    client: RegistryClient, repository: str, artifact: Artifact, *, cancel: CancelToken, tag: str = ""
) -> None:
    """Put the artifact into the repository, under its digest or also under a tag, and list it with its subject.

    Raises:
        as ``RegistryClient`` does
    """
    for blob in dict.fromkeys(artifact.blobs):
        client.push_blob(repository, digest_of(blob), blob, on_bytes=lambda _: None, cancel=cancel)
    cancel.check()
    name, kind = tag or artifact.descriptor.digest, artifact.descriptor.media_type
    listed = client.push_manifest(repository, name, artifact.manifest_bytes, kind)
    if artifact.subject is not None and not listed:
        _list_under_tag(client, repository, artifact.subject, artifact.descriptor)


def referrers(
    client: RegistryClient, repository: str, subject: Digest, artifact_type: str = ""
) -> tuple[Descriptor, ...]:
    """Return what refers to a manifest, of one type or of all, in the registry's order.

    Raises:
        ImageUnreadable: the registry's list is none.
    """
    body = client.referrers(repository, subject, artifact_type)
    if body is None:
        pulled = client.find_manifest(repository, _fallback(subject))
        body = None if pulled is None else pulled.body
    if body is None:
        return ()
    found = read_descriptors(body)
    return tuple(item for item in found if artifact_type in {"", item.artifact_type})


def _fallback(subject: Digest) -> str:
    return subject.replace(":", "-")


def _list_under_tag(client: RegistryClient, repository: str, subject: Digest, item: Descriptor) -> None:
    pulled = client.find_manifest(repository, _fallback(subject))
    listed = () if pulled is None else read_descriptors(pulled.body)
    if any(other.digest == item.digest for other in listed):
        return
    client.push_manifest(repository, _fallback(subject), write_descriptors((*listed, item)), media.INDEX)
