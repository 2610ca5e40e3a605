"""What is inside of PEM texts: keys, plain or encrypted, also in the box that cosign makes.

Source: RFC 7468; go-securesystemslib ``encrypted`` (scrypt and NaCl's secretbox) for cosign's own private keys. Only
``keys`` imports this, and only for those who sign or verify: it takes as long to import as everything else together.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Final

import nacl.exceptions
import nacl.secret
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jupyter_containerize.attestations.errors import KeyPasswordWrong, KeyUnsuited, NotAKey

_COSIGN: Final = frozenset({"ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"})
# A file that asks for more than this is a way to exhaust the machine. cosign asks for 2**16, 8 and 1.
_MOST_SCRYPT_BYTES: Final = 1 << 28
_MOST_SCRYPT_ROUNDS: Final = 16


class PublicHalf:
    """An ECDSA key on P-256 that verifies."""

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        """Keep the key."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self._key = key
        self.pem = key.public_bytes(serialization.Encoding.PEM, form)
        self.der = key.public_bytes(serialization.Encoding.DER, form)

    def holds(self, signature: bytes, data: bytes) -> bool:
        """Tell whether the private half made this signature (ASN.1 DER) of the sha256 of ``data``."""
        try:
            self._key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


class PrivateHalf:
    """An ECDSA key on P-256 that signs."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Keep the key."""
        self._key = key
        self.public = PublicHalf(key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the signature (ASN.1 DER) of the sha256 of ``data``."""
        try:
            return self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        except UnsupportedAlgorithm:
            return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def private_half(pem: bytes, password: bytes | None) -> PrivateHalf:
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


def public_half(pem: bytes) -> PublicHalf:
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
    return PublicHalf(key)


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
        except ValueError:
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
        if memory > _MOST_SCRYPT_BYTES or not 1 <= parallel <= _MOST_SCRYPT_ROUNDS:
            raise NotAKey("private", "its scrypt parameters are out of all proportion")
        secret = hashlib.scrypt(password or b"", salt=salt, n=cost, r=block, p=parallel, maxmem=memory, dklen=32)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
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


def _suited(key: object) -> PrivateHalf:
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnsuited(_kind(key))
    return PrivateHalf(key)


def _kind(key: object) -> str:
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        return f"ECDSA on {key.curve.name}"
    return type(key).__name__.removesuffix("PrivateKey").removesuffix("PublicKey").lstrip("_")
