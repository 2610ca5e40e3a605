"""Statements about an image, and their signed forms.

Source: in-toto attestation framework, Statement v1; DSSE 1.0; sigstore protobuf-specs, bundle v0.3.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from jupyter_containerize.attestations.errors import SignatureWrong
from jupyter_containerize.attestations.keys import SigningKey, VerifyingKey
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import from_json, to_json

STATEMENT: Final = "application/vnd.in-toto+json"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
IMAGE_SIGNED: Final = "https://sigstore.dev/cosign/sign/v1"
CYCLONEDX: Final = "https://cyclonedx.org/bom"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"

_TYPE: Final = "https://in-toto.io/Statement/v1"


def statement(name: str, digest: Digest, predicate_type: str, predicate: Mapping[str, Any]) -> bytes:
    """Return the JSON of "the image with that digest: predicate". ``name`` is for people; it may be empty."""
    subject: dict[str, Any] = {"digest": {"sha256": digest.hex}}
    if name:
        subject["name"] = name
    return to_json({"_type": _TYPE, "subject": [subject], "predicateType": predicate_type, "predicate": predicate})


def bundle(payload: bytes, key: SigningKey) -> bytes:
    """Return a sigstore bundle that holds a signed statement. The same statement and key give the same bytes."""
    return to_json(
        {
            "mediaType": BUNDLE,
            "verificationMaterial": {"publicKey": {"hint": key.public.hint}},
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": STATEMENT,
                "signatures": [{"sig": base64.b64encode(key.sign(pre_authentication(payload))).decode()}],
            },
        }
    )


def pre_authentication(payload: bytes, payload_type: str = STATEMENT) -> bytes:
    """Return what DSSE signs: kind and content, each with its length, so that neither can pass for the other."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def opened(document: bytes, digest: Digest, key: VerifyingKey) -> dict[str, Any]:
    """Return the statement inside of a bundle, after making sure that the key signed it of that image.

    Raises:
        SignatureWrong: it is no such bundle, another key's, or about another image.
    """
    payload, payload_type, signatures = _envelope(document, digest)
    signed = pre_authentication(payload, payload_type)
    if payload_type != STATEMENT or not any(key.holds(item, signed) for item in signatures):
        raise SignatureWrong(digest, ("signed with another key, or changed",))
    return _about(payload, digest)


def claimed(document: bytes, digest: Digest) -> dict[str, Any]:
    """Return the statement inside of a bundle, whoever may have signed it: it proves nothing.

    Raises:
        SignatureWrong: it is no such bundle, has no signature at all, or is about another image.
    """
    payload, payload_type, signatures = _envelope(document, digest)
    if payload_type != STATEMENT or not any(signatures):
        raise SignatureWrong(digest, ("it has no signature",))
    return _about(payload, digest)


def _envelope(document: bytes, digest: Digest) -> tuple[bytes, str, list[bytes]]:
    """Return payload, kind and signatures."""
    try:
        envelope = from_json("bundle", document)["dsseEnvelope"]
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(item["sig"], validate=True) for item in envelope["signatures"]]
        return payload, str(envelope["payloadType"]), signatures
    except (ImageUnreadable, KeyError, TypeError, ValueError) as error:
        raise SignatureWrong(digest, ("not a bundle with a DSSE envelope",)) from error


def _about(payload: bytes, digest: Digest) -> dict[str, Any]:
    try:
        found = from_json("statement", payload)
        subjects = {item["digest"]["sha256"] for item in found["subject"]}
    except (ImageUnreadable, KeyError, TypeError) as error:
        raise SignatureWrong(digest, ("the signed statement is damaged",)) from error
    if digest.hex not in subjects:
        raise SignatureWrong(digest, ("it is about another image",))
    return found
