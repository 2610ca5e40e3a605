"""Reads a whole store and says what in it is not what its name says; takes away what can be made again.

Every blob, download and part is hashed, whatever its times say, and every layer of which a record tells the diff_id is
unpacked to compare that as well. What other rooms keep in ``cache/`` is theirs to judge: they take what they cannot
read for missing.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Final

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, IllegalReference
from jupyter_containerize.oci import ImageUnreadable, open_plain
from jupyter_containerize.publishing.damage import Damage, Seen
from jupyter_containerize.publishing.inventory import reached, tags_of
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport.sealing import open_unused, sha256_of, unseal

# Hashing and unpacking both let other threads run.
_WORKERS: Final = 2
_CHUNK: Final = 1 << 20
_OTHER: Final = "its content is another"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a verification read and found. ``damages`` are sorted by path."""

    files: int
    size_bytes: int
    seconds: float
    damages: tuple[Damage, ...]

    @property
    def sound(self) -> bool:
        """Tell whether nothing is damaged, or all that was has been taken away and nothing is missing."""
        return all(damage.repaired for damage in self.damages)


Progress = Callable[[int, int], None]


def verify(
    store: LocalStore, on_progress: Progress = lambda _done, _total: None, cancel: CancelToken | None = None
) -> VerifyReport:
    """Read everything; ``on_progress`` gets bytes done and the total, from several threads.

    Nothing is changed, but what is damaged no longer counts as checked: no build uses it.

    Raises:
        Cancelled
    """
    started = time.monotonic()
    reading = _Reading(store, on_progress, cancel or CancelToken())
    damages = reading.all()
    return VerifyReport(
        files=reading.files,
        size_bytes=reading.done,
        seconds=time.monotonic() - started,
        damages=tuple(sorted(damages, key=lambda damage: damage.path)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one record says of the tar in its blob."""

    record: Path
    diff_id: str
    media_type: str


class _Reading:
    """One verification under way."""

    def __init__(self, store: LocalStore, on_progress: Progress, cancel: CancelToken) -> None:
        self._store = store
        self._on_progress = on_progress
        self._cancel = cancel
        self._names: dict[Digest, tuple[str, ...]] = {}
        self._total = 0
        self._lock = threading.Lock()
        self.done = 0
        self.files = 0

    def all(self) -> list[Damage]:
        damages = [*self._index(), *self._records(), *self._unpacked()]
        hashed = dict(self._hashed_files())
        self._total = sum(_size(path) for path in hashed)
        self.files = len(hashed)
        told = self._told()
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
            found = pool.map(lambda item: self._hash(item[0], item[1], told.get(item[1], ())), hashed.items())
            try:
                damages += [damage for some in found for damage in some]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return damages

    def _index(self) -> Iterator[Damage]:
        """Give what the index lists and the store lacks."""
        try:
            names = tags_of(self._store.index())
        except ImageUnreadable as error:
            yield Damage(seen=Seen.INDEX, path="index.json", problem=error.reason)
            return
        missing: dict[Digest, Digest] = {}
        for digest, tags in names.items():
            for item in sorted(reached(self._store, digest)):
                self._names[item] = tuple(sorted({*self._names.get(item, ()), *tags}))
                if not self._store.blob_path(item).is_file():
                    missing.setdefault(item, digest)
        for item, digest in missing.items():
            yield self._blob(item, "it is missing", listed=digest)

    def _records(self) -> Iterator[Damage]:
        """Give the records of layers and parts that nobody can read; one whose blob is gone is only of no use."""
        for path in sorted(self._store.layers.glob("*.json")):
            if not _is_record(path):
                yield self._damage(Seen.RECORD, path, "it is no record of a layer")
        for path in sorted(self._store.parts.glob("*.json")):
            if not _is_record(path):
                yield self._damage(Seen.RECORD, path, "it is no record of a part")

    def _unpacked(self) -> Iterator[Damage]:
        for folder in self._store.unpacked.folders():
            self._cancel.check()
            if self._store.unpacked.is_partial(folder):
                yield self._damage(Seen.UNPACKED, folder, "files were removed from it, or added to it")

    def _hashed_files(self) -> Iterator[tuple[Path, str]]:
        """Give every file that is known by its hash, and that hash."""
        for folder in (self._store.root / "blobs" / "sha256", self._store.downloads):
            for path in sorted(folder.iterdir()):
                if not path.name.startswith(".") and path.suffix not in {".lock", ".part"} and path.is_file():
                    yield path, path.name
        for record in sorted(self._store.parts.glob("*.json")):
            path = record.with_suffix("")
            if _is_record(record) and path.is_file():
                yield path, Digest(json.loads(record.read_bytes())["digest"]).hex

    def _told(self) -> Mapping[str, tuple[_Told, ...]]:
        """Return what records say of the tars in blobs, by the blob's hash."""
        known: dict[str, tuple[_Told, ...]] = {}
        for path in sorted((*self._store.layers.glob("*.json"), *self._store.parts.glob("*.json"))):
            if _is_record(path):
                record = json.loads(path.read_bytes())
                told = _Told(record=path, diff_id=record["diff_id"], media_type=record["mediaType"])
                name = Digest(record["digest"]).hex
                known[name] = (*known.get(name, ()), told)
        return known

    def _hash(self, path: Path, expected: str, told: tuple[_Told, ...]) -> list[Damage]:
        """Return what is wrong with a file, or with the records that are about it."""
        problem = ""
        wrong: tuple[_Told, ...] = ()
        try:
            if not told:
                problem = "" if sha256_of(path, check=self._cancel.check) == expected else _OTHER
            else:
                problem, diff_id = self._tar(path, expected, told[0].media_type)
                wrong = tuple(item for item in told if item.diff_id != diff_id)
        except OSError as error:
            problem = f"it cannot be read: {error.strerror}"
        with self._lock:
            self.done += _size(path)
            self._on_progress(min(self.done, self._total), self._total)
        if not problem:
            return [self._damage(Seen.RECORD, item.record, "it tells of another tar") for item in wrong]
        unseal(path)
        return [self._harmed(path, expected, problem)]

    def _harmed(self, path: Path, expected: str, problem: str) -> Damage:
        if path.parent == self._store.downloads:
            return self._damage(Seen.DOWNLOAD, path, problem)
        if path.parent == self._store.parts:
            return self._damage(Seen.PART, path, problem)
        try:
            return self._blob(Digest(f"sha256:{expected}"), problem)
        except IllegalReference:
            return self._damage(Seen.BLOB, path, "its name is no digest")

    def _tar(self, path: Path, expected: str, media_type: str) -> tuple[str, str]:
        """Return what is wrong with a blob, or an empty text, and the diff_id of its tar."""
        hasher, problem = hashlib.sha256(), ""
        with open_unused(path) as file:
            blob = _Hashed(file, self._cancel)
            try:
                with open_plain(blob, media_type, path.name) as plain:
                    while chunk := plain.read(_CHUNK):
                        hasher.update(chunk)
            except ImageUnreadable as error:
                problem = error.reason
            while blob.read(_CHUNK):
                pass
        return (problem if blob.hexdigest() == expected else _OTHER), f"sha256:{hasher.hexdigest()}"

    def _blob(self, digest: Digest, problem: str, *, listed: Digest | None = None) -> Damage:
        damage = self._damage(Seen.BLOB, self._store.blob_path(digest), problem)
        return replace(damage, digest=digest, image=listed, tags=self._names.get(digest, ()))

    def _damage(self, seen: Seen, path: Path, problem: str) -> Damage:
        return Damage(seen=seen, path=path.relative_to(self._store.root).as_posix(), problem=problem)


def _is_record(path: Path) -> bool:
    """Tell whether a record names a blob with its size, its tar and its form."""
    try:
        record = json.loads(path.read_bytes())
        Digest(record["digest"])
        Digest(record["diff_id"])
        return isinstance(record["size"], int) and isinstance(record["mediaType"], str)
    except (OSError, ValueError, KeyError, TypeError, IllegalReference):
        return False


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


class _Hashed:
    """A file that is hashed while somebody else reads it."""

    def __init__(self, file: FileIO, cancel: CancelToken) -> None:
        self._file = file
        self._cancel = cancel
        self._hasher = hashlib.sha256()

    def read(self, size: int) -> bytes:
        self._cancel.check()
        data = self._file.read(size)
        self._hasher.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hasher.hexdigest()
