"""Sends one blob: mounted from another repository, in one request, or in chunks that can be resumed.

Source: OCI distribution-spec 1.1, "Pushing blobs".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.registry.calls import Calls, scope_of
from jupyter_containerize.registry.errors import (
    CredentialsMissing,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
)
from jupyter_containerize.registry.outgoing import OutgoingBlob, Span
from jupyter_containerize.transport import Answer
from jupyter_containerize.transport.interruption import pause
from jupyter_containerize.transport.retries import RETRY_STATUSES, wait_seconds

# What is sent again after a connection broke is at most one chunk, and each chunk costs a round trip.
CHUNK_BYTES: Final = 16 << 20

_OCTETS = {"Content-Type": "application/octet-stream"}
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_UNKNOWN_UPLOAD = "BLOB_UPLOAD_UNKNOWN"
# Registries that take a blob only in one request say so in one of these ways.
_NO_CHUNKS = frozenset({400, 403, 404, 405, 411, 413, 415, 416, 501})


class _Again(Exception):
    """The upload did not end well, and another one may; ``error`` is what to say if none does."""

    def __init__(self, error: RegistryRefused | RegistryUnreachable, retry_after: str | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after


class Uploads:
    """The uploads to one registry, which share what it was found to refuse."""

    def __init__(self, calls: Calls, *, retries: int, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._calls = calls
        self._retries = retries
        self._chunk_bytes = chunk_bytes
        self._takes_chunks = True

    def exists(self, repository: str, digest: Digest, size_bytes: int | None = None) -> bool:
        """Tell whether the repository has the blob.

        Raises:
            RegistryGarbled: it has something else under that digest.
        """
        path = f"/v2/{repository}/blobs/{digest}"
        answer = self._calls.call("HEAD", path, scope=scope_of(repository, "pull"))
        # Somebody who may push may not always read a repository that does not exist yet.
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            return False
        self._calls.expect(answer, HTTPStatus.OK)
        length, named = answer.headers.get("Content-Length", ""), answer.headers.get("Docker-Content-Digest", "")
        if size_bytes is not None and length.isdecimal() and int(length) != size_bytes:
            raise RegistryGarbled(self._calls.host, f"{digest} has {length} bytes there, not {size_bytes}")
        if named.startswith("sha256:") and named != digest:
            raise RegistryGarbled(self._calls.host, f"it has {named} under {digest}")
        return True

    def send(self, repository: str, blob: OutgoingBlob, *, mount_from: Sequence[str] = ()) -> None:
        """Make sure that the repository has the blob: there already, mounted, or sent.

        Raises:
            BlobDamaged: it is not what its digest says, and the registry never had all of it.
            RegistryUnreachable, RegistryRefused, CredentialsMissing, Cancelled
        """
        for turn in range(self._retries + 1):
            if self.exists(repository, blob.digest, blob.size_bytes):
                blob.count(blob.size_bytes)
                return
            try:
                self._attempt(repository, blob, mount_from)
            except _Again as again:
                if turn == self._retries:
                    raise again.error from again
                blob.count(0)
                pause(wait_seconds(turn, again.retry_after))
            else:
                return

    def begin(self, repository: str) -> Answer:
        """Begin an upload. One that is begun twice by mistake is dropped by the registry."""
        answer = self._calls.call(
            "POST", f"/v2/{repository}/blobs/uploads/", scope=scope_of(repository, "pull,push"), again=True
        )
        self._calls.expect(answer, HTTPStatus.ACCEPTED)
        return answer

    def _attempt(self, repository: str, blob: OutgoingBlob, mount_from: Sequence[str]) -> None:
        begun = self._mounted(repository, blob.digest, mount_from)
        if begun is None:
            blob.count(blob.size_bytes)
            return
        location = self._calls.location(begun)
        scope = scope_of(repository, "pull,push")
        if self._takes_chunks and blob.size_bytes > self._chunk_bytes:
            least = begun.headers.get("OCI-Chunk-Min-Length", "")
            chunk_bytes = max(self._chunk_bytes, int(least) if least.isdecimal() else 0)
            finished = _Chunked(self._calls, scope, blob, chunk_bytes, self._retries).send(location)
            if finished:
                # Sent twice, the second one does no harm.
                self._finish(finished, scope, blob, b"", again=True)
                return
            self._takes_chunks = False
            location = self._calls.location(self.begin(repository))
        whole = blob.span(0, blob.size_bytes)
        try:
            self._finish(location, scope, blob, whole, again=False)
        except _Again as again:
            if blob.size_bytes > self._chunk_bytes or not isinstance(again.error, RegistryUnreachable):
                raise
            # Perhaps the request was never heard. If it was, this is refused, or else it is all the same.
            blob.count(0)
            pause(wait_seconds(0, None))
            try:
                self._finish(location, scope, blob, whole, again=False)
            except RegistryRefused:
                raise again from None

    def _mounted(self, repository: str, digest: Digest, candidates: Sequence[str]) -> Answer | None:
        """Return ``None`` if a repository's blob was mounted, or the upload that was begun instead."""
        for other in candidates:
            query = urlencode({"mount": digest, "from": other})
            scope = scope_of(repository, "pull,push", mount_from=other)
            try:
                answer = self._calls.call("POST", f"/v2/{repository}/blobs/uploads/?{query}", scope=scope, again=True)
            except (RegistryRefused, CredentialsMissing):
                # A token service that gives no token at all when we may not read over there.
                continue
            if answer.status == HTTPStatus.CREATED:
                return None
            if answer.status == HTTPStatus.ACCEPTED:
                return answer
            # Not allowed to read there, or no mounts at all: neither is a reason not to send it.
        return self.begin(repository)

    def _finish(self, location: str, scope: str, blob: OutgoingBlob, body: bytes | Span, *, again: bool) -> None:
        joint = "&" if urlsplit(location).query else "?"
        url = f"{location}{joint}{urlencode({'digest': blob.digest})}"
        try:
            answer = self._calls.call("PUT", url, scope=scope, headers=_OCTETS, body=body, again=again)
        except RegistryUnreachable as error:
            raise _Again(error) from error
        if answer.status != HTTPStatus.CREATED:
            refused = self._calls.refusal(answer)
            if isinstance(refused, RegistryRefused) and (
                refused.status in RETRY_STATUSES or refused.error_code == _UNKNOWN_UPLOAD
            ):
                raise _Again(refused, answer.headers.get("Retry-After"))
            raise refused


