"""What a store lists: images, and images for several platforms; and how they are taken off the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import ImageUnreadable, Index, IndexEntry, read_index
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a list shows of one image. ``platform`` is ``linux/amd64``."""

    size_bytes: int
    platform: str
    labels: Mapping[str, str]
    config_digest: Digest


class _Blob(msgspec.Struct):
    digest: str = ""
    size: int = 0


class _Manifest(msgspec.Struct):
    config: _Blob
    layers: list[_Blob]


class _Part(msgspec.Struct, rename="pascal"):
    labels: dict[str, str] | None = None


class _Config(msgspec.Struct):
    os: str = "linux"
    architecture: str = ""
    config: _Part | None = None


def glance(store: LocalStore, digest: Digest) -> Glance:
    """Return what a list shows of an image of the store; a tenth of what ``LocalStore.load`` costs.

    Its documents are not held against their digests: whoever uses the image does.

    Raises:
        StoredBlobDamaged: a document is gone.
        ImageUnreadable: one is none.
    """
    manifest_bytes = _bytes(store, digest)
    manifest = _read(manifest_bytes, _Manifest, "manifest")
    try:
        config_digest = Digest(manifest.config.digest)
    except IllegalReference as error:
        raise ImageUnreadable("manifest", "its config has no digest") from error
    config_bytes = _bytes(store, config_digest)
    config = _read(config_bytes, _Config, "config")
    part = config.config or _Part()
    return Glance(
        size_bytes=len(manifest_bytes) + len(config_bytes) + sum(layer.size for layer in manifest.layers),
        platform=f"{config.os}/{config.architecture}",
        labels=part.labels or {},
        config_digest=config_digest,
    )


_Document = TypeVar("_Document", _Manifest, _Config)


def _bytes(store: LocalStore, digest: Digest) -> bytes:
    try:
        return store.blob_path(digest).read_bytes()
    except FileNotFoundError as error:
        # It is listed: that its documents are missing is no mistake of whoever asks.
        raise StoredBlobDamaged(store.root, digest, "the file is missing") from error


def _read(data: bytes, kind: type[_Document], subject: str) -> _Document:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ImageUnreadable(subject, "a field is missing or has the wrong type") from error


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
