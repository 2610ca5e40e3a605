"""Challenges and tokens, against a registry of our own that wants Bearer tokens."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from jupyter_containerize.registry import Credentials, CredentialsMissing, RegistryClient, RegistryRefused
from jupyter_containerize.registry.authorization import Challenge, read_challenge
from jupyter_containerize.registry.hosts import base_url
from jupyter_containerize.transport import Transport
from tests.registry.serving import in_thread

CHALLENGES: dict[str, tuple[str, Challenge | None]] = {
    "basic": ('Basic realm="r"', Challenge(scheme="basic", realm="r")),
    "bearer": (
        'Bearer realm="https://a/token?x=1,2",service="s",scope="repository:a:pull,push"',
        Challenge(scheme="bearer", realm="https://a/token?x=1,2", service="s"),
    ),
    "unknown first": ('Negotiate, Basic realm="r"', Challenge(scheme="basic", realm="r")),
    "unquoted": ("bearer realm=https://a/t, service=s", Challenge(scheme="bearer", realm="https://a/t", service="s")),
    "unknown": ("Negotiate", None),
    "none": ("", None),
}


@pytest.mark.parametrize(("header", "challenge"), CHALLENGES.values(), ids=CHALLENGES)
def test_read_challenge__any_header__takes_what_we_can_answer(header: str, challenge: Challenge | None) -> None:
    """The first challenge of a kind that we know is taken."""
    assert read_challenge(header) == challenge


URLS = {
    "docker.io": "https://registry-1.docker.io",
    "ghcr.io": "https://ghcr.io",
    "registry.example:5000": "https://registry.example:5000",
    "localhost:5000": "http://localhost:5000",
    "localhost": "http://localhost",
    "127.0.0.1:5000": "http://127.0.0.1:5000",
    "[::1]:5000": "http://[::1]:5000",
    "localhost.example": "https://localhost.example",
}


@pytest.mark.parametrize(("host", "url"), URLS.items())
def test_base_url__any_host__is_https_except_for_this_machine(host: str, url: str) -> None:
    """No other machine is ever spoken to in the clear."""
    assert base_url(host) == url


class TokenRegistry(BaseHTTPRequestHandler):
    """A registry where a token names the scope that it is good for."""

    protocol_version = "HTTP/1.1"
    realm: ClassVar[str] = ""
    asked: ClassVar[list[str]] = []

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """Give a token, or what is behind one."""
        if self.path.startswith("/token"):
            self._token(parse_qs(urlsplit(self.path).query), self.headers.get("Authorization", ""))
        else:
            self._guarded()

    def do_POST(self) -> None:
        """Trade an identity token for an access token."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._token(form, f"identity {form['refresh_token'][0]}")

    def _token(self, question: dict[str, list[str]], identity: str) -> None:
        good = {"", "identity long-lived", f"Basic {base64.b64encode(b'ada:lovelace').decode()}"}
        scope = question.get("scope", [""])[0]
        self.asked.append(scope)
        if identity not in good:
            self._answer(401, b"")
        else:
            self._answer(200, json.dumps({"token": f"{scope}|{bool(identity)}"}).encode())

    def _guarded(self) -> None:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        scope, _, known = token.partition("|")
        if kind != "Bearer" or ("private" in self.path and known != "True") or scope.partition(":")[0] not in self.path:
            return self._answer(401, b"", f'Bearer realm="{self.realm}",service="test"')
        return self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes, challenge: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def tokens() -> Iterator[tuple[str, type[TokenRegistry]]]:
    """Give ``host:port`` of a running registry, and its class, whose variables a test reads and sets."""
    handler = type("Handler", (TokenRegistry,), {"asked": []})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.realm = f"http://127.0.0.1:{httpd.server_port}/token"
    with in_thread(httpd):
        yield f"127.0.0.1:{httpd.server_port}", handler


def _client(host: str, credentials: Credentials | None = None) -> RegistryClient:
    return RegistryClient(host, Transport(retries=0), lambda _host: credentials)


LOGINS = {
    "password": Credentials(username="ada", password="lovelace"),
    "identity token": Credentials(identity_token="long-lived"),
}


@pytest.mark.parametrize("credentials", LOGINS.values(), ids=LOGINS)
def test_pull_manifest__bearer__fetches_a_token_once_for_the_scope(
    tokens: tuple[str, type[TokenRegistry]], credentials: Credentials
) -> None:
    """A login is traded for a token of the right scope, and the token is used again."""
    client = _client(tokens[0], credentials)
    assert client.pull_manifest("repository/private", "latest").body == b"{}"
    assert client.pull_manifest("repository/private", "other").body == b"{}"
    assert tokens[1].asked == ["repository:repository/private:pull"]


def test_pull_manifest__public__needs_no_login(tokens: tuple[str, type[TokenRegistry]]) -> None:
    """A token for everybody is fetched without a login."""
    assert _client(tokens[0]).pull_manifest("repository/public", "latest").body == b"{}"


def test_pull_manifest__private_without_login__says_that_one_is_missing(
    tokens: tuple[str, type[TokenRegistry]],
) -> None:
    """A token for everybody that does not open this is a missing login."""
    with pytest.raises(CredentialsMissing) as caught:
        _client(tokens[0]).pull_manifest("repository/private", "latest")
    assert caught.value.host == tokens[0]


def test_pull_manifest__wrong_login__is_refused(tokens: tuple[str, type[TokenRegistry]]) -> None:
    """A login that the token service does not know is not shown in the error."""
    with pytest.raises(RegistryRefused) as caught:
        _client(tokens[0], Credentials(username="ada", password="hush")).pull_manifest("repository/private", "latest")
    assert caught.value.status == 401
    assert "hush" not in repr(vars(caught.value))


@pytest.mark.parametrize("realm", ["http://elsewhere.example/token", "ftp://127.0.0.1/token", ""])
def test_pull_manifest__token_service_in_the_clear__gets_no_password(
    tokens: tuple[str, type[TokenRegistry]], realm: str
) -> None:
    """A registry cannot have our password sent over plain HTTP."""
    tokens[1].realm = realm
    with pytest.raises(RegistryRefused, match="not on HTTPS"):
        _client(tokens[0], LOGINS["password"]).pull_manifest("repository/private", "latest")
