"""One registry: blobs and manifests in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable, media
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry.calls import Calls, scope_of
from jupyter_containerize.registry.credentials import Credentials
from jupyter_containerize.registry.errors import RegistryGarbled, RegistryRefused, RegistryUnreachable
from jupyter_containerize.registry.outgoing import OutgoingBlob
from jupyter_containerize.registry.upload import Uploads
from jupyter_containerize.transport import HttpRefused, NetworkUnreachable, Transport

_ACCEPTED = ", ".join(sorted(media.MANIFESTS | media.INDEXES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A manifest or an index as it came."""

    body: bytes
    media_type: str
    digest: Digest


class RegistryClient:
    """Speaks the distribution protocol with one registry.

    Every call may raise ``RegistryUnreachable``, ``RegistryRefused``, ``RegistryGarbled``, ``CredentialsMissing``,
    ``CredentialHelperFailed`` and ``CredentialsUnreadable``.
    """

    def __init__(self, host: str, transport: Transport, lookup: Callable[[str], Credentials | None]) -> None:
        """Keep the settings. ``lookup`` gives the login for a host; it is asked only if need be."""
        self.host = host
        self._calls = Calls(host, transport, lookup)
        self._uploads = Uploads(self._calls, retries=transport.retries)

    def ping(self) -> None:
        """Make sure that a registry answers and lets us in. Source: "Determining Support"."""
        self._calls.expect(self._calls.call("GET", "/v2/", scope=""), HTTPStatus.OK)

    def may_push(self, repository: str) -> None:
        """Make sure that we may push there: an upload is begun, and cancelled."""
        begun = self._uploads.begin(repository)
        # Registries drop uploads that are left alone, so it does not matter if this is refused.
        self._calls.call("DELETE", self._calls.location(begun), scope=scope_of(repository, "pull,push"))

    def blob_exists(self, repository: str, digest: Digest, *, cancel: CancelToken | None = None) -> bool:
        """Tell whether the repository has the blob."""
        with self._calls.transport.waiting(cancel or CancelToken()):
            return self._uploads.exists(repository, digest)

    def push_blob(
        self,
        repository: str,
        digest: Digest,
        content: Path | bytes,
        *,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
        mount_from: str | Sequence[str] = (),
        size_bytes: int | None = None,
    ) -> None:
        """Make sure that the repository has the blob: there already, mounted, or sent.

        ``mount_from`` are other repositories of the registry that may have it. ``on_bytes`` counts the blob's bytes,
        sent or not; what has to be sent again is taken off first. A file of another size than ``size_bytes``, which is
        the manifest's, is damaged; it is not looked at when the registry has the blob.

        Raises:
            BlobDamaged: the content is not what the digest says; the registry never had all of it.
            Cancelled
        """
        candidates = (mount_from,) if isinstance(mount_from, str) and mount_from else tuple(mount_from)
        with (
            self._calls.transport.waiting(cancel),
            OutgoingBlob(digest, content, size_bytes=size_bytes, on_bytes=on_bytes, cancel=cancel) as blob,
        ):
            self._uploads.send(repository, blob, mount_from=candidates)

    def push_manifest(
        self, repository: str, name: str, body: bytes, media_type: str, *, cancel: CancelToken | None = None
    ) -> bool:
        """Put the manifest or index under a tag or its digest; what it names must be there.

        Tells whether the registry lists it as a referrer, for one that has a subject.
        """
        with self._calls.transport.waiting(cancel or CancelToken()):
            answer = self._calls.call(
                "PUT",
                f"/v2/{repository}/manifests/{name}",
                scope=scope_of(repository, "pull,push"),
                headers={"Content-Type": media_type},
                body=body,
                again=True,
            )
        self._calls.expect(answer, HTTPStatus.CREATED)
        named = answer.headers.get("Docker-Content-Digest", "")
        if named.startswith("sha256:") and named != digest_of(body):
            raise RegistryGarbled(self.host, f"it took {digest_of(body)} for {named}")
        return bool(answer.headers.get("OCI-Subject"))

    def pull_manifest(self, repository: str, name: str) -> Pulled:
        """Return the manifest or index that a tag or a digest names.

        Raises:
            ImageUnreadable: the content does not have the digest that it was asked by or came with.
        """
        answer = self._calls.call(
            "GET",
            f"/v2/{repository}/manifests/{name}",
            scope=scope_of(repository, "pull"),
            headers={"Accept": _ACCEPTED},
        )
        self._calls.expect(answer, HTTPStatus.OK)
        digest = digest_of(answer.body)
        promised = name if ":" in name else answer.headers.get("Docker-Content-Digest", digest)
        if promised != digest and promised.startswith("sha256:"):
            raise ImageUnreadable("manifest", f"its digest is {digest}, not {promised}")
        media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if media_type == "text/html":
            raise RegistryGarbled(self.host, "it sent a web page where a manifest belongs")
        return Pulled(body=answer.body, media_type=media_type, digest=digest)

    def find_manifest(self, repository: str, name: str) -> Pulled | None:
        """Return the manifest or index, or ``None`` where there is none, or none that we may see."""
        try:
            return self.pull_manifest(repository, name)
        except RegistryRefused as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
                return None
            raise

    def referrers(self, repository: str, digest: Digest, artifact_type: str = "") -> bytes | None:
        """Return the index of what refers to a manifest; ``None`` from a registry that keeps none.

        It may hold more than the wanted type. Source: distribution-spec 1.1, "Listing Referrers".
        """
        query = f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else ""
        answer = self._calls.call(
            "GET",
            f"/v2/{repository}/referrers/{digest}{query}",
            scope=scope_of(repository, "pull"),
            headers={"Accept": media.INDEX},
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._calls.expect(answer, HTTPStatus.OK)
        # > If the header is not set to application/vnd.oci.image.index.v1+json, the API is not supported.
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        return answer.body if kind == media.INDEX else None

    def pull_config(self, repository: str, digest: Digest) -> bytes:
        """Return a small blob; whoever asked checks its digest."""
        answer = self._calls.call("GET", f"/v2/{repository}/blobs/{digest}", scope=scope_of(repository, "pull"))
        self._calls.expect(answer, HTTPStatus.OK)
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
        path, scope = f"/v2/{repository}/blobs/{digest}", scope_of(repository, "pull")

        def download() -> None:
            self._calls.transport.download(
                f"{self._calls.base}{path}",
                into,
                sha256=digest.hex,
                size_bytes=size_bytes,
                on_bytes=on_bytes,
                cancel=cancel,
                headers=self._calls.header(scope),
            )

        try:
            try:
                download()
            except HttpRefused as error:
                if error.status != HTTPStatus.UNAUTHORIZED:
                    raise
                # A token is good for minutes; a HEAD fetches a new one, or finds out why not.
                self._calls.expect(self._calls.call("HEAD", path, scope=scope), HTTPStatus.OK)
                download()
        except HttpRefused as error:
            raise RegistryRefused(self.host, error.status, "", error.reason) from error
        except NetworkUnreachable as error:
            raise RegistryUnreachable(error.host, error.reason) from error
