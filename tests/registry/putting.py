"""Puts artifacts into a registry and reads them back, as whoever attaches things to images does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, IllegalReference, Reference, Tag
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.artifact import ArtifactBlob, Descriptor, make_artifact
from jupyter_containerize.oci.canonical import digest_of, from_json
from jupyter_containerize.publishing.registries import client_for
from jupyter_containerize.registry import push_artifact, referrers
from jupyter_containerize.registry.hosts import repository_of


def put_referrer(
    reference: Reference,
    subject: Descriptor,
    artifact_type: str,
    blobs: Sequence[tuple[bytes, str]],
    annotations: Mapping[str, str] | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Descriptor:
    """Put an artifact about ``subject`` into the reference's repository; the reference's tag does not matter.

    ``blobs`` are contents and their media types. What is there already is not put twice.

    Raises:
        RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, CredentialHelperFailed
        CredentialsUnreadable, ImageUnreadable, Cancelled
    """
    contents = [ArtifactBlob(data=data, media_type=media_type) for data, media_type in blobs]
    artifact = make_artifact(contents, artifact_type=artifact_type, subject=subject, annotations=annotations)
    push_artifact(client_for(reference), repository_of(reference), artifact, cancel=cancel or CancelToken())
    return artifact.descriptor


def put_tagged(
    reference: Reference,
    tag: Tag,
    blobs: Sequence[ArtifactBlob],
    *,
    config: ArtifactBlob | None = None,
    artifact_type: str = "",
    annotations: Mapping[str, str] | None = None,
    cancel: CancelToken | None = None,
) -> Descriptor:
    """Put an artifact into the reference's repository under another tag, as cosign's first signatures are.

    Raises:
        as ``put_referrer`` does
    """
    artifact = make_artifact(blobs, artifact_type=artifact_type, config=config, annotations=annotations)
    client = client_for(reference)
    push_artifact(client, repository_of(reference), artifact, cancel=cancel or CancelToken(), tag=tag)
    return artifact.descriptor


def referrers_of(reference: Reference, subject: Digest, artifact_type: str = "") -> tuple[Descriptor, ...]:
    """Return what refers to an image, of one type or of all.

    Raises:
        as ``put_referrer`` does
    """
    return referrers(client_for(reference), repository_of(reference), subject, artifact_type)


def read_artifact(reference: Reference, name: str) -> tuple[ArtifactBlob, ...]:
    """Return the contents of an artifact by its digest or tag, each checked; none where there is no such artifact.

    Raises:
        as ``put_referrer`` does
    """
    client, repository = client_for(reference), repository_of(reference)
    pulled = client.find_manifest(repository, name)
    if pulled is None:
        return ()
    contents = []
    try:
        for item in from_json("manifest", pulled.body)["layers"]:
            digest = Digest(item["digest"])
            data = client.pull_config(repository, digest)
            if digest_of(data) != digest:
                raise ImageUnreadable(f"blob {digest}", "the registry sent another content")
            annotations = dict(item.get("annotations") or {})
            contents.append(ArtifactBlob(data=data, media_type=str(item["mediaType"]), annotations=annotations))
    except (KeyError, TypeError, AttributeError, ValueError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "a field is missing or has the wrong type") from error
    return tuple(contents)
