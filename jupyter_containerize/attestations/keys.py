"""Keys: ECDSA on P-256, in PEM, plain or encrypted, also as cosign writes them.

Source: RFC 7468; go-securesystemslib ``encrypted`` (scrypt and NaCl's secretbox) for cosign's own private keys. A key
never appears in a text: not in an error, not in a ``repr``, not in a pickle.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import nacl.exceptions
import nacl.secret
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jupyter_containerize.attestations.errors import KeyPasswordWrong, KeyUnreadable, KeyUnsuited, NotAKey
from jupyter_containerize.domain.notebook import Finding, Severity

_COSIGN: Final = frozenset({"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"})
_PASSWORD_VARIABLE: Final = "COSIGN_PASSWORD"  # noqa: S105  # a variable's name, cosign's own
_LARGEST_KEY: Final = 64 << 10
# A file that asks for more than this is a way to exhaust the machine. cosign asks for 2**16, 8 and 1.
_MOST_SCRYPT_BYTES: Final = 1 << 28


class VerifyingKey:
    """The public half. ``hint`` is the base64 sha256 of its DER, by which bundles name the key."""

    __slots__ = ("_key", "hint", "pem")

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        """Keep the key."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self._key = key
        self.pem = key.public_bytes(serialization.Encoding.PEM, form)
        der = key.public_bytes(serialization.Encoding.DER, form)
        self.hint = base64.b64encode(hashlib.sha256(der).digest()).decode()

    def holds(self, signature: bytes, data: bytes) -> bool:
        """Tell whether the private half made this signature (ASN.1 DER) of the sha256 of ``data``."""
        try:
            self._key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return f"VerifyingKey({self.hint})"


class SigningKey:
    """The private half; it signs, and shows itself to nobody."""

    __slots__ = ("_key", "public")

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Keep the key."""
        self._key = key
        self.public = VerifyingKey(key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the signature (ASN.1 DER) of the sha256 of ``data``.

        It is the same every time (RFC 6979) where the cryptographic library can, so that what is published again is
        already there.
        """
        try:
            return self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm:
            return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

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
    label, body = _block(pem, "private")
    if label == "PUBLIC KEY":
        raise NotAKey("private", "it is the public key")
    if label in _COSIGN:
        return _suited(_from_der(_decrypted(body, password), None))
    encrypted = label == "ENCRYPTED PRIVATE KEY" or b"Proc-Type: 4,ENCRYPTED" in pem
    if encrypted and not password:
        raise KeyPasswordWrong(given=password is not None)
    try:
        key = serialization.load_pem_private_key(pem, password if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without the cause here and below: what could not be read may be a key all the same.
        raise (
            KeyPasswordWrong(given=True) if encrypted else NotAKey("private", "its content cannot be read")
        ) from None
    return _suited(key)


def verifying_key(pem: bytes) -> VerifyingKey:
    """Return the public key in a PEM text.

    Raises:
        NotAKey, KeyUnsuited
    """
    label, _ = _block(pem, "public")
    if "PRIVATE" in label:
        raise NotAKey("public", "it is a private key, which is for nobody else")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAKey("public", "its content cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnsuited(_kind(key))
    return VerifyingKey(key)


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


def _block(pem: bytes, wanted: str) -> tuple[str, bytes]:
    """Return label and content of the first PEM block; EC parameters before a key, as openssl writes them, are none."""
    lines = pem.decode("ascii", "replace").splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("-----BEGIN ")]
    for start in starts:
        label = lines[start].removeprefix("-----BEGIN ").rstrip().removesuffix("-----")
        end = f"-----END {label}-----"
        body = [line.strip() for line in lines[start + 1 :]]
        if label == "EC PARAMETERS" or end not in body:
            continue
        try:
            return label, base64.b64decode("".join(body[: body.index(end)]), validate=True)
        except binascii.Error:
            # Headers of an old encrypted key: who reads the label alone needs no more.
            return label, b""
    raise NotAKey(wanted, "no PEM block (-----BEGIN ...)")


def _decrypted(body: bytes, password: bytes | None) -> bytes:
    """Return the DER key inside of cosign's JSON box."""
    try:
        box = json.loads(body)
        kdf, cipher = box["kdf"], box["cipher"]
        if kdf["name"] != "scrypt" or cipher["name"] != "nacl/secretbox":
            raise NotAKey("private", "it is encrypted in a way that is not known here")
        cost, block, parallel = (int(kdf["params"][name]) for name in ("N", "r", "p"))
        salt, nonce, text = (base64.b64decode(piece) for piece in (kdf["salt"], cipher["nonce"], box["ciphertext"]))
        memory = 128 * block * (cost + parallel + 2)
        if memory > _MOST_SCRYPT_BYTES or parallel < 1:
            raise NotAKey("private", "its scrypt parameters are out of all proportion")
        secret = hashlib.scrypt(password or b"", salt=salt, n=cost, r=block, p=parallel, maxmem=memory, dklen=32)
    except (ValueError, KeyError, TypeError):
        raise NotAKey("private", "its box is damaged") from None
    try:
        return nacl.secret.SecretBox(secret).decrypt(text, nonce)
    except (nacl.exceptions.CryptoError, ValueError):
        # Without the cause: an error of decryption has nothing to tell but this.
        raise KeyPasswordWrong(given=password is not None) from None


def _from_der(der: bytes, password: bytes | None) -> object:
    try:
        return serialization.load_der_private_key(der, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotAKey("private", "its content cannot be read") from None


def _suited(key: object) -> SigningKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnsuited(_kind(key))
    return SigningKey(key)


def _kind(key: object) -> str:
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return f"ECDSA on {key.curve.name}"
    return type(key).__name__.removesuffix("PrivateKey").removesuffix("PublicKey").lstrip("_")
