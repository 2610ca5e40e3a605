"""What can be wrong in a store, and what is done about it.

Only what can be made or fetched again is taken away without a word. Where a name has to go, the damage says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.oci.index import Index, IndexEntry, read_index
from jupyter_containerize.oci.media import INDEX, MANIFEST
from jupyter_containerize.publishing.inventory import reached, tags_of
from jupyter_containerize.publishing.keeping import EARLIER_INDEX, collecting
from jupyter_containerize.publishing.opening import index_lock
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import writing
from jupyter_containerize.transport.sealing import sha256_of

# Larger than any document that lists layers or images.
_DOCUMENT_BYTES = 8 << 20


class Seen(StrEnum):
    """The kinds of thing that can be damaged."""

    INDEX = "index"
    BLOB = "blob"
    RECORD = "record"
    PART = "part"
    DOWNLOAD = "download"
    UNPACKED = "unpacked layer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that is not as it should be.

    ``path`` is below the store's folder. ``digest`` is a blob's, ``image`` the first listed image that names a missing
    one, and ``tags`` are the names that mean an image with it. ``done`` says what a repair did, empty when nothing
    was done.
    """

    seen: Seen
    path: str
    problem: str
    digest: Digest | None = None
    image: Digest | None = None
    tags: tuple[str, ...] = ()
    repaired: bool = False
    done: str = ""

    @property
    def todo(self) -> str:
        """What the user can do about it."""
        if self.repaired and not self.tags:
            return ""
        if self.seen is Seen.INDEX:
            return "store verify --repair lists all images again, with the names that they had before the last change"
        if self.tags:
            return f"build the notebooks of {', '.join(self.tags)} again: what is missing is made again"
        return "store verify --repair takes it away: it is made or fetched again when it is needed"


def repair(store: LocalStore, damages: Iterable[Damage]) -> tuple[Damage, ...]:
    """Take away what is damaged; return the same damages with what was done.

    A layer that a tagged image needs is taken away, too, since a build of the same notebook makes it again; until
    then its image cannot be used. A tagged image whose own documents are damaged loses its names, and that is said.

    Raises:
        NotWritable, DiskFull
    """
    with writing(store.root), collecting(store.root):
        return tuple(_repaired(store, damage) for damage in damages)


def _repaired(store: LocalStore, damage: Damage) -> Damage:
    path = store.root / damage.path
    if damage.seen is Seen.INDEX:
        return replace(damage, repaired=True, done=_list_again(store))
    if damage.seen is Seen.BLOB:
        return _repaired_blob(store, damage, path)
    if damage.seen is Seen.UNPACKED:
        store.unpacked.remove(path)
    else:
        _remove(path)
        if damage.seen is Seen.RECORD:
            # Without its record a part's blob is nothing. A layer's is elsewhere.
            _remove(path.with_suffix(""))
    return replace(damage, repaired=True, done="removed")


def _repaired_blob(store: LocalStore, damage: Damage, path: Path) -> Damage:
    _remove(path)
    if damage.digest is None:
        return replace(damage, repaired=True, done="removed")
    index = store.index()
    lost = {digest: tags for digest, tags in tags_of(index).items() if damage.digest in reached(store, digest)}
    # The image's own documents cannot be made again from its layers; and one that has no name is not missed.
    gone = {digest for digest, tags in lost.items() if not tags or _documents_gone(store, digest)}
    if gone:
        store.change_index(
            lambda index: Index(entries=tuple(entry for entry in index.entries if entry.digest not in gone))
        )
    if gone and not lost.keys() - gone:
        names = sorted({entry.name for entry in index.entries if entry.digest in gone and entry.name})
        said = f"; {', '.join(names)} names nothing any more" if names else ""
        return replace(damage, repaired=True, done=f"removed, and its image is not listed any more{said}")
    return replace(damage, repaired=not lost.keys() - gone, done="removed")


def _documents_gone(store: LocalStore, digest: Digest) -> bool:
    try:
        members = [member.digest for member in store.members(digest)]
        for item in members or [digest]:
            store.load(item)
    except (OSError, ContainerizeError):
        return True
    return False


def _list_again(store: LocalStore) -> str:
    """Write an index of all images that are in the store; return what came of it."""
    root = store.root
    with index_lock(root):
        entries: dict[Digest, list[IndexEntry]] = {}
        said = "no earlier list was left: the images have no names"
        with suppress(OSError, ImageUnreadable):
            earlier = read_index((root / EARLIER_INDEX).read_bytes())
            said = "names are those before the last change"
            for entry in earlier.entries:
                if store.blob_path(entry.digest).is_file():
                    entries.setdefault(entry.digest, []).append(entry)
        for path in sorted((root / "blobs" / "sha256").iterdir()):
            found = _manifest(store, path)
            if found is not None and found.digest not in entries:
                entries[found.digest] = [found]
        with suppress(FileNotFoundError):
            (root / "index.json").replace(root / "index.damaged.json")
        store.replace_index(Index(entries=tuple(entry for some in entries.values() for entry in some)))
    return f"listed {len(entries)} images again; {said}; the damaged file is index.damaged.json"


def _manifest(store: LocalStore, path: Path) -> IndexEntry | None:
    """Return the line for an image, or for one of several platforms, whose document the file is."""
    with suppress(OSError, ContainerizeError, ValueError, KeyError, TypeError):
        if path.stat().st_size > _DOCUMENT_BYTES or sha256_of(path) != path.name:
            return None
        data = path.read_bytes()
        media_type = INDEX if "manifests" in from_json("document", data) else MANIFEST
        digest = Digest(f"sha256:{path.name}")
        if media_type == MANIFEST:
            store.load(digest)
        return IndexEntry(digest=digest, size_bytes=len(data), media_type=media_type, annotations={})
    return None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
