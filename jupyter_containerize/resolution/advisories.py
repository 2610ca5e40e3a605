"""Known weaknesses of distributions, from a file of advisories or from OSV itself."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.serving import Vulnerability
from jupyter_containerize.resolution.errors import AdvisoriesUnreachable, AdvisoriesUnreadable
from jupyter_containerize.resolution.osv import Advisory, fixes, read_record
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable, TooLarge, Transport, writing
from jupyter_containerize.transport.http import host_of

OSV = "https://api.osv.dev"

_TIMEOUT_SECONDS = 5
# Source: OSV API, "POST /v1/querybatch".
_BATCH = 1000
_MOST_PAGES = 20
_LARGEST_ANSWER = 64 << 20
_CONNECTIONS = 8
_OK = 200
_MOST_BROKEN = 1000
_BETWEEN = re.compile(r"[\s,\[\]]*")
_NEXT_RECORD = re.compile(r"\n\s*(?=\{)")


class Advisories:
    """Advisories by distribution. ``skipped`` records could not be understood.

    Args:
        records: OSV records, as JSON values.
        only: the distributions that will be asked for; others take no memory. ``None`` for all.
    """

    def __init__(self, records: Iterable[Any] = (), *, only: Collection[str] | None = None) -> None:
        self.skipped = 0
        self.read = 0
        self._only = None if only is None else {canonicalize_name(name) for name in only}
        self._by_name: defaultdict[str, list[Advisory]] = defaultdict(list)
        for record in records:
            self._take(record)

    @classmethod
    def from_file(cls, path: Path, *, only: Collection[str] | None = None) -> Self:
        """Read a file, a folder or OSV's zip of records.

        A file is a JSON array, JSON lines, or one record; a folder has such files named ``.json`` or ``.jsonl``,
        at any depth; a zip has one record a member.

        Raises:
            AdvisoriesUnreadable: it cannot be read, or nothing in it is an advisory.
        """
        found = cls(only=only)
        try:
            for text in _texts(path):
                found._take_text(text)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise AdvisoriesUnreadable(str(path), getattr(error, "strerror", None) or str(error)) from error
        if found.skipped and not found.read:
            raise AdvisoriesUnreadable(str(path), "nothing in it is an OSV record")
        return found

    @classmethod
    def from_osv(
        cls,
        wanted: Iterable[tuple[str, str]],
        *,
        base_url: str = OSV,
        transport: Transport | None = None,
        cache: Path | None = None,
    ) -> Self:
        """Ask OSV about names and versions; it learns those.

        Args:
            wanted: (distribution, version) pairs, the only ones that ``of`` then knows about.
            base_url: of the service, or of a mirror that answers alike.
            transport: for other time-outs or credentials.
            cache: a folder for records, which are asked for again only when they have changed.

        Raises:
            AdvisoriesUnreachable: it did not answer, or not as OSV does.
        """
        pairs = sorted({(canonicalize_name(name), version) for name, version in wanted})
        service = _Service(base_url, transport or Transport(timeout_seconds=_TIMEOUT_SECONDS, retries=1), cache)
        found = cls(only={name for name, _ in pairs})
        for text in service.records(service.identifiers(pairs)):
            found._take_text(text)
        return found

    def of(self, name: str, version: str) -> tuple[Vulnerability, ...]:
        """Return what is known against one version, sorted by id, each weakness once.

        Databases share aliases: what one calls by another's name, or by the same CVE, is one weakness.
        """
        groups: list[dict[Advisory, tuple[str, ...]]] = []
        for advisory in self._by_name.get(canonicalize_name(name), ()):
            fixed_in = fixes(advisory, version)
            if fixed_in is not None:
                names = {advisory.id, *advisory.aliases}
                same = [group for group in groups if any(names & {item.id, *item.aliases} for item in group)]
                groups = [group for group in groups if group not in same]
                groups.append({key: value for group in same for key, value in group.items()} | {advisory: fixed_in})
        return tuple(sorted(map(_vulnerability, groups), key=lambda item: item.id))

    def _take_text(self, text: str) -> None:
        for record in _records(text):
            self._take(record)

    def _take(self, record: Any) -> None:
        try:
            advisories = read_record(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            self.skipped += 1
            return
        self.read += 1
        for name, advisory in advisories.items():
            if self._only is None or name in self._only:
                self._by_name[name].append(advisory)


def _vulnerability(group: dict[Advisory, tuple[str, ...]]) -> Vulnerability:
    first = min(group, key=lambda item: item.id)
    names = {name for item in group for name in (item.id, *item.aliases)}
    fixed_in = max(group.values(), key=len)
    return Vulnerability(
        id=first.id,
        aliases=tuple(sorted(names - {first.id})),
        summary=next((item.summary for item in (first, *group) if item.summary), ""),
        fixed_in=fixed_in,
    )


def _texts(path: Path) -> Iterator[str]:
    if path.is_dir():
        for place in sorted(path.rglob("*")):
            if place.suffix in {".json", ".jsonl", ".ndjson"} and place.is_file():
                yield _decoded(place.read_bytes())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".json"):
                    yield _decoded(archive.read(member))
    else:
        yield _decoded(path.read_bytes())


def _decoded(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _whole(kept: Path) -> str | None:
    """Return a kept record; ``None`` where there is none, or it was cut off: it is asked for again, not passed over."""
    try:
        text = kept.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError):
        return None
    return text


def _records(text: str) -> Iterator[Any]:
    """Give the values of a JSON array, of JSON lines, or of one value; ``None`` for each that is broken."""
    decoder = json.JSONDecoder()
    broken, position = 0, _skip(text, 0)
    while position < len(text) and broken < _MOST_BROKEN:
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            broken += 1
            value = None
            following = _NEXT_RECORD.search(text, position)
            position = following.end() if following else len(text)
        yield value
        position = _skip(text, position)


def _skip(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


class _Service:
    """OSV's HTTP interface."""

    def __init__(self, base_url: str, transport: Transport, cache: Path | None) -> None:
        self._url = base_url.rstrip("/")
        self._transport = transport
        self._cache = cache

    def identifiers(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """Return when each advisory about the pairs was changed, by its id."""
        queries: list[dict[str, Any]] = [
            {"package": {"ecosystem": "PyPI", "name": name}, "version": version.partition("+")[0]}
            for name, version in pairs
        ]
        found: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            following: list[dict[str, Any]] = []
            for start in range(0, len(queries), _BATCH):
                batch = queries[start : start + _BATCH]
                for query, result in zip(batch, self._ask(batch), strict=True):
                    found |= {item["id"]: item.get("modified", "") for item in result.get("vulns") or ()}
                    if result.get("next_page_token"):
                        following.append({**query, "page_token": result["next_page_token"]})
            queries = following
        return found

    def records(self, identifiers: dict[str, str]) -> Iterator[str]:
        """Give the text of each record, in order of their ids."""
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            yield from pool.map(self._record, *zip(*sorted(identifiers.items()), strict=True)) if identifiers else ()

    def _ask(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        text = self._send("POST", "/v1/querybatch", json.dumps({"queries": batch}).encode())
        try:
            results: list[dict[str, Any]] = json.loads(text)["results"]
            if len(results) == len(batch) and all(isinstance(item, dict) for item in results):
                return results
        except (ValueError, KeyError, TypeError):
            pass
        raise AdvisoriesUnreachable(host_of(self._url), "not an answer of OSV")

    def _record(self, identifier: str, modified: str) -> str:
        kept = None
        if self._cache is not None and modified:
            key = hashlib.sha256(f"{self._url} {identifier} {modified}".encode()).hexdigest()
            kept = self._cache / f"{key}.json"
            if (known := _whole(kept)) is not None:
                return known
        text = self._send("GET", f"/v1/vulns/{quote(identifier, safe='')}")
        if kept is not None:
            with writing(kept):
                kept.parent.mkdir(parents=True, exist_ok=True)
                temporary = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(kept)
        return text

    def _send(self, method: str, path: str, body: bytes | None = None) -> str:
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            answer = self._transport.request(
                method, self._url + path, headers=headers, body=body, max_bytes=_LARGEST_ANSWER
            )
        except NetworkUnreachable as error:
            raise AdvisoriesUnreachable(error.host, error.reason) from error
        except (HttpRefused, TooLarge) as error:
            raise AdvisoriesUnreachable(host_of(self._url), str(error)) from error
        if answer.status != _OK:
            raise AdvisoriesUnreachable(host_of(self._url), f"{answer.status} {answer.reason}".strip())
        return _decoded(answer.body)
