"""Answers a registry's challenge: Basic, or Bearer with a token from its token service.

Sources: RFC 9110, "WWW-Authenticate"; distribution, "Token Authentication Specification" and
"Token Authentication Implementation".
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from jupyter_containerize.registry.credentials import Credentials
from jupyter_containerize.registry.errors import CredentialsMissing, RegistryRefused, RegistryUnreachable
from jupyter_containerize.registry.hosts import is_loopback
from jupyter_containerize.transport import NetworkUnreachable, Transport

_SCHEME = re.compile(r"\s*([A-Za-z]+)\s*")
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_CLIENT = "jupyter-containerize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What the registry wants. ``scheme`` is lower-case: ``basic`` or ``bearer``."""

    scheme: str
    realm: str = ""
    service: str = ""


def read_challenge(header: str) -> Challenge | None:
    """Return the first challenge in a ``WWW-Authenticate`` header that we can answer."""
    for part in re.split(r",\s*(?=[A-Za-z]+\s+[A-Za-z_]+=)", header):
        scheme = _SCHEME.match(part)
        if scheme is None or scheme[1].lower() not in {"basic", "bearer"}:
            continue
        parameters = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(part)}
        return Challenge(
            scheme=scheme[1].lower(), realm=parameters.get("realm", ""), service=parameters.get("service", "")
        )
    return None


class Authorization:
    """The headers that let us in, by scope. Logins are looked up only when a registry asks."""

    def __init__(self, host: str, transport: Transport, lookup: Callable[[str], Credentials | None]) -> None:
        self._host = host
        self._transport = transport
        self._lookup = lookup
        self._lock = threading.Lock()
        self._headers: dict[str, str] = {}
        self.anonymous = False
        """Whether a challenge was answered without a login."""

    def header(self, scope: str) -> Mapping[str, str]:
        """Return what is known to be right for the scope; nothing before the first challenge."""
        known = self._headers.get(scope)
        return {} if known is None else {"Authorization": known}

    def answer(self, header: str, scope: str, refused: Mapping[str, str]) -> None:
        """Learn what to send, from the header of a 401. ``refused`` is what was sent in vain.

        Raises:
            CredentialsMissing: the registry wants a login, and there is none.
            RegistryRefused, RegistryUnreachable: from the token service.
            CredentialHelperFailed, CredentialsUnreadable
        """
        with self._lock:
            if self.header(scope) != refused:
                return  # another thread has learnt it meanwhile
            challenge = read_challenge(header)
            if challenge is None:
                raise RegistryRefused(self._host, HTTPStatus.UNAUTHORIZED, "", "asks for a login of an unknown kind")
            credentials = self._lookup(self._host)
            self.anonymous = credentials is None
            if challenge.scheme == "basic":
                self._headers[scope] = self._basic(credentials)
            else:
                self._headers[scope] = f"Bearer {self._token(challenge, scope, credentials)}"

    def _basic(self, credentials: Credentials | None) -> str:
        if credentials is None or not credentials.username:
            raise CredentialsMissing(self._host)
        pair = f"{credentials.username}:{credentials.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def _token(self, challenge: Challenge, scope: str, credentials: Credentials | None) -> str:
        realm = urlsplit(challenge.realm)
        if realm.scheme != "https" and not (realm.scheme == "http" and is_loopback(realm.netloc)):
            # A password must not go to wherever an answer says, in the clear.
            raise RegistryRefused(self._host, HTTPStatus.UNAUTHORIZED, "", "its token service is not on HTTPS")
        question = [("service", challenge.service), ("client_id", _CLIENT)]
        question = [(name, value) for name, value in question if value]
        try:
            if credentials is not None and credentials.identity_token:
                # > scope: a space-delimited, case-sensitive list
                form = [
                    *question,
                    *([("scope", scope)] if scope else []),
                    ("grant_type", "refresh_token"),
                    ("refresh_token", credentials.identity_token),
                ]
                answer = self._transport.request(
                    "POST",
                    challenge.realm,
                    headers={"Content-Type": "application/x-www-form-urlencoded"},
                    body=urlencode(form).encode(),
                    again=True,
                )
            else:
                headers = {} if credentials is None else {"Authorization": self._basic(credentials)}
                joint = "&" if realm.query else "?"
                # > (to) request more than one scope (...) the scope parameter (is) specified multiple times
                question += [("scope", one) for one in scope.split()]
                answer = self._transport.request(
                    "GET", f"{challenge.realm}{joint}{urlencode(question)}", headers=headers
                )
        except NetworkUnreachable as error:
            raise RegistryUnreachable(self._host, f"token service {error.host}: {error.reason}") from error
        if answer.status == HTTPStatus.UNAUTHORIZED and credentials is None:
            raise CredentialsMissing(self._host)
        if answer.status != HTTPStatus.OK:
            raise RegistryRefused(self._host, answer.status, "", "the token service refused the login")
        return self._token_in(answer.body)

    def _token_in(self, body: bytes) -> str:
        try:
            document = json.loads(body)
            return str(document.get("token") or document["access_token"])
        except (ValueError, KeyError, AttributeError) as error:
            raise RegistryRefused(self._host, HTTPStatus.OK, "", "the token service's answer is unreadable") from error
