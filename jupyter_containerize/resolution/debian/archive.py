"""Where Debian's packages come from, and an archive's suites fetched with signature and hash checks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian.errors import IllegalMirror, IndexUnreachable
from jupyter_containerize.resolution.debian.inrelease import IndexFile, InRelease, read_inrelease
from jupyter_containerize.resolution.debian.releases import Release
from jupyter_containerize.resolution.debian.signature import shipped_keys
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable, Transport, redact

MIRROR = "https://deb.debian.org/debian"
MIRROR_VARIABLE = "JUPYTER_CONTAINERIZE_DEBIAN_MIRROR"
SECURITY_VARIABLE = "JUPYTER_CONTAINERIZE_DEBIAN_SECURITY_MIRROR"

# Debian's largest is 200 kB.
_INRELEASE_LIMIT = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianArchive:
    """Two mirrors, without a slash at the end, and the armoured keys that may sign what they serve."""

    mirror: str = MIRROR
    security_mirror: str = f"{MIRROR}-security"
    keys: tuple[bytes, ...] = field(default_factory=shipped_keys)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> DebianArchive:
        """Return the archive that the two variables name.

        Without a security mirror of its own, a mirror that ends in ``debian`` has it beside
        itself, in ``debian-security``, as Debian's own mirrors do.

        Raises:
            IllegalMirror: not an HTTP or file URL, or one with credentials (those belong into ``.netrc``).
        """
        mirror = _mirror(environ, MIRROR_VARIABLE, MIRROR)
        return cls(mirror=mirror, security_mirror=_mirror(environ, SECURITY_VARIABLE, f"{mirror}-security"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One part of a release as an archive serves it. ``codename`` is what its InRelease must say."""

    mirror: str
    codename: str

    @property
    def url(self) -> str:
        """The folder with the suite's indexes."""
        return f"{self.mirror}/dists/{self.codename}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedSuite:
    """A verified suite. ``stale`` says that the archive did not answer and an earlier copy is used."""

    suite: Suite
    inrelease: InRelease
    stale: bool


def suites_of(archive: DebianArchive, release: Release) -> tuple[Suite, ...]:
    """Return the release, its updates and its security fixes."""
    name = release.codename
    return (
        Suite(mirror=archive.mirror, codename=name),
        Suite(mirror=archive.mirror, codename=f"{name}-updates"),
        Suite(mirror=archive.security_mirror, codename=f"{name}-security"),
    )


def fetch_suite(
    suite: Suite, *, keys: tuple[bytes, ...], transport: Transport, folder: Path, cancel: CancelToken | None = None
) -> FetchedSuite:
    """Return the suite as the archive has it now, or as ``folder`` has it when the archive does not answer.

    Raises:
        IndexUnreachable: no answer, and nothing in ``folder``.
        SignatureInvalid, ReleaseMismatch, ReleaseExpired, IndexDamaged: the answer cannot be trusted.
    """
    url = f"{suite.url}/InRelease"
    kept = _Kept.read(folder / f"{suite.codename}.json")
    try:
        with transport.waiting(cancel or CancelToken()):
            fetched = transport.get_if_changed(
                url,
                etag=kept.etag if kept else "",
                last_modified=kept.last_modified if kept else "",
                max_bytes=_INRELEASE_LIMIT,
            )
    except (NetworkUnreachable, HttpRefused) as error:
        if kept is None or _says_no(error):
            raise IndexUnreachable(url, error.reason) from error
        # The copy was young enough when it came; offline, its age is told instead of refused.
        inrelease = read_inrelease(kept.message.encode(), url=url, codename=suite.codename, keys=keys)
        return FetchedSuite(suite=suite, inrelease=inrelease, stale=True)
    if fetched is not None:
        kept = _Kept(message=fetched.body.decode(), etag=fetched.etag, last_modified=fetched.last_modified)
    elif kept is None:
        raise IndexUnreachable(url, "unchanged")
    # A kept copy is verified like a new one: keys expire, and so does the index itself.
    inrelease = read_inrelease(kept.message.encode(), url=url, codename=suite.codename, keys=keys)
    inrelease.check_age()
    if fetched is not None:
        kept.write(folder / f"{suite.codename}.json")
    return FetchedSuite(suite=suite, inrelease=inrelease, stale=False)


def fetch_packages(
    fetched: FetchedSuite, *, architecture: str, transport: Transport, folder: Path, cancel: CancelToken
) -> Path:
    """Return the suite's compressed list of packages, with the hash that its InRelease gives.

    Raises:
        IndexUnreachable: no answer, and not in ``folder``.
        IndexDamaged: the suite has no list for the architecture.
    """
    file = fetched.inrelease.packages_file(architecture)
    return fetch_file(fetched, file, suffix=".xz", transport=transport, folder=folder, cancel=cancel)


def fetch_file(
    fetched: FetchedSuite, file: IndexFile, *, suffix: str, transport: Transport, folder: Path, cancel: CancelToken
) -> Path:
    """Return one of the suite's indexes, compressed, with the hash that its InRelease gives: ``folder/HASHsuffix``.

    Raises:
        IndexUnreachable: no answer, and not in ``folder``.
        HashMismatch, TooLarge: the answer is another file.
    """
    path = folder / f"{file.sha256}{suffix}"

    # By hash, an index that changes while we fetch is still the one that we verified. Partial mirrors and caches pass
    # the announcement on and have names alone; apt asks for those as well then.
    by_hash = (f"{file.path.rpartition('/')[0]}/by-hash/SHA256/{file.sha256}",) if fetched.inrelease.by_hash else ()
    urls = [f"{fetched.suite.url}/{name}" for name in (*by_hash, file.path)]
    for url in urls:
        try:
            transport.download(
                url, path, sha256=file.sha256, size_bytes=file.size_bytes, on_bytes=lambda _: None, cancel=cancel
            )
            break
        except (NetworkUnreachable, HttpRefused) as error:
            if url == urls[-1] or not _says_no(error):
                raise IndexUnreachable(url, error.reason) from error
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An InRelease on disk, signature and all, with what makes the next request conditional."""

    message: str
    etag: str
    last_modified: str

    @classmethod
    def read(cls, path: Path) -> _Kept | None:
        """Return what is kept there; a damaged file counts as none."""
        try:
            return cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        write_json(path, {"message": self.message, "etag": self.etag, "last_modified": self.last_modified})


def read_json(path: Path) -> Any:
    """Return the value that is kept there; ``None`` for none and for a damaged file."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def write_json(path: Path, value: object) -> None:
    """Put the value in place as a whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value), "utf-8")
    draft.replace(path)


def _says_no(error: NetworkUnreachable | HttpRefused) -> bool:
    """Say whether the archive answered that it does not have it, instead of having a bad day."""
    return isinstance(error, HttpRefused) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR


def _mirror(environ: Mapping[str, str], variable: str, default: str) -> str:
    url = environ.get(variable, "").strip().rstrip("/") or default
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "file"}:
        raise IllegalMirror(redact(url), variable, "not an http, https or file URL")
    if parts.username or parts.password:
        # They would end up in the image's list of packages.
        raise IllegalMirror(redact(url), variable, "credentials")
    return url
