"""What a store holds, what of it can go, and when each piece was last of use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, IllegalReference
from jupyter_containerize.oci.index import Index
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport.sealing import open_unused, used_ns

_BLOCK_BYTES = 512
# Far beyond any manifest: what is larger is a layer and not read to see what it names.
_DOCUMENT_BYTES = 8 << 20


class Kind(StrEnum):
    """The kinds of piece, the first of which is never removed."""

    TAGGED = "tagged images"
    UNTAGGED = "untagged images"
    LAYERS = "layers"
    PARTS = "parts of layers"
    UNPACKED = "unpacked layers"
    DOWNLOADS = "downloads"
    CACHE = "answers and states"
    LEFTOVERS = "leftovers"


_WITH_RECORDS = frozenset({Kind.LAYERS, Kind.PARTS, Kind.UNPACKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is removed together; of ``paths``, what the others only tell about is the last.

    ``size_bytes`` is on the disk, and zero for a second name of the same file. ``touched_ns`` is when the newest of
    ``paths`` was used or written; ``used_ns`` may be later, when something that needs the piece was used.
    """

    kind: Kind
    name: str
    paths: tuple[Path, ...]
    size_bytes: int
    touched_ns: int
    used_ns: int
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of the store one kind has."""

    count: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreUsage:
    """How large a store is on the disk, and of what."""

    root: Path
    size_bytes: int
    kinds: Mapping[Kind, Share]


def usage(store: LocalStore, *, cancel: CancelToken | None = None) -> StoreUsage:
    """Return how much of the disk a store takes.

    Raises:
        ImageUnreadable: its index is damaged.
        Cancelled
    """
    return usage_of(store, pieces(store, cancel=cancel))


def usage_of(store: LocalStore, found: Iterable[Piece]) -> StoreUsage:
    """Return the sums over pieces."""
    by_kind: dict[Kind, list[Piece]] = {kind: [] for kind in Kind}
    for piece in found:
        by_kind[piece.kind].append(piece)
    shares = {
        kind: Share(count=len(some), size_bytes=sum(piece.size_bytes for piece in some))
        for kind, some in by_kind.items()
    }
    return StoreUsage(root=store.root, size_bytes=sum(share.size_bytes for share in shares.values()), kinds=shares)


def reached(store: LocalStore, digest: Digest, seen: set[Digest] | None = None) -> set[Digest]:
    """Return the digest and all that its document names, and theirs. What cannot be read names nothing."""
    seen = set() if seen is None else seen
    if digest in seen:
        return seen
    seen.add(digest)
    for item in _named(store.blob_path(digest)):
        reached(store, item, seen)
    return seen


def _named(path: Path) -> Iterator[Digest]:
    document: object = None
    with suppress(OSError, ValueError):
        if path.stat().st_size < _DOCUMENT_BYTES:
            with open_unused(path) as file:
                # A layer is told by its first byte, and not read.
                document = json.loads(b"{" + file.read()) if file.read(1) == b"{" else None
    if not isinstance(document, dict):
        return
    some = [document.get("config"), document.get("subject")]
    for key in ("layers", "manifests", "blobs"):
        some += document[key] if isinstance(document.get(key), list) else []
    for item in some:
        if isinstance(item, dict) and isinstance(item.get("digest"), str) and "size" in item:
            with suppress(IllegalReference):
                yield Digest(item["digest"])


def tags_of(index: Index) -> dict[Digest, tuple[str, ...]]:
    """Return the names of every listed image; empty for one without."""
    names: dict[Digest, tuple[str, ...]] = {}
    for entry in index.entries:
        names[entry.digest] = tuple(sorted({*names.get(entry.digest, ()), *filter(None, [entry.name])}))
    return names


def touched_ns(piece: Kind, paths: Iterable[Path]) -> int:
    """Return when the newest of a piece's files and folders was used or written; those that are gone do not count."""
    if piece in _WITH_RECORDS:
        # Whoever looks at a record has not used what it is about.
        paths = tuple(paths)[-1:]
    if piece is Kind.CACHE:
        paths = (item for path in paths for item in (path, *path.rglob("*")))
    return max(map(used_ns, paths), default=0)


def pieces(store: LocalStore, *, cancel: CancelToken | None = None) -> tuple[Piece, ...]:
    """Return all that a store holds, each file once.

    Raises:
        ImageUnreadable: its index is damaged.
        Cancelled
    """
    survey = _Survey(store, cancel or CancelToken())
    walks = (
        survey.images,
        survey.layers,
        survey.unpacked,
        survey.downloads,
        survey.parts,
        survey.cache,
        survey.leftovers,
    )
    return tuple(piece for walk in walks for piece in walk())


