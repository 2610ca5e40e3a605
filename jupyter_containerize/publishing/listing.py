"""What a store lists: images, and images for several platforms; and how they are taken off the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import Index, IndexEntry, read_index
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.publishing.errors import NoSuchImage, StoredBlobDamaged
from jupyter_containerize.publishing.store import LocalStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One image of a store, or one for several platforms: then ``members`` are those, which are not listed themselves.

    ``tags`` are sorted, and none where its names have moved on. ``created`` is when the last of them came, in RFC 3339.
    """

    digest: Digest
    tags: tuple[str, ...]
    created: str
    members: tuple[Digest, ...] = ()


def listed(store: LocalStore) -> tuple[Listed, ...]:
    """Return everything that the store lists, the newest first. Of the images themselves nothing is read.

    Raises:
        ImageUnreadable: somebody else changed the store.
        StoredBlobDamaged: the document of an image for several platforms is gone.
    """
    index = store.index()
    entries: dict[Digest, list[IndexEntry]] = {}
    for entry in index.entries:
        entries.setdefault(entry.digest, []).append(entry)
    members = {digest: _members(store, found[0]) for digest, found in entries.items()}
    inner = {member for several in members.values() for member in several}
    items = (
        Listed(
            digest=digest,
            tags=tuple(sorted({entry.name for entry in found} - {""})),
            created=max(entry.created for entry in found),
            members=members[digest],
        )
        for digest, found in entries.items()
    )
    shown = (item for item in items if item.tags or item.digest not in inner)
    return tuple(sorted(shown, key=lambda item: (item.created, item.digest), reverse=True))


def unlist(store: LocalStore, digest: Digest, name: Reference | None = None) -> None:
    """Take a name from an image, or all of them. One without names is listed no more; its blobs stay until collected.

    Raises:
        NoSuchImage: the image is not listed, or does not have that name.
        ImageUnreadable, NotWritable, DiskFull
    """

    def change(index: Index) -> Index:
        names = {entry.name for entry in index.entries if entry.digest == digest}
        if not names or (name is not None and str(name) not in names):
            raise NoSuchImage(digest if name is None else str(name))
        if name is not None and names - {str(name), ""}:
            return index.without_name(name)
        others = {entry.digest: entry for entry in index.entries if entry.digest != digest}
        needed = {member for entry in others.values() for member in _members(store, entry)}
        mine = next(entry for entry in index.entries if entry.digest == digest)
        gone = {*_members(store, mine)} - needed
        return Index(
            entries=tuple(
                entry for entry in index.entries if entry.digest != digest and (entry.name or entry.digest not in gone)
            )
        )

    store.change_index(change)


def _members(store: LocalStore, entry: IndexEntry) -> tuple[Digest, ...]:
    if not entry.is_index:
        return ()
    try:
        return tuple(member.digest for member in read_index(store.blob_path(entry.digest).read_bytes()).entries)
    except FileNotFoundError as error:
        raise StoredBlobDamaged(store.root, entry.digest, "the file is missing") from error


def find_listed(store: LocalStore, digest: Digest) -> Listed:
    """Return what is listed under that digest.

    Raises:
        NoSuchImage: nothing is.
        ImageUnreadable, StoredBlobDamaged: as ``listed`` does.
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
