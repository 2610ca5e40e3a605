"""The index of a layout: which manifests it has and what they are called.

Source: OCI image-spec, "Image Index" and "Image Layout", and the annotation that containerd,
Docker and Podman read for a full name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import media
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json
from jupyter_containerize.oci.errors import ImageUnreadable

REF_NAME: Final = "org.opencontainers.image.ref.name"
CREATED: Final = "org.opencontainers.image.created"
_FULL_NAME = "io.containerd.image.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One line of an index. An image with two names has two; one without a name has one.

    ``platform`` (``linux/arm64``, ``linux/arm/v7``) is empty where the line does not say what the image is for. A line
    may name another index: an image for several platforms.
    """

    digest: Digest
    size_bytes: int
    media_type: str
    annotations: Mapping[str, str]
    platform: str = ""

    @property
    def is_index(self) -> bool:
        """Whether it names an index, and no image."""
        return self.media_type in media.INDEXES

    @property
    def name(self) -> str:
        """The reference as it was written; empty for an image without one."""
        return self.annotations.get(REF_NAME, "")

    @property
    def created(self) -> str:
        """When the line was written, in RFC 3339; empty when it does not say."""
        return self.annotations.get(CREATED, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """All lines, in the order they were written."""

    entries: tuple[IndexEntry, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the document."""
        return to_json(
            {
                "manifests": [_line(entry) for entry in self.entries],
                "mediaType": media.INDEX,
                "schemaVersion": 2,
            }
        )

    def with_image(self, image: Image, *, created: str = "") -> Index:
        """Return an index that lists the image; an image that is listed stays as it is."""
        if any(entry.digest == image.manifest_digest for entry in self.entries):
            return self
        return Index(entries=(*self.entries, entry_of(image, created=created)))

    def with_index(self, index_bytes: bytes, *, created: str = "") -> Index:
        """Return an index that lists another one; one that is listed stays as it is."""
        entry = index_entry_of(index_bytes, created=created)
        listed = any(other.digest == entry.digest for other in self.entries)
        return self if listed else Index(entries=(*self.entries, entry))

    def with_name(self, reference: Reference, digest: Digest, *, created: str = "") -> Index:
        """Return an index in which the name means that image and no other.

        The image must be listed. The one that had the name before stays listed, without it.

        Raises:
            KeyError: the image is not listed.
        """
        rest = self.without_name(reference)
        described = next((entry for entry in rest.entries if entry.digest == digest), None)
        if described is None:
            raise KeyError(digest)
        annotations = _annotations(reference, created)
        others = tuple(entry for entry in rest.entries if entry.digest != digest or entry.name)
        return Index(entries=(*others, replace(described, annotations=annotations)))

    def without_name(self, reference: Reference) -> Index:
        """Return an index in which the name means nothing; its image stays listed."""
        kept: list[IndexEntry] = []
        for entry in self.entries:
            if entry.name != str(reference):
                kept.append(entry)
            elif not any(other.digest == entry.digest and other is not entry for other in self.entries):
                nameless = {key: value for key, value in entry.annotations.items() if key not in {REF_NAME, _FULL_NAME}}
                kept.append(replace(entry, annotations=nameless))
        return Index(entries=tuple(kept))

    def find(self, reference: Reference) -> Digest | None:
        """Return what the name means."""
        return next((entry.digest for entry in self.entries if entry.name == str(reference)), None)


def entry_of(image: Image, *, reference: Reference | None = None, created: str = "") -> IndexEntry:
    """Return the line for an image, under a name or under none."""
    media_type = from_json("manifest", image.manifest_bytes).get("mediaType", media.MANIFEST)
    return IndexEntry(
        digest=image.manifest_digest,
        size_bytes=len(image.manifest_bytes),
        media_type=str(media_type),
        annotations=_annotations(reference, created),
    )


def index_entry_of(index_bytes: bytes, *, reference: Reference | None = None, created: str = "") -> IndexEntry:
    """Return the line for an image of several platforms, under a name or under none."""
    return IndexEntry(
        digest=digest_of(index_bytes),
        size_bytes=len(index_bytes),
        media_type=media.INDEX,
        annotations=_annotations(reference, created),
    )


def platform_index(images: Sequence[tuple[Platform, Image]], *, annotations: Mapping[str, str] | None = None) -> bytes:
    """Return the document of an image for several platforms; the order in which they come does not matter.

    Source: OCI image-spec, "Image Index", platform.
    """
    index = Index(
        entries=tuple(
            replace(entry_of(image), platform=str(platform))
            for platform, image in sorted(images, key=lambda pair: str(pair[0]))
        )
    )
    document = from_json("index", index.to_bytes())
    return to_json({**document, "annotations": dict(annotations)} if annotations else document)


def read_index(data: bytes) -> Index:
    """Return the index in a document.

    Raises:
        ImageUnreadable: it is none.
    """
    try:
        return Index(
            entries=tuple(
                IndexEntry(
                    digest=Digest(item["digest"]),
                    size_bytes=int(item["size"]),
                    media_type=str(item["mediaType"]),
                    annotations=dict(item.get("annotations") or {}),
                    platform=_platform(item.get("platform") or {}),
                )
                for item in from_json("index", data)["manifests"]
            )
        )
    except (KeyError, TypeError, ValueError, AttributeError, IllegalReference) as error:
        raise ImageUnreadable("index", "a field is missing or has the wrong type") from error


def _line(entry: IndexEntry) -> dict[str, Any]:
    line: dict[str, Any] = {
        "digest": entry.digest,
        "mediaType": entry.media_type,
        "size": entry.size_bytes,
    }
    if entry.annotations or not entry.platform:
        line["annotations"] = dict(entry.annotations)
    if entry.platform:
        line["platform"] = dict(zip(("os", "architecture", "variant"), entry.platform.split("/"), strict=False))
    return line


def _platform(named: Mapping[str, Any]) -> str:
    variant = f"/{named['variant']}" if named.get("variant") else ""
    return f"{named['os']}/{named['architecture']}{variant}" if named else ""


def full_name(reference: Reference) -> str:
    """Return the reference as containerd and Docker complete it: with a registry, always."""
    if reference.host is not None:
        return str(reference)
    library = "" if "/" in reference.repository else "library/"
    return f"docker.io/{library}{reference}"


def _annotations(reference: Reference | None, created: str) -> dict[str, str]:
    names = {} if reference is None else {REF_NAME: str(reference), _FULL_NAME: full_name(reference)}
    return {**names, CREATED: created} if created else names
