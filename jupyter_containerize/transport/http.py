"""The one HTTP client: sessions, retries, credentials, and errors in our words."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase, HTTPBasicAuth

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.transport import download, files
from jupyter_containerize.transport.adapter import PatientAdapter
from jupyter_containerize.transport.errors import HttpRefused, IllegalUrl, NetworkUnreachable, TooLarge
from jupyter_containerize.transport.interruption import Overdue, patience, pause, waiting
from jupyter_containerize.transport.reasons import reason_of
from jupyter_containerize.transport.retries import RETRY_STATUSES, wait_seconds

USER_AGENT = "jupyter-containerize"

_CHUNK = 1 << 16
_ANSWER_LIMIT = 4 << 20
_SAFE = frozenset({"GET", "HEAD"})
# How much longer than one read a whole document may take.
_READS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body and what to send next time so that an unchanged one is not sent again."""

    body: bytes
    etag: str
    last_modified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A server's answer, whatever its status. ``headers`` ignore case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Fetches over HTTP, HTTPS and from files. One may be used by many threads at once."""

    def __init__(
        self,
        *,
        timeout_seconds: float = 30,
        retries: int = 3,
        credentials: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Keep the settings; no connection is made yet.

        Args:
            timeout_seconds: how long to wait for a connection, and for each read; a whole document of ``request``
                may take four times that.
            retries: how often a failed connection, read or busy server is asked again.
            credentials: user and password by host, or by ``host:port``. The user's ``.netrc`` counts too.
        """
        self.timeout_seconds = timeout_seconds
        self.retries = retries
        self._credentials = dict(credentials or {})
        # A requests session is not safe between threads; its connections are worth keeping.
        self._local = threading.local()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int) -> bytes:
        """Return the body of a successful answer.

        Raises:
            NetworkUnreachable, HttpRefused, TooLarge, IllegalUrl
        """
        with self.open("GET", url, headers=headers) as response:
            _refuse_unless_ok(url, response)
            return _body(url, response, max_bytes)

    def get_if_changed(self, url: str, *, etag: str, last_modified: str, max_bytes: int = 1 << 30) -> Fetched | None:
        """Return the body, or ``None`` when the server says that it did not change.

        ``etag`` and ``last_modified`` are those of the last ``Fetched``; empty when there is none.

        Raises:
            NetworkUnreachable, HttpRefused, TooLarge, IllegalUrl
        """
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        with self.open("GET", url, headers={name: value for name, value in asked.items() if value}) as response:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            _refuse_unless_ok(url, response)
            return Fetched(
                body=_body(url, response, max_bytes),
                etag=response.headers.get("ETag", ""),
                last_modified=response.headers.get("Last-Modified", ""),
            )

    def download(
        self,
        url: str,
        into: Path,
        *,
        sha256: str,
        size_bytes: int | None,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Put the content with that hash at ``into``, or nothing.

        What came before an interruption waits beside it as ``.part`` and is continued next time.
        Two processes that want the same file do not both fetch it: one waits. ``on_bytes`` gets
        increments; a negative one when the server made us start over.

        Raises:
            NetworkUnreachable, HttpRefused, HashMismatch, TooLarge, DiskFull, NotWritable, Cancelled
        """
        wanted = download.Wanted(url=url, into=into, sha256=sha256, size_bytes=size_bytes, headers=dict(headers or {}))
        with waiting(cancel=cancel):
            download.download(self, wanted, on_bytes=on_bytes, cancel=cancel)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | BinaryIO | Iterable[bytes] | None = None,
        max_bytes: int = _ANSWER_LIMIT,
        again: bool | None = None,
    ) -> Answer:
        """Return the answer, whatever its status. For those who speak a protocol of their own.

        ``again`` says that the request may be repeated after a failure; it is by default for GET and HEAD only, and
        never with a body that is a stream. Such a body follows no redirect either.

        Raises:
            NetworkUnreachable, TooLarge, IllegalUrl
        """
        with (
            self.open(method, url, headers=headers, body=body, again=again) as response,
            waiting(seconds=_READS * self.timeout_seconds),
        ):
            return Answer(
                status=response.status_code,
                reason=response.reason or "",
                headers=response.headers,
                body=_body(url, response, max_bytes),
            )

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | BinaryIO | Iterable[bytes] | None = None,
        again: bool | None = None,
    ) -> Iterator[requests.Response]:
        """Give the unread response; connection errors inside the block become ours."""
        with self._send_patiently(method, url, headers or {}, body, again=again) as response:
            try:
                yield response
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, Overdue) as error:
                raise NetworkUnreachable(host_of(url), reason_of(error)) from error

    @staticmethod
    def waiting(cancel: CancelToken) -> AbstractContextManager[object]:
        """Let a cancel end whatever this thread waits for in the block, within a fraction of a second.

        Raises:
            Cancelled
        """
        return waiting(cancel=cancel)

    def _send_patiently(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | BinaryIO | Iterable[bytes] | None,
        *,
        again: bool | None,
    ) -> requests.Response:
        """Send, and once more as often as it helps: after a failed connection, or when the server is busy."""
        may_repeat = (method in _SAFE if again is None else again) and (body is None or isinstance(body, bytes))
        left = self.retries if may_repeat else 0
        for turn in range(left + 1):
            try:
                response = self._send(method, url, headers, body)
            except NetworkUnreachable:
                if turn == left or patience().over():
                    raise
                pause(wait_seconds(turn, None))
                continue
            if response.status_code not in RETRY_STATUSES or turn == left:
                return response
            response.close()
            pause(wait_seconds(turn, response.headers.get("Retry-After")))
        raise AssertionError(left)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | BinaryIO | Iterable[bytes] | None
    ) -> requests.Response:
        whole = body is None or isinstance(body, bytes)
        try:
            # A server that dribbles its headers is as slow as one that does not answer.
            with waiting(seconds=_READS * self.timeout_seconds) if whole else nullcontext():
                return self._session().request(
                    method,
                    url,
                    headers={"User-Agent": USER_AGENT, **headers},
                    data=body,
                    auth=self._auth(url, headers),
                    timeout=self.timeout_seconds,
                    stream=True,
                    allow_redirects=whole,
                )
        # requests' own classes for bad URLs are ValueErrors, and urlsplit raises plain ones.
        except ValueError as error:
            raise IllegalUrl(url) from error
        except requests.exceptions.TooManyRedirects as error:
            raise HttpRefused(url, HTTPStatus.FOUND, "too many redirects") from error
        except (requests.exceptions.RequestException, Overdue) as error:
            raise NetworkUnreachable(host_of(url), reason_of(error)) from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.verify = _ca_bundle()
            # Some registries (Harbor) take a client that gives their cookies back for a browser, and want more of it.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            adapter = PatientAdapter()
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            session.mount("file://", files.FileAdapter())
            self._local.session = session
        return session

    def _auth(self, url: str, headers: Mapping[str, str]) -> AuthBase | None:
        if any(name.lower() == "authorization" for name in headers):
            # Without this, requests would replace the caller's header by what .netrc says.
            return _AsGiven()
        parts = urlsplit(url)
        known = self._credentials.get(parts.netloc.rpartition("@")[2]) or self._credentials.get(parts.hostname or "")
        return None if known is None else HTTPBasicAuth(*known)


class _AsGiven(AuthBase):
    """Authentication that leaves the request as it is."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def host_of(url: str) -> str:
    """Return ``host`` or ``host:port`` of a URL, without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _ca_bundle() -> str | bool:
    # requests itself reads REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, and prefers them to this.
    bundle = os.environ.get("SSL_CERT_FILE", "")
    return bundle if bundle and Path(bundle).is_file() else True


def _refuse_unless_ok(url: str, response: requests.Response) -> None:
    if response.status_code != HTTPStatus.OK:
        raise HttpRefused(url, response.status_code, response.reason or "")


def _body(url: str, response: requests.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(url, max_bytes)
    return bytes(body)