class _Chunked:
    """One upload in chunks."""

    def __init__(self, calls: Calls, scope: str, blob: OutgoingBlob, chunk_bytes: int, retries: int) -> None:
        self._calls, self._scope, self._blob = calls, scope, blob
        self._chunk_bytes = chunk_bytes
        self._retries = retries

    def send(self, location: str) -> str:
        """Return where to finish the upload; an empty text if the registry takes no chunks."""
        at, breaks = 0, 0
        while at < self._blob.size_bytes:
            until = min(at + self._chunk_bytes, self._blob.size_bytes)
            try:
                answer = self._patch(location, at, until)
            except RegistryUnreachable:
                breaks += 1
                if breaks > self._retries:
                    raise
                pause(wait_seconds(breaks - 1, None))
                # Every other time without a question: a registry that drops each second request hears the answers only.
                if breaks % 2:
                    before = at
                    location, at = self._resume(location, until)
                    breaks = 0 if at > before else breaks
                continue
            if answer.status == HTTPStatus.ACCEPTED:
                taken = _next(answer)
                # One that says something else is asked when it refuses the next chunk.
                location, at = self._calls.location(answer), taken if at < taken <= until else until
                breaks = 0
            elif answer.status in RETRY_STATUSES and breaks < self._retries:
                breaks += 1
                pause(wait_seconds(breaks - 1, answer.headers.get("Retry-After")))
                location, at = self._resume(location, until)
            elif at == 0 and answer.status in _NO_CHUNKS:
                self._calls.call("DELETE", location, scope=self._scope)
                return ""
            elif answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and breaks < self._retries:
                breaks += 1
                location, at = self._resume(location, until)
            elif answer.status == HTTPStatus.NOT_FOUND:
                raise self._lost()
            else:
                raise self._calls.refusal(answer)
            self._blob.count(at)
        return location

    def _patch(self, location: str, at: int, until: int) -> Answer:
        headers = {**_OCTETS, "Content-Range": f"{at}-{until - 1}"}
        body = self._blob.span(at, until)
        return self._calls.call("PATCH", location, scope=self._scope, headers=headers, body=body)

    def _resume(self, location: str, until: int) -> tuple[str, int]:
        """Ask how much there is. It can be more than we know of: the answer may be what was lost."""
        answer = self._calls.call("GET", location, scope=self._scope)
        if answer.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.ACCEPTED}:
            raise self._lost()
        there = _next(answer)
        if there > until:
            raise self._lost()
        moved = answer.headers.get("Location", "")
        return (self._calls.location(answer) if moved else location), there

    def _lost(self) -> _Again:
        return _Again(RegistryUnreachable(self._calls.host, "it loses uploads before they are finished"))


def _next(answer: Answer) -> int:
    """Return the first byte that the registry does not have; its range ends with the last one that it has."""
    found = _RANGE.fullmatch(answer.headers.get("Range", ""))
    # An upload without any byte has the range 0-0, too.
    return 0 if found is None or found[1] == "0" else int(found[1]) + 1
