"""What the names of a store mean: an image, or one for several platforms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_containerize.domain.image import Digest, Image
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import IndexEntry
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.store import LocalStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What some names mean. ``tags`` are sorted; ``created`` is when the last of them came, in RFC 3339."""

    digest: Digest
    tags: tuple[str, ...]
    created: str


def listed(store: LocalStore) -> tuple[Listed, ...]:
    """Return everything that has a name, the newest first. Only the store's index is read.

    Raises:
        ImageUnreadable: somebody else changed the store.
    """
    named: dict[Digest, list[IndexEntry]] = {}
    for entry in store.index().entries:
        if entry.name:
            named.setdefault(entry.digest, []).append(entry)
    found = (
        Listed(
            digest=digest,
            tags=tuple(sorted({entry.name for entry in entries})),
            created=max(entry.created for entry in entries),
        )
        for digest, entries in named.items()
    )
    return tuple(sorted(found, key=lambda item: (item.created, item.digest), reverse=True))


def find_listed(store: LocalStore, digest: Digest) -> Listed:
    """Return what has a name and that digest.

    Raises:
        NoSuchImage: nothing has.
        ImageUnreadable: somebody else changed the store.
    """
    found = next((item for item in listed(store) if item.digest == digest), None)
    if found is None:
        raise NoSuchImage(digest)
    return found


def images_of(store: LocalStore, digest: Digest) -> tuple[tuple[Platform, Image], ...]:
    """Return the images that a digest of the index means, with their platforms.

    Raises:
        NoSuchImage: it is not here.
        ImageUnreadable, UnknownPlatform: it is damaged, or for a machine that we do not know.
    """
    members: Iterable[Digest] = [member.digest for member in store.members(digest)] or [digest]
    images = [store.load(member) for member in members]
    return tuple((platform_of(image), image) for image in images)


def platform_of(image: Image) -> Platform:
    """Return what an image is for, as its config says.

    Raises:
        ImageUnreadable, UnknownPlatform
    """
    return Platform.parse(str(from_json("config", image.config_bytes).get("architecture", "")))
