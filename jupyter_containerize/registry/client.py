"""One registry: blobs and manifests in and out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable, media
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry.authorization import Authorization
from jupyter_containerize.registry.credentials import Credentials
from jupyter_containerize.registry.errors import CredentialsMissing, RegistryRefused, RegistryUnreachable
from jupyter_containerize.registry.hosts import base_url
from jupyter_containerize.registry.outgoing import OutgoingBlob
from jupyter_containerize.transport import Answer, HttpRefused, NetworkUnreachable, Transport

_MANIFEST_LIMIT = 8 << 20
_NOT_FOR_YOU = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ACCEPTED = ", ".join(sorted(media.MANIFESTS | media.INDEXES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A manifest or an index as it came."""

    body: bytes
    media_type: str
    digest: Digest


class RegistryClient:
    """Speaks the distribution protocol with one registry.

    Every call may raise ``RegistryUnreachable``, ``RegistryRefused``, ``CredentialsMissing``,
    ``CredentialHelperFailed`` and ``CredentialsUnreadable``.
    """

    def __init__(self, host: str, transport: Transport, lookup: Callable[[str], Credentials | None]) -> None:
        """Keep the settings. ``lookup`` gives the login for a host; it is asked only if need be."""
        self.host = host
        self._base = base_url(host)
        self._transport = transport
        self._authorization = Authorization(host, transport, lookup)

    def ping(self) -> None:
        """Make sure that a registry answers and lets us in. Source: "Determining Support"."""
        self._expect(self._call("GET", "/v2/", scope=""), HTTPStatus.OK)

    def may_push(self, repository: str) -> None:
        """Make sure that we may push there: an upload is begun, and cancelled."""
        scope = _scope(repository, "pull,push")
        answer = self._call("POST", f"/v2/{repository}/blobs/uploads/", scope=scope)
        self._expect(answer, HTTPStatus.ACCEPTED)
        # Registries drop uploads that are left alone, so it does not matter if this is refused.
        self._call("DELETE", self._location(answer), scope=scope)

    def blob_exists(self, repository: str, digest: Digest) -> bool:
        """Tell whether the repository has the blob."""
        answer = self._call("HEAD", f"/v2/{repository}/blobs/{digest}", scope=_scope(repository, "pull"))
        # Somebody who may push may not always read a repository that does not exist yet.
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            return False
        self._expect(answer, HTTPStatus.OK)
        return True

    def push_blob(
        self,
        repository: str,
        digest: Digest,
        content: Path | bytes,
        *,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
        mount_from: str = "",
    ) -> None:
        """Make sure that the repository has the blob: there already, mounted, or sent whole.

        ``mount_from`` is another repository of the registry that may have it. ``on_bytes`` counts
        the blob's bytes, sent or not.
        """
        size_bytes = len(content) if isinstance(content, bytes) else content.stat().st_size
        if self.blob_exists(repository, digest):
            on_bytes(size_bytes)
            return
        scope = _scope(repository, "pull,push")
        query = f"?{urlencode({'mount': digest, 'from': mount_from})}" if mount_from else ""
        begun = self._call("POST", f"/v2/{repository}/blobs/uploads/{query}", scope=scope)
        if begun.status == HTTPStatus.CREATED:
            on_bytes(size_bytes)
            return
        self._expect(begun, HTTPStatus.ACCEPTED)
        location = self._location(begun)
        joint = "&" if urlsplit(location).query else "?"
        with OutgoingBlob(content, size_bytes, on_bytes=on_bytes, cancel=cancel) as body:
            answer = self._send(
                "PUT",
                f"{location}{joint}{urlencode({'digest': digest})}",
                headers={"Content-Type": "application/octet-stream", **self._authorized(location, scope)},
                body=body,
            )
        self._expect(answer, HTTPStatus.CREATED)

    def push_manifest(self, repository: str, tag: str, body: bytes, media_type: str) -> None:
        """Put the manifest under a tag or its digest; its blobs must be there."""
        answer = self._call(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            scope=_scope(repository, "pull,push"),
            headers={"Content-Type": media_type},
            body=body,
        )
        self._expect(answer, HTTPStatus.CREATED)

    def pull_manifest(self, repository: str, name: str) -> Pulled:
        """Return the manifest or index that a tag or a digest names.

        Raises:
            ImageUnreadable: the content does not have the digest that it was asked by or came with.
        """
        answer = self._call(
            "GET",
            f"/v2/{repository}/manifests/{name}",
            scope=_scope(repository, "pull"),
            headers={"Accept": _ACCEPTED},
            max_bytes=_MANIFEST_LIMIT,
        )
        self._expect(answer, HTTPStatus.OK)
        digest = digest_of(answer.body)
        promised = name if ":" in name else answer.headers.get("Docker-Content-Digest", digest)
        if promised != digest and promised.startswith("sha256:"):
            raise ImageUnreadable("manifest", f"its digest is {digest}, not {promised}")
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        return Pulled(body=answer.body, media_type=media_type, digest=digest)

    def pull_config(self, repository: str, digest: Digest) -> bytes:
        """Return a small blob; whoever asked checks its digest."""
        answer = self._call("GET", f"/v2/{repository}/blobs/{digest}", scope=_scope(repository, "pull"))
        self._expect(answer, HTTPStatus.OK)
        return answer.body

    def pull_blob(
        self,
        repository: str,
        digest: Digest,
        into: Path,
        *,
        size_bytes: int,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> None:
        """Put the blob at ``into``, checked.

        Raises:
            HashMismatch, TooLarge, DiskFull, NotWritable, Cancelled
        """
        path, scope = f"/v2/{repository}/blobs/{digest}", _scope(repository, "pull")

        def download() -> None:
            self._transport.download(
                f"{self._base}{path}",
                into,
                sha256=digest.hex,
                size_bytes=size_bytes,
                on_bytes=on_bytes,
                cancel=cancel,
                headers=self._authorization.header(scope),
            )

        try:
            try:
                download()
            except HttpRefused as error:
                if error.status != HTTPStatus.UNAUTHORIZED:
                    raise
                # A token is good for minutes; a HEAD fetches a new one, or finds out why not.
                self._expect(self._call("HEAD", path, scope=scope), HTTPStatus.OK)
                download()
        except HttpRefused as error:
            raise RegistryRefused(self.host, error.status, "", error.reason) from error
        except NetworkUnreachable as error:
            raise RegistryUnreachable(error.host, error.reason) from error

    def _call(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int = _MANIFEST_LIMIT,
    ) -> Answer:
        """Send a small request, and once more if the registry asks who we are."""
        url = urljoin(self._base, path)
        sent = self._authorized(url, scope)
        answer = self._send(method, url, headers={**(headers or {}), **sent}, body=body, max_bytes=max_bytes)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        self._authorization.answer(answer.headers.get("WWW-Authenticate", ""), scope, sent)
        sent = self._authorized(url, scope)
        answer = self._send(method, url, headers={**(headers or {}), **sent}, body=body, max_bytes=max_bytes)
        if answer.status in _NOT_FOR_YOU and self._authorization.anonymous:
            raise CredentialsMissing(self.host)
        return answer

    def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | OutgoingBlob | None,
        max_bytes: int = _MANIFEST_LIMIT,
    ) -> Answer:
        try:
            return self._transport.request(method, url, headers=headers, body=body, max_bytes=max_bytes)
        except NetworkUnreachable as error:
            raise RegistryUnreachable(error.host, error.reason) from error

    def _authorized(self, url: str, scope: str) -> Mapping[str, str]:
        # Uploads may be sent elsewhere; our login is for the registry only.
        ours = urlsplit(url).netloc == urlsplit(self._base).netloc
        return self._authorization.header(scope) if ours else {}

    def _location(self, answer: Answer) -> str:
        location = answer.headers.get("Location", "")
        if not location:
            raise RegistryRefused(self.host, answer.status, "", "did not say where to send the blob")
        return urljoin(self._base, location)

    def _expect(self, answer: Answer, status: HTTPStatus) -> None:
        if answer.status == status:
            return
        code, message = _first_error(answer.body)
        raise RegistryRefused(self.host, answer.status, code, message or answer.reason)


def _scope(repository: str, actions: str) -> str:
    return f"repository:{repository}:{actions}"


def _first_error(body: bytes) -> tuple[str, str]:
    """Return code and message of the first error in a body. Source: distribution-spec, "Error Codes"."""
    try:
        first = json.loads(body)["errors"][0]
        return str(first.get("code", "")), str(first.get("message", ""))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", ""
