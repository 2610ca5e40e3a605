"""Making a store smaller, while builds may run.

A piece goes in two steps. Under a lock that every look-up shares, it is made sure that nobody used the piece since it
was chosen and that no build is under way that did, and the piece is moved aside. What is aside is removed without the
lock. A build holds a lease from its beginning to its end (``LocalStore.in_use``), and whatever it looks up is newer
than that: so it never loses what it has found, and never waits for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import Index
from jupyter_containerize.publishing.inventory import Kind, Piece, pieces, reached, tags_of, touched_ns, usage_of
from jupyter_containerize.publishing.keeping import collecting
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import writing

RECENT_DAYS: Final = 7.0
"""What was used in these days is of a recent build."""

_HOUR_NS: Final = 3_600_000_000_000
# Other rooms keep these and look them up without our lock.
_NOT_WHILE_BUILDING: Final = frozenset({Kind.CACHE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One piece that went, or would go."""

    kind: Kind
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a collection did, or, with ``dry_run``, would do. Sizes are on the disk, before and after."""

    removed: tuple[Removed, ...]
    before_bytes: int
    after_bytes: int
    dry_run: bool

    @property
    def freed_bytes(self) -> int:
        """How much smaller the store is."""
        return self.before_bytes - self.after_bytes


def collect(
    store: LocalStore, keep_bytes: int, *, dry_run: bool = False, cancel: CancelToken | None = None
) -> Collected:
    """Remove what was not used for the longest time until the store has ``keep_bytes``, or only what must stay.

    Tagged images stay, and what a build that runs has used.

    Raises:
        ImageUnreadable, NotWritable, DiskFull, Cancelled
    """
    collection = _Collection(store, dry_run=dry_run, cancel=cancel or CancelToken())
    for piece in collection.oldest_first():
        if collection.size_bytes <= keep_bytes:
            break
        collection.remove(piece)
    return collection.result()


def prune(
    store: LocalStore, *, days: float = RECENT_DAYS, dry_run: bool = False, cancel: CancelToken | None = None
) -> Collected:
    """Remove what no tag needs and no build used for some days.

    Raises:
        ImageUnreadable, NotWritable, DiskFull, Cancelled
    """
    before_ns = time.time_ns() - int(days * 24 * _HOUR_NS)
    collection = _Collection(store, dry_run=dry_run, cancel=cancel or CancelToken())
    for piece in collection.oldest_first():
        if piece.used_ns <= before_ns or piece.kind is Kind.LEFTOVERS:
            collection.remove(piece)
    return collection.result()


class _Collection:
    """One run over a store."""

    def __init__(self, store: LocalStore, *, dry_run: bool, cancel: CancelToken) -> None:
        self._store = store
        self._dry_run = dry_run
        self._cancel = cancel
        self._pieces = pieces(store, cancel=cancel)
        self._before = usage_of(store, self._pieces).size_bytes
        self._removed: list[Removed] = []
        self._unlisted: set[Digest] = set()
        self._listed: tuple[Index, frozenset[Digest]] | None = None
        self.size_bytes = self._before

    def oldest_first(self) -> list[Piece]:
        """Return what may go; an image comes before the layers that only it needs."""
        order = list(Kind)
        movable = [piece for piece in self._pieces if piece.kind is not Kind.TAGGED]
        return sorted(movable, key=lambda piece: (piece.used_ns, order.index(piece.kind), piece.name))

    def remove(self, piece: Piece) -> None:
        """Remove a piece, unless it is of use now."""
        self._cancel.check()
        if not (piece.size_bytes or piece.kind is Kind.UNTAGGED):
            # A second name of what stays: removing it would free nothing.
            return
        with writing(self._store.root), self._store.scratch() as aside:
            with collecting(self._store.root):
                if not self._may_go(piece):
                    return
                if self._dry_run:
                    self._pretend(piece)
                else:
                    self._take_away(piece, aside)
            self._removed.append(Removed(kind=piece.kind, name=piece.name, size_bytes=piece.size_bytes))
            self.size_bytes -= piece.size_bytes

    def result(self) -> Collected:
        """Return what was done."""
        return Collected(
            removed=tuple(self._removed),
            before_bytes=self._before,
            after_bytes=self.size_bytes,
            dry_run=self._dry_run,
        )

    def _may_go(self, piece: Piece) -> bool:
        touched = touched_ns(piece.kind, piece.paths)
        began = self._store.oldest_use_ns()
        if began is not None and (touched >= began or piece.used_ns >= began or piece.kind in _NOT_WHILE_BUILDING):
            return False
        if piece.kind is Kind.LEFTOVERS and touched > time.time_ns() - _HOUR_NS:
            return False
        if touched != piece.touched_ns:
            return False
        if piece.kind is Kind.UNTAGGED:
            return not tags_of(self._store.index()).get(Digest(piece.name))
        return piece.digest is None or piece.digest not in self._needed()

    def _needed(self) -> frozenset[Digest]:
        """Return the blobs of all images that are listed now."""
        index = self._store.index()
        if self._listed is None or self._listed[0] != index:
            needed: set[Digest] = set()
            for digest in {entry.digest for entry in index.entries} - self._unlisted:
                reached(self._store, digest, needed)
            self._listed = index, frozenset(needed)
        return self._listed[1]

    def _alone(self, digest: Digest) -> frozenset[Digest]:
        """Return the digests of an image without a name, and of its members, that nothing else that is listed has."""
        others: set[Digest] = set()
        for entry in self._store.index().entries:
            if entry.digest != digest and entry.digest not in self._unlisted and (entry.name or entry.is_index):
                reached(self._store, entry.digest, others)
        return frozenset(reached(self._store, digest) - others)

    def _pretend(self, piece: Piece) -> None:
        if piece.kind is Kind.UNTAGGED and piece.digest is not None:
            self._unlisted |= self._alone(piece.digest)
            self._listed = None

    def _take_away(self, piece: Piece, aside: Path) -> None:
        paths = piece.paths
        if piece.kind is Kind.UNTAGGED and piece.digest is not None:
            alone = self._alone(piece.digest)
            self._store.change_index(lambda index: _without(index, alone))
            # Another image may have the same config.
            needed = {self._store.blob_path(digest) for digest in self._needed()}
            paths = tuple(path for path in paths if path not in needed)
        _move(paths, aside)


def _move(paths: Iterable[Path], aside: Path) -> None:
    """Move files away: records come first, so that none is left of what is gone."""
    for number, path in enumerate(paths):
        with suppress(FileNotFoundError):
            path.rename(aside / f"{number}")


def _without(index: Index, digests: frozenset[Digest]) -> Index:
    return Index(entries=tuple(entry for entry in index.entries if entry.digest not in digests or entry.name))
