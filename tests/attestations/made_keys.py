"""Keys for tests, as openssl makes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from jupyter_containerize.attestations import SigningKey, signing_key


def openssl(*arguments: str | Path, text: bytes = b"") -> bytes:
    """Run openssl; give what it printed."""
    return subprocess.run(["openssl", *arguments], input=text, capture_output=True, check=True).stdout


def new_key() -> SigningKey:
    """Return a new key."""
    return signing_key(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"), None)


def block(label: str, body: bytes) -> bytes:
    """Return a PEM block."""
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label.encode(), body.strip(), label.encode())
