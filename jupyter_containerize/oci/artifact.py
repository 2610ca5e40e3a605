"""What goes beside an image: a manifest of any content, and the image that it is about.

Source: OCI image-spec 1.1, "Guidelines for Artifact Usage" and "Image Manifest", subject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jupyter_containerize.domain.image import Digest, IllegalReference, Image
from jupyter_containerize.oci import media
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json
from jupyter_containerize.oci.errors import ImageUnreadable

# > descriptor for the empty JSON
EMPTY: Final = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What names a blob or a manifest. ``artifact_type`` is empty for all but artifacts.

    Source: OCI image-spec, "Content Descriptors".
    """

    digest: Digest
    size_bytes: int
    media_type: str
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return its form in a document; what is empty is left out."""
        document: dict[str, Any] = {"digest": self.digest, "mediaType": self.media_type, "size": self.size_bytes}
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactBlob:
    """One content of an artifact."""

    data: bytes
    media_type: str
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A finished artifact: its manifest and its blobs, config first. ``subject`` is the manifest that it is about."""

    manifest_bytes: bytes
    descriptor: Descriptor
    subject: Digest | None
    blobs: tuple[bytes, ...]


def describe(image: Image) -> Descriptor:
    """Return the descriptor of an image's manifest."""
    kind = str(from_json("manifest", image.manifest_bytes).get("mediaType", media.MANIFEST))
    return Descriptor(digest=image.manifest_digest, size_bytes=len(image.manifest_bytes), media_type=kind)


def make_artifact(
    blobs: Sequence[ArtifactBlob],
    *,
    artifact_type: str = "",
    subject: Descriptor | None = None,
    annotations: Mapping[str, str] | None = None,
    config: ArtifactBlob | None = None,
) -> Artifact:
    """Return the manifest of these contents; one without an artifact type needs a ``config`` that says what it is."""
    nothing = ArtifactBlob(data=EMPTY, media_type=media.EMPTY)
    chosen, contents = config or nothing, blobs or (nothing,)
    manifest: dict[str, Any] = {
        "config": _described(chosen),
        "layers": [_described(blob) for blob in contents],
        "mediaType": media.MANIFEST,
        "schemaVersion": 2,
    }
    if artifact_type:
        manifest["artifactType"] = artifact_type
    if subject is not None:
        # Not its annotations: whoever describes the same manifest in other words means the same subject.
        manifest["subject"] = Descriptor(
            digest=subject.digest, size_bytes=subject.size_bytes, media_type=subject.media_type
        ).to_json()
    if annotations:
        manifest["annotations"] = dict(annotations)
    manifest_bytes = to_json(manifest)
    return Artifact(
        manifest_bytes=manifest_bytes,
        descriptor=Descriptor(
            digest=digest_of(manifest_bytes),
            size_bytes=len(manifest_bytes),
            media_type=media.MANIFEST,
            # > If the artifactType is empty or missing (...) the value of artifactType MUST be set to the config
            # > descriptor mediaType value
            artifact_type=artifact_type or chosen.media_type,
            annotations=dict(annotations or {}),
        ),
        subject=None if subject is None else subject.digest,
        blobs=(chosen.data, *(blob.data for blob in contents)),
    )


def write_descriptors(descriptors: Sequence[Descriptor]) -> bytes:
    """Return an index of these, in this order."""
    return to_json(
        {"manifests": [item.to_json() for item in descriptors], "mediaType": media.INDEX, "schemaVersion": 2}
    )


def read_descriptors(index_bytes: bytes) -> tuple[Descriptor, ...]:
    """Return what an index lists.

    Raises:
        ImageUnreadable: it is none.
    """
    try:
        return tuple(
            Descriptor(
                digest=Digest(item["digest"]),
                size_bytes=int(item["size"]),
                media_type=str(item["mediaType"]),
                artifact_type=str(item.get("artifactType") or ""),
                annotations=dict(item.get("annotations") or {}),
            )
            for item in from_json("index", index_bytes).get("manifests") or ()
        )
    except (KeyError, TypeError, ValueError, AttributeError, IllegalReference) as error:
        raise ImageUnreadable("index", "a field is missing or has the wrong type") from error


def _described(blob: ArtifactBlob) -> dict[str, Any]:
    return Descriptor(
        digest=digest_of(blob.data),
        size_bytes=len(blob.data),
        media_type=blob.media_type,
        annotations=blob.annotations,
    ).to_json()
