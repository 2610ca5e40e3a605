"""OpenPGP signatures of an archive's index, checked with the keys that we ship."""

from __future__ import annotations

from importlib import resources

import pysequoia

from jupyter_containerize.resolution.debian.errors import SignatureInvalid


def shipped_keys() -> tuple[bytes, ...]:
    """Return Debian's public keys, armoured, sorted by file name. Where they are from: ``keys/README.md``."""
    folder = resources.files("jupyter_containerize.resolution.debian") / "keys"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".asc")), key=lambda item: item.name)
    return tuple(item.read_bytes() for item in files)


def signed_text(message: bytes, *, keys: tuple[bytes, ...], url: str) -> str:
    """Return what a clear-signed message says, and nothing that is outside of its signature.

    One valid signature of a known key is enough: Debian signs with the keys of two releases,
    so that each can be replaced.

    Raises:
        SignatureInvalid: there is none; also when all keys expired or were revoked.
    """
    certificates = [pysequoia.Cert.from_bytes(key) for key in keys]
    try:
        verified = pysequoia.verify(message, lambda _: certificates)
    # pysequoia raises whatever anyhow gave it: plain Exception for a bad signature, others for bad data.
    except Exception as error:
        raise SignatureInvalid(url, str(error).partition("\n")[0].rstrip(".")) from error
    if verified.bytes is None or not verified.valid_sigs:
        raise SignatureInvalid(url, "not signed")
    return bytes(verified.bytes).decode()
