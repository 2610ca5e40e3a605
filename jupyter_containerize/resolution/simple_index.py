"""Reads what an index has of one distribution, without installing anything.

Source: PyPA specifications, "Simple repository API": JSON where the server has it, else HTML.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from jupyter_containerize.resolution.errors import IndexUnreachable
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable, TooLarge, Transport

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_TIMEOUT_SECONDS = 10
_RETRIES = 2
_LARGEST_PAGE = 128 << 20
_CHUNK = 1 << 16
_SDISTS = (".tar.gz", ".zip")
_NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One wheel, or one source archive, of an index.

    ``url`` carries no credentials; ``sha256`` is empty if the index gives none.
    ``metadata_sha256``: the index has the wheel's METADATA beside it (PEP 658); empty if it has no hash for it,
    ``None`` if it has none beside it.
    """

    filename: str
    url: str
    sha256: str
    size_bytes: int | None
    metadata_sha256: str | None


class SimpleIndex:
    """What an index has. One may be used by many threads at once; each page is read once.

    Args:
        index: where to look.
        transport: for other time-outs; else one with the index's credentials.
    """

    def __init__(self, index: PackageIndex, *, transport: Transport | None = None) -> None:
        self.transport = transport or Transport(
            timeout_seconds=_TIMEOUT_SECONDS, retries=_RETRIES, credentials=index.credentials()
        )
        self.fingerprint = index.fingerprint()
        self._index = index
        self._pages: dict[str, tuple[IndexFile, ...]] = {}
        self._lock = threading.Lock()

    def wheels(self, name: str, version: str) -> tuple[IndexFile, ...]:
        """Return every wheel of a version, in the index's order; those of the public version if a label has none.

        Raises:
            IndexUnreachable: an index did not answer, or refused.
        """
        normalised = canonicalize_name(name)
        try:
            wanted = Version(version)
        except ValueError:
            # InvalidVersion, or a number of more digits than Python reads.
            return ()
        found = [(file, _version_of(file.filename, normalised)) for file in self._files(normalised)]
        exact = tuple(file for file, its in found if its == wanted)
        return exact or tuple(file for file, its in found if its == Version(wanted.public))

    def sdist(self, name: str, version: str) -> IndexFile | None:
        """Return the source archive of exactly that version; ``None`` where there is none.

        Raises:
            IndexUnreachable: an index did not answer, or refused.
        """
        normalised = canonicalize_name(name)
        for file in self._files(normalised):
            with suppress(ValueError):
                if file.filename.endswith(_SDISTS) and parse_sdist_filename(file.filename) == (
                    normalised,
                    Version(version),
                ):
                    return file
        return None

    def _files(self, name: str) -> tuple[IndexFile, ...]:
        with self._lock:
            known = self._pages.get(name)
        if known is None:
            known = tuple({file.filename: file for file in reversed([*self._listed(name)])}.values())[::-1]
            with self._lock:
                self._pages[name] = known
        return known

    def _listed(self, name: str) -> Iterator[IndexFile]:
        for link in self._index.links:
            folder = Path(unquote(urlsplit(link).path))
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if not path.name.endswith((".whl", *_SDISTS)):
                    continue
                size = path.stat().st_size
                uri = path.absolute().as_uri()
                yield IndexFile(filename=path.name, url=uri, sha256="", size_bytes=size, metadata_sha256=None)
        for page in self._index.link_pages:
            yield from self._page(page)
        for index in self._index.indexes:
            files = self._page(f"{index.rstrip('/')}/{quote(name)}/")
            yield from files
            if files and self._index.first_index_only:
                return

    def _page(self, url: str) -> tuple[IndexFile, ...]:
        try:
            return self._read_page(_without_userinfo(url))
        except (NetworkUnreachable, HttpRefused, TooLarge) as error:
            raise IndexUnreachable(str(error)) from error

    def _read_page(self, url: str) -> tuple[IndexFile, ...]:
        with self.transport.open("GET", url, headers={"Accept": _ACCEPT}) as response:
            if response.status_code in _NOT_THERE:
                return ()
            if response.status_code != HTTPStatus.OK:
                raise HttpRefused(url, response.status_code, response.reason or "")
            body = bytearray()
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > _LARGEST_PAGE:
                    raise TooLarge(url, _LARGEST_PAGE)
            # Where it was redirected to is what its links are relative to.
            return _parsed(bytes(body), response.headers.get("Content-Type", ""), response.url or url)


def _version_of(filename: str, name: str) -> Version | None:
    try:
        found, version, _, _ = parse_wheel_filename(filename)
    except ValueError:
        # InvalidWheelFilename, or a version as above.
        return None
    return version if found == name else None


def _parsed(body: bytes, content_type: str, url: str) -> tuple[IndexFile, ...]:
    if "json" in content_type:
        try:
            return tuple(_from_json(json.loads(body)["files"], url))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexUnreachable(f"{urlsplit(url).hostname}: not a page of an index") from error
    page = _Page(url)
    page.feed(body.decode("utf-8", "replace"))
    return tuple(page.files)


def _from_json(files: Iterable[Mapping[str, Any]], url: str) -> Iterator[IndexFile]:
    for item in files:
        if item["filename"].endswith((".whl", *_SDISTS)):
            metadata = item.get("core-metadata", item.get("dist-info-metadata"))
            beside = metadata.get("sha256", "") if isinstance(metadata, Mapping) else ""
            yield IndexFile(
                filename=item["filename"],
                url=_without_userinfo(urljoin(url, item["url"])),
                sha256=item.get("hashes", {}).get("sha256", ""),
                size_bytes=item.get("size"),
                metadata_sha256=beside if metadata else None,
            )


class _Page(HTMLParser):
    """Collects the wheels and source archives that an HTML page links to."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link."""
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and given.get("href"):
            self._base = urljoin(self._base, given["href"])
        if tag != "a" or "href" not in given:
            return
        with suppress(ValueError):
            parts = urlsplit(urljoin(self._base, given["href"]))
            filename = unquote(PurePosixPath(parts.path).name)
            if filename.endswith((".whl", *_SDISTS)):
                metadata = given.get("data-core-metadata", given.get("data-dist-info-metadata"))
                self.files.append(
                    IndexFile(
                        filename=filename,
                        url=_without_userinfo(urlunsplit(parts._replace(fragment=""))),
                        sha256=_sha256(parts.fragment),
                        size_bytes=None,
                        metadata_sha256=None if metadata in {None, "false"} else _sha256(metadata or ""),
                    )
                )


def _sha256(text: str) -> str:
    found = re.search(r"sha256=([0-9a-f]{64})", text)
    return found[1] if found else ""


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
