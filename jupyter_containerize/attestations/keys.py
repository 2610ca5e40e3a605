"""Keys that sign and verify: ECDSA on P-256, in PEM, plain or encrypted, also as cosign writes them.

A private key never appears in a text: not in an error, not in a ``repr``, not in a pickle.
"""

from __future__ import annotations

import base64
import hashlib
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn

from jupyter_containerize.attestations.errors import KeyUnreadable
from jupyter_containerize.domain.notebook import Finding, Severity

_PASSWORD_VARIABLE: Final = "COSIGN_PASSWORD"  # noqa: S105  # a variable's name, cosign's own
_LARGEST_KEY: Final = 64 << 10


class VerifyingKey:
    """The public half. ``hint`` is the base64 sha256 of its DER, by which bundles name the key."""

    __slots__ = ("_holds", "hint", "pem")

    def __init__(self, pem: bytes, der: bytes, holds: Callable[[bytes, bytes], bool]) -> None:
        """Keep both forms of the key, and what verifies with it."""
        self.pem = pem
        self.hint = base64.b64encode(hashlib.sha256(der).digest()).decode()
        self._holds = holds

    def holds(self, signature: bytes, data: bytes) -> bool:
        """Tell whether the private half made this signature (ASN.1 DER) of the sha256 of ``data``."""
        return self._holds(signature, data)

    def __repr__(self) -> str:
        return f"VerifyingKey({self.hint})"


class SigningKey:
    """The private half; it signs, and shows itself to nobody."""

    __slots__ = ("_sign", "public")

    def __init__(self, public: VerifyingKey, sign: Callable[[bytes], bytes]) -> None:
        """Keep the public half, and what signs."""
        self.public = public
        self._sign = sign

    def sign(self, data: bytes) -> bytes:
        """Return the signature (ASN.1 DER) of the sha256 of ``data``.

        It is the same every time (RFC 6979) where the cryptographic library can, so that what is published again is
        already there.
        """
        return self._sign(data)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hint})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled")


def key_password(environ: Mapping[str, str]) -> bytes | None:
    """Return what ``COSIGN_PASSWORD`` says; it may be empty, ``None`` when it is not set."""
    text = environ.get(_PASSWORD_VARIABLE)
    return None if text is None else text.encode()


def read_key(path: Path, password: bytes | None) -> SigningKey:
    """Return the private key in a file.

    Raises:
        KeyUnreadable, NotAKey, KeyPasswordWrong, KeyUnsuited
    """
    return signing_key(_content(path), password)


def key_findings(path: Path) -> tuple[Finding, ...]:
    """Return a warning if others than the owner may read a private key's file."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ()
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ()
    return (
        Finding(
            code="JC-ATTEST-11",
            message=f"Others on this machine can read the private key {path.name}.",
            severity=Severity.WARNING,
            hint=f"chmod 600 {path.name}",
        ),
    )


def signing_key(pem: bytes, password: bytes | None) -> SigningKey:
    """Return the private key in a PEM text; a password for a key that needs none is left alone.

    Raises:
        NotAKey, KeyPasswordWrong, KeyUnsuited
    """
    from jupyter_containerize.attestations.pem import private_half  # noqa: PLC0415  # slow, and most never sign

    half = private_half(pem, password)
    return SigningKey(VerifyingKey(half.public.pem, half.public.der, half.public.holds), half.sign)


def verifying_key(pem: bytes) -> VerifyingKey:
    """Return the public key in a PEM text.

    Raises:
        NotAKey, KeyUnsuited
    """
    from jupyter_containerize.attestations.pem import public_half  # noqa: PLC0415  # as above

    half = public_half(pem)
    return VerifyingKey(half.pem, half.der, half.holds)


def read_public_key(path: Path) -> VerifyingKey:
    """Return the public key in a file.

    Raises:
        KeyUnreadable, NotAKey, KeyUnsuited
    """
    return verifying_key(_content(path))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY)
    except OSError as error:
        raise KeyUnreadable(path, error.strerror or type(error).__name__) from error
