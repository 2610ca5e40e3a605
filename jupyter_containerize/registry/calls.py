"""Small requests to one registry, and the login that it asks for on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from jupyter_containerize.registry.authorization import Authorization
from jupyter_containerize.registry.credentials import Credentials
from jupyter_containerize.registry.errors import (
    CredentialsMissing,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
)
from jupyter_containerize.registry.hosts import base_url
from jupyter_containerize.registry.outgoing import Span
from jupyter_containerize.transport import Answer, HttpRefused, NetworkUnreachable, TooLarge, Transport

ANSWER_LIMIT = 8 << 20
_NOT_FOR_YOU = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class Calls:
    """Sends requests to one registry; what every other part of the client is built on."""

    def __init__(self, host: str, transport: Transport, lookup: Callable[[str], Credentials | None]) -> None:
        self.host = host
        self.base = base_url(host)
        self.transport = transport
        self._authorization = Authorization(host, transport, lookup)

    def call(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Span | None = None,
        again: bool | None = None,
    ) -> Answer:
        """Return the answer to a request, sent once more if the registry asks who we are.

        ``path`` may be a URL, also one elsewhere: it is not told who we are.
        """
        url = urljoin(self.base, path)
        sent = self._authorized(url, scope)
        answer = self._send(method, url, headers={**(headers or {}), **sent}, body=body, again=again)
        if answer.status != HTTPStatus.UNAUTHORIZED or not self._is_ours(url):
            return answer
        self._authorization.answer(answer.headers.get("WWW-Authenticate", ""), scope, sent)
        sent = self._authorized(url, scope)
        answer = self._send(method, url, headers={**(headers or {}), **sent}, body=body, again=again)
        if answer.status in _NOT_FOR_YOU and self._authorization.anonymous:
            raise CredentialsMissing(self.host)
        return answer

    def location(self, answer: Answer) -> str:
        """Return where an answer sends us, which may be relative."""
        location = answer.headers.get("Location", "")
        if not location:
            raise RegistryGarbled(self.host, "it did not say where to send the blob")
        return urljoin(self.base, location)

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Refuse an answer with another status than these."""
        if answer.status not in statuses:
            raise self.refusal(answer)

    def refusal(self, answer: Answer) -> RegistryRefused | RegistryGarbled:
        """Return the error for an answer that was not hoped for."""
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            # A login page of a hotel, or a server that is no registry.
            return RegistryGarbled(self.host, f"{answer.status} where another status belongs")
        code, message = _first_error(answer.body)
        return RegistryRefused(self.host, answer.status, code, message or answer.reason)

    def header(self, scope: str) -> Mapping[str, str]:
        """Return the header that lets us in, as far as it is known."""
        return self._authorization.header(scope)

    def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | Span | None,
        again: bool | None,
    ) -> Answer:
        try:
            return self.transport.request(method, url, headers=headers, body=body, max_bytes=ANSWER_LIMIT, again=again)
        except NetworkUnreachable as error:
            raise RegistryUnreachable(error.host, error.reason) from error
        except HttpRefused as error:
            raise RegistryRefused(self.host, error.status, "", error.reason) from error
        except TooLarge as error:
            raise RegistryGarbled(self.host, f"its answer has more than {error.max_bytes} bytes") from error

    def _authorized(self, url: str, scope: str) -> Mapping[str, str]:
        # Uploads may be sent elsewhere; our login is for the registry only.
        return self._authorization.header(scope) if self._is_ours(url) else {}

    def _is_ours(self, url: str) -> bool:
        return _origin(url) == _origin(self.base)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def scope_of(repository: str, actions: str, *, mount_from: str = "") -> str:
    """Return what to ask a token for; several scopes are separated by spaces."""
    scope = f"repository:{repository}:{actions}"
    return f"{scope} repository:{mount_from}:pull" if mount_from else scope


def _first_error(body: bytes) -> tuple[str, str]:
    """Return code and message of the first error in a body. Source: distribution-spec, "Error Codes"."""
    try:
        first = json.loads(body)["errors"][0]
        return str(first.get("code", "")), str(first.get("message", ""))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return "", ""
