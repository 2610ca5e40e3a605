"""A token service that a real docker-registry believes: it signs who may do what with which repository.

Source: distribution, "Token Authentication Specification".
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from tests.registry.serving import PASSWORD, USER, in_thread

SERVICE, ISSUER = "registry.test", "tokens.test"
_LOGIN = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


@dataclass
class TokenService:
    """What it was asked, and what it lets USER do."""

    rights: Mapping[str, str]
    """The actions that are allowed, by the first part of a repository's name; whoever has no login may do none."""
    asked: list[str] = field(default_factory=list)
    """The scopes of each question, separated by spaces."""
    port: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def configuration(self, folder: Path) -> str:
        """Return what a docker-registry has to know; its certificate is put into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        bundle = folder / "token.pem"
        bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        realm = f"http://127.0.0.1:{self.port}/token"
        return f"{{realm: '{realm}', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: '{bundle}'}}"

    def __post_init__(self) -> None:
        """Vouch for the key."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        self._certificate = builder.sign(self.key, hashes.SHA256())

    def token(self, scopes: list[str], *, known: bool) -> str:
        """Return a token for as much of the scopes as is allowed."""
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            allowed = self.rights.get(name.partition("/")[0], "").split(",") if known else []
            granted = [action for action in actions.split(",") if action in allowed]
            access.append({"type": kind, "name": name, "actions": granted})
        now = int(time.time())
        times = {"iat": now, "nbf": now - 10, "exp": now + 300}
        claims = {"iss": ISSUER, "aud": SERVICE, "sub": USER if known else "", "jti": str(time.time_ns()), **times}
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        head = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        signed = f"{_part(head)}.{_part({**claims, 'access': access})}"
        r, s = utils.decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _part(document: Mapping[str, Any]) -> str:
    return _text(json.dumps(document).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: TokenService

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """Give a token to USER, and an empty one to whoever says no name; a wrong password is refused."""
        question = parse_qs(urlsplit(self.path).query)
        scopes, login = question.get("scope", []), self.headers.get("Authorization")
        self.service.asked.append(" ".join(scopes))
        refused = login not in {None, _LOGIN} or question.get("service") != [SERVICE]
        body = b"" if refused else json.dumps({"token": self.service.token(scopes, known=login is not None)}).encode()
        self.send_response(401 if refused else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def token_service(rights: Mapping[str, str]) -> Iterator[TokenService]:
    """Run a token service as long as the block."""
    service = TokenService(rights=rights)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    service.port = httpd.server_port
    with in_thread(httpd):
        yield service
