"""An archive's packages, read and narrowed to those that a base can need."""

from __future__ import annotations

import functools
import hashlib
import json
import lzma
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian.archive import (
    DebianArchive,
    FetchedSuite,
    fetch_packages,
    fetch_suite,
    suites_of,
    write_json,
)
from jupyter_containerize.resolution.debian.errors import IndexDamaged
from jupyter_containerize.resolution.debian.relations import parse_relations
from jupyter_containerize.resolution.debian.releases import Release
from jupyter_containerize.transport import Transport, locked, writing

# Part of the cache's key: raise it when the cached list would be read or made differently.
_FORMAT = 2
# The whole list is 50 MB, and takes seconds.
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One version of a package that an archive has. ``depends``, ``provides`` and ``source`` are raw fields."""

    name: str
    version: str
    architecture: str
    url: str
    size_bytes: int
    sha256: str
    depends: str
    provides: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """All versions of all packages that the seeds can lead to. ``stale``: from an earlier copy of the index."""

    packages: tuple[Candidate, ...]
    stale: bool


def find_candidates(
    archive: DebianArchive,
    release: Release,
    *,
    architecture: str,
    seeds: Sequence[str],
    left_out: Collection[str],
    transport: Transport,
    cache: Path,
    cancel: CancelToken,
    kept_as: str = "packages",
) -> Candidates:
    """Return what the release, its updates and its security fixes have for the seeds.

    ``cache`` keeps the verified indexes and the narrowed list, so that an unchanged archive costs
    three conditional requests and an unreachable one none that matter. ``kept_as`` is the list's name there: lists
    of other seeds have others, so that asking for one does not throw the other away.

    Raises:
        IndexUnreachable, SignatureInvalid, ReleaseMismatch, ReleaseExpired, IndexDamaged
    """
    suites = suites_of(archive, release)
    folder = cache / archive_folder(archive, release, architecture)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock", cancel=cancel), ThreadPoolExecutor(len(suites)) as pool:
            fetch = functools.partial(fetch_suite, keys=archive.keys, transport=transport, folder=folder, cancel=cancel)
            fetched = list(pool.map(fetch, suites))
            files = [suite.inrelease.packages_file(architecture).sha256 for suite in fetched]
            key = _key(files, seeds, left_out)
            kept = _read(folder / f"{kept_as}.json", key)
            if kept is None:
                kept = _narrow(fetched, architecture, seeds, left_out, transport, folder, pool, cancel)
                write_json(folder / f"{kept_as}.json", {"key": key, "packages": [asdict(package) for package in kept]})
                _prune(folder, files)
    return Candidates(packages=kept, stale=any(suite.stale for suite in fetched))


def archive_folder(archive: DebianArchive, release: Release, architecture: str) -> str:
    """Return the name of the folder with all that is kept of a release as one archive has it."""
    mirrors = "\0".join(suite.mirror for suite in suites_of(archive, release))
    return f"{release.codename}-{architecture}-{hashlib.sha256(mirrors.encode()).hexdigest()[:12]}"


def _key(files: Sequence[str], seeds: Sequence[str], left_out: Collection[str]) -> str:
    parts = [_FORMAT, list(files), sorted(seeds), sorted(left_out)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _read(path: Path, key: str) -> tuple[Candidate, ...] | None:
    """Return the kept list if it is of that key; a damaged file counts as none."""
    try:
        kept = json.loads(path.read_bytes())
        if kept["key"] != key:
            return None
        return tuple(Candidate(**package) for package in kept["packages"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _narrow(  # noqa: PLR0917  # all that a narrowed list is made from
    fetched: Sequence[FetchedSuite],
    architecture: str,
    seeds: Sequence[str],
    left_out: Collection[str],
    transport: Transport,
    folder: Path,
    pool: ThreadPoolExecutor,
    cancel: CancelToken,
) -> tuple[Candidate, ...]:
    def read(suite: FetchedSuite) -> _List:
        path = fetch_packages(suite, architecture=architecture, transport=transport, folder=folder, cancel=cancel)
        return _List(suite.inrelease.url, suite.suite.mirror, _decompressed(path, cancel))

    return tuple(_reachable(list(pool.map(read, fetched)), seeds, left_out))


def _decompressed(path: Path, cancel: CancelToken) -> bytes:
    content = bytearray()
    with lzma.open(path) as file:
        while chunk := file.read(_CHUNK):
            cancel.check()
            content += chunk
    return bytes(content)


def _reachable(lists: Sequence[_List], seeds: Sequence[str], left_out: Collection[str]) -> Iterator[Candidate]:
    """Yield all versions of the seeds and of what any alternative of their dependencies names."""
    waiting = list(seeds)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        found = [package for packages in lists for package in packages.named(name)]
        yield from found
        for package in found:
            for group in parse_relations(package.depends):
                names = [relation.name for relation in group]
                waiting += () if any(name in left_out for name in names) else names
        if not found:
            waiting += (provider for packages in lists for provider in packages.providers(name))


def _prune(folder: Path, keep: Iterable[str]) -> None:
    """Remove the lists of earlier states, and what their downloads left beside them."""
    wanted = set(keep)
    for path in folder.glob("*.xz*"):
        if path.name.partition(".")[0] not in wanted:
            path.unlink(missing_ok=True)


class _List:
    """A Packages file. Only offsets are kept of its 60,000 paragraphs; those that are asked for are read."""

    _NAME = re.compile(rb"^Package: (.+)$", re.MULTILINE)
    _PROVIDES = re.compile(rb"^Provides: (.+)$", re.MULTILINE)
    _FIELD = re.compile(
        r"^(Version|Architecture|Filename|Size|SHA256|Depends|Pre-Depends|Provides|Source): (.+)$", re.MULTILINE
    )

    def __init__(self, url: str, mirror: str, content: bytes) -> None:
        self._url = url
        self._mirror = mirror
        self._content = content
        self._offsets: dict[str, list[int]] = {}
        for match in self._NAME.finditer(content):
            self._offsets.setdefault(match[1].decode(), []).append(match.start())

    def named(self, name: str) -> list[Candidate]:
        """Return the versions of a package, none if there is none."""
        return [self._read(name, offset) for offset in self._offsets.get(name, ())]

    def providers(self, name: str) -> Iterator[str]:
        """Yield the packages that provide a virtual one, in the order of the file."""
        for match in self._PROVIDES.finditer(self._content):
            if name.encode() in match[1] and any(
                relation.name == name for group in parse_relations(match[1].decode()) for relation in group
            ):
                start = self._content.rfind(b"\n\n", 0, match.start())
                owner = self._NAME.search(self._content, start + 1)
                if owner is not None:
                    yield owner[1].decode()

    def _read(self, name: str, offset: int) -> Candidate:
        end = self._content.find(b"\n\n", offset)
        fields = dict(self._FIELD.findall(self._content[offset : end if end >= 0 else None].decode()))
        try:
            return Candidate(
                name=name,
                version=fields["Version"],
                architecture=fields["Architecture"],
                url=f"{self._mirror}/{fields['Filename']}",
                size_bytes=int(fields["Size"]),
                sha256=fields["SHA256"],
                depends=", ".join(fields[name] for name in ("Pre-Depends", "Depends") if name in fields),
                provides=fields.get("Provides", ""),
                source=fields.get("Source", ""),
            )
        except KeyError as error:
            raise IndexDamaged(self._url, f"{name}: {error.args[0]}") from error
