"""Whatever lies beside an image or in a key's file: an answer or one of our errors, never another."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_containerize.attestations import Signature, read_inventory, read_signatures, signing_key, verify
from jupyter_containerize.attestations.errors import (
    InventoryUnreadable,
    KeyPasswordWrong,
    KeyUnsuited,
    NotAKey,
    SignatureWrong,
)
from jupyter_containerize.attestations.statements import opened
from jupyter_containerize.oci import ImageUnreadable
from tests.attestations.made_contents import IMAGE
from tests.attestations.made_keys import block, new_key

KEY = new_key()

NAMES = st.sampled_from(
    [
        "dsseEnvelope",
        "payload",
        "payloadType",
        "signatures",
        "sig",
        "subject",
        "digest",
        "sha256",
        "layers",
        "mediaType",
        "annotations",
        "components",
        "name",
        "version",
        "purl",
        "properties",
        "value",
        "kdf",
        "cipher",
        "params",
        "N",
        "r",
        "p",
        "salt",
        "nonce",
        "ciphertext",
    ]
)
TEXTS = st.sampled_from(
    "AAAA ä % 7 application/vnd.in-toto+json pkg:pypi/x@1 scrypt nacl/secretbox io.jupyter-containerize:size "
    f"application/vnd.dev.cosign.simplesigning.v1+json {IMAGE.digest}".split()
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 70000) | st.sampled_from([1e308 * 10, 0.5]) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=6).map(lambda value: json.dumps(value).encode()) | st.binary(
    max_size=60
)
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(DOCUMENTS)
def test_opened__anything__is_refused(document):
    """Nothing that the key did not sign passes."""
    with contextlib.suppress(SignatureWrong):
        opened(document, IMAGE.digest, KEY.public)
        raise AssertionError(document)


@QUICK
@given(DOCUMENTS)
def test_read_signatures__anything__is_read_or_said_to_be_damaged(document):
    """And no signature in it holds."""
    with contextlib.suppress(ImageUnreadable, SignatureWrong):
        for signature in read_signatures(document, lambda _: b""):
            verify(signature, IMAGE.digest, KEY.public)
            raise AssertionError(document)


@QUICK
@given(VALUES)
def test_verify__any_annotation__is_refused(value):
    """Base64 or not."""
    with contextlib.suppress(SignatureWrong):
        verify(
            Signature(payload=b"{}", annotations={"dev.cosignproject.cosign/signature": str(value)}),
            IMAGE.digest,
            KEY.public,
        )
        raise AssertionError(value)


@QUICK
@given(DOCUMENTS.map(lambda body: b'{"bomFormat": "CycloneDX", ' + body[1:] if body.startswith(b'{"') else body))
def test_read_inventory__anything__is_read_or_said_to_be_damaged(document):
    """A bill of materials of another tool may lack any field."""
    with contextlib.suppress(InventoryUnreadable):
        read_inventory(document)


def boxed(value: Any) -> bytes:
    """Return what could be one of cosign's keys."""
    return block("ENCRYPTED SIGSTORE PRIVATE KEY", base64.b64encode(value))


SCRYPT = st.fixed_dictionaries({"N": LEAVES, "r": LEAVES, "p": LEAVES})
BOXES = st.fixed_dictionaries(
    {
        "kdf": st.fixed_dictionaries({"name": st.just("scrypt"), "params": SCRYPT, "salt": TEXTS}) | VALUES,
        "cipher": st.fixed_dictionaries({"name": st.just("nacl/secretbox"), "nonce": TEXTS}) | VALUES,
        "ciphertext": TEXTS,
    }
).map(lambda value: json.dumps(value).encode())


@QUICK
@given(
    (BOXES | DOCUMENTS).map(boxed) | st.binary(max_size=200) | DOCUMENTS.map(lambda body: block("PRIVATE KEY", body))
)
def test_signing_key__anything__is_refused(pem):
    """No key comes out of what is none, and nothing takes long."""
    with contextlib.suppress(NotAKey, KeyPasswordWrong, KeyUnsuited):
        signing_key(pem, b"word")
        raise AssertionError(pem)
