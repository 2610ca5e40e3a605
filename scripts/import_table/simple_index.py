"""Asks the index that pip is configured for, about one named distribution at a time."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from packaging.version import InvalidVersion, Version

from import_table.evidence import Evidence, evidence_of
from import_table.ranges import RemoteFile, read_wheel
from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.mapping.table import canonical
from jupyter_containerize.transport import Transport

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
_LIST_BYTES = 64 << 20
_SDIST_BYTES = 20 << 20


class NoIndex(ValueError):
    """Neither pip nor uv is configured for an index, and none was named."""


class NothingReadable(LookupError):
    """The index has no wheel of the distribution, and no small source archive. Carries its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file of a release."""

    filename: str
    url: str
    version: Version
    wheel: bool


class SimpleIndex:
    """One index (PEP 503 and 691). Asks once in ``pause_seconds`` at most, never for a list of names."""

    def __init__(self, url: str, *, transport: Transport, pause_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._transport = transport
        self._pause_seconds = pause_seconds
        self._asked_at = 0.0

    @classmethod
    def configured(cls, url: str | None, *, pause_seconds: float) -> SimpleIndex:
        """Return the index of that URL, or the one that pip or uv is configured for.

        Raises:
            NoIndex, IndexUnreadable
        """
        index = PackageIndex.from_environment()
        names = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
        found = url or index.variables.get(names[0]) or next(filter(None, map(os.environ.get, names)), None)
        if not found:
            raise NoIndex
        return cls(found, transport=Transport(credentials=index.credentials()), pause_seconds=pause_seconds)

    def files(self, name: str) -> tuple[IndexFile, ...]:
        """Return the files of stable releases that were not withdrawn, oldest first.

        Raises:
            HttpRefused, NetworkUnreachable
        """
        self._wait()
        url = f"{self._url}/{canonical(name)}/"
        body = self._transport.get(url, headers={"Accept": _ACCEPT}, max_bytes=_LIST_BYTES).decode()
        listed = _of_json(body) if body.lstrip().startswith("{") else _of_html(body)
        found = [file for filename, link in listed if (file := _file(filename, urljoin(url, link)))]
        return tuple(sorted((file for file in found if not file.version.is_prerelease), key=lambda file: file.version))

    def newest(self, name: str) -> Evidence:
        """Return what the newest release says, by its wheel, or by its source archive if that is below 20 MB.

        Raises:
            NothingReadable, HttpRefused, NetworkUnreachable
        """
        files = self.files(name)
        wheels = [file for file in files if file.wheel]
        if wheels:
            return self.read(_preferred(wheels))
        if not files:
            raise NothingReadable(name)
        self._wait()
        body = self._transport.get(files[-1].url, max_bytes=_SDIST_BYTES)
        return _of_sdist(name, files[-1], body)

    def read(self, file: IndexFile) -> Evidence:
        """Return what a wheel's list of files says; only the ends of the wheel are fetched."""
        self._wait()
        return read_wheel(RemoteFile(self._transport, file.url), file.filename)

    def _wait(self) -> None:
        left = self._asked_at + self._pause_seconds - time.monotonic()
        if left > 0:
            time.sleep(left)
        self._asked_at = time.monotonic()


def _preferred(wheels: list[IndexFile]) -> IndexFile:
    """Return one wheel of the newest release: Linux or any platform before the others."""
    newest = [file for file in wheels if file.version == wheels[-1].version]
    return min(newest, key=lambda file: ("-any.whl" not in file.filename, "x86_64" not in file.filename, file.filename))


def _file(filename: str, url: str) -> IndexFile | None:
    if filename.endswith(".whl"):
        text = filename.split("-")[1]
    elif filename.endswith((".tar.gz", ".tgz")):
        text = re.sub(r"\.t(ar\.)?gz$", "", filename).rpartition("-")[2]
    else:
        return None
    try:
        return IndexFile(filename=filename, url=url, version=Version(text), wheel=filename.endswith(".whl"))
    except InvalidVersion:
        return None


def _of_json(body: str) -> Iterator[tuple[str, str]]:
    for file in json.loads(body)["files"]:
        if not file.get("yanked"):
            yield file["filename"], file["url"]


def _of_html(body: str) -> Iterator[tuple[str, str]]:
    links: list[str] = []

    class Anchors(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "a" and given.get("href") and "data-yanked" not in given:
                links.append(str(given["href"]))

    Anchors().feed(body)
    for link in links:
        yield unquote(urlsplit(link).path.rpartition("/")[2]), link.partition("#")[0]


def _of_sdist(name: str, file: IndexFile, body: bytes) -> Evidence:
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        members = {member.name.partition("/")[2]: member for member in archive.getmembers() if member.isfile()}

        def read(path: str) -> str:
            member = members.get(path) or members.get(f"src/{path}")
            content = archive.extractfile(member) if member and member.size <= 8192 else None  # noqa: PLR2004
            return content.read().decode(errors="replace") if content else ""

        tops = set(read(next((path for path in members if path.endswith("top_level.txt")), "")).split())
        paths = [path.removeprefix("src/") for path in members]
        if tops:
            paths = [path for path in paths if re.split(r"[/.]", path)[0] in tops]
        return evidence_of(
            name=name, version=str(file.version), kind="sdist", file=file.filename, paths=paths, read=read
        )