@dataclass
class _Survey:
    """One walk over a store; remembers which files were counted."""

    store: LocalStore
    cancel: CancelToken
    counted: set[tuple[int, int]] = field(default_factory=set)
    claimed: set[Path] = field(default_factory=set)
    # When the untagged images that need a blob were last used.
    held_ns: dict[Digest, int] = field(default_factory=dict)
    tagged: set[Digest] = field(default_factory=set)

    def images(self) -> Iterator[Piece]:
        """Give the documents and layers of tagged images, each once, then the documents of the others."""
        index = self.store.index()
        names = tags_of(index)
        for digest, tags in names.items():
            if tags:
                own = reached(self.store, digest) - self.tagged
                self.tagged |= own
                yield self._piece(Kind.TAGGED, ", ".join(tags), map(self.store.blob_path, sorted(own)), digest=digest)
        created = {entry.digest: _nanoseconds(entry.created) for entry in index.entries}
        untagged = [digest for digest in names if digest not in self.tagged]
        # The images of one for several platforms are listed as well, and go with it.
        members = {item for digest in untagged for item in reached(self.store, digest) - {digest}}
        for digest in untagged:
            if digest in members:
                continue
            own = reached(self.store, digest) - self.tagged
            paths = [path for path in map(self.store.blob_path, sorted(own)) if _is_json(path)]
            yield self._piece(Kind.UNTAGGED, digest, paths, at_ns=created[digest], digest=digest)
            for item in own:
                self.held_ns[item] = max(created[digest], self.held_ns.get(item, 0))

    def layers(self) -> Iterator[Piece]:
        """Give the blobs that no tagged image has, with the records and parts that are about the same file."""
        records: dict[str, list[Path]] = {}
        for path in self.store.layers.glob("*.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                records.setdefault(json.loads(path.read_bytes())["digest"], []).append(path)
        parts = {_identity(path): path for path in _files(self.store.parts) if path.suffix != ".json"}
        for path in _files(self.store.root / "blobs" / "sha256"):
            if path in self.claimed or path.name.startswith("."):
                continue
            try:
                digest = Digest(f"sha256:{path.name}")
            except IllegalReference:
                yield self._piece(Kind.LEFTOVERS, path.name, [path])
                continue
            part = parts.get(_identity(path))
            twins = [] if part is None else [part.with_name(f"{part.name}.json"), part]
            yield self._piece(
                Kind.LAYERS,
                digest,
                [*records.get(digest, ()), *twins, path],
                at_ns=self.held_ns.get(digest, 0),
                digest=digest,
            )

    def unpacked(self) -> Iterator[Piece]:
        """Give the unpacked layers."""
        for folder in self.store.unpacked.folders():
            yield self._piece(Kind.UNPACKED, folder.name, [folder.with_name(f"{folder.name}.json"), folder])

    def downloads(self) -> Iterator[Piece]:
        """Give the downloads, and what came of those that are not complete."""
        for path in _files(self.store.downloads):
            if path.suffix != ".lock":
                yield self._piece(Kind.DOWNLOADS, path.name, [path])

    def parts(self) -> Iterator[Piece]:
        """Give the parts that are not a layer as well. One that a tagged image has takes no place of its own."""
        for path in _files(self.store.parts):
            second_name = _identity(path) in self.counted
            if path.suffix != ".json" and not second_name and not path.name.startswith("."):
                yield self._piece(Kind.PARTS, path.name, [path.with_name(f"{path.name}.json"), path])

    def cache(self) -> Iterator[Piece]:
        """Give each entry of each room's cache."""
        for room in _entries(self.store.cache):
            for path in _entries(room) if room.is_dir() else (room,):
                yield self._piece(Kind.CACHE, f"{room.name}/{path.name}", [path])

    def leftovers(self) -> Iterator[Piece]:
        """Give what killed programs were writing."""
        root = self.store.root
        for folder in (root, root / "blobs" / "sha256", self.store.layers, self.store.parts, root / "unpacked"):
            for path in _entries(folder):
                if path.name.startswith(".new-"):
                    yield self._piece(Kind.LEFTOVERS, path.name, [path])

    def _piece(
        self, kind: Kind, name: str, paths: Iterable[Path], *, at_ns: int = 0, digest: Digest | None = None
    ) -> Piece:
        self.cancel.check()
        kept = tuple(path for path in paths if path not in self.claimed and os.path.lexists(path))
        self.claimed.update(kept)
        touched = touched_ns(kind, kept)
        # Whoever lists images reads their documents, so these times say nothing of an image's use.
        last = at_ns if kind is Kind.UNTAGGED else max(at_ns, touched)
        return Piece(
            kind=kind,
            name=name,
            paths=kept,
            size_bytes=sum(map(self._bytes, kept)),
            touched_ns=touched,
            used_ns=last,
            digest=digest,
        )

    def _bytes(self, path: Path) -> int:
        """Return what a file, or a folder with all that is in it, takes on the disk."""
        total = 0
        waiting = [path]
        while waiting:
            self.cancel.check()
            path = waiting.pop()
            with suppress(OSError):
                status = path.lstat()
                if (status.st_dev, status.st_ino) in self.counted:
                    continue
                if status.st_nlink > 1 and not path.is_dir():
                    self.counted.add((status.st_dev, status.st_ino))
                blocks = getattr(status, "st_blocks", None)
                total += status.st_size if blocks is None else blocks * _BLOCK_BYTES
                if path.is_dir() and not path.is_symlink():
                    waiting += path.iterdir()
        return total


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_file()]


def _is_json(path: Path) -> bool:
    with suppress(OSError), open_unused(path) as file:
        return file.read(1) == b"{"
    return False


def _identity(path: Path) -> tuple[int, int] | None:
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None


def _nanoseconds(rfc3339: str) -> int:
    with suppress(ValueError):
        return int(datetime.fromisoformat(rfc3339).timestamp() * 1e9)
    return 0
