"""cosign's classic signatures: a small payload, signed, in an image beside the signed one.

Source: sigstore/cosign specs/SIGNATURE_SPEC.md; containers/image docs/containers-signature.5.md.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jupyter_containerize.attestations.errors import SignatureWrong
from jupyter_containerize.attestations.keys import SigningKey, VerifyingKey
from jupyter_containerize.domain.image import Digest, IllegalReference, Reference, Tag
from jupyter_containerize.oci import ImageUnreadable, media
from jupyter_containerize.oci.artifact import Artifact, ArtifactBlob, make_artifact
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json

PAYLOAD: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_ANNOTATION: Final = "dev.cosignproject.cosign/signature"
_KIND: Final = "cosign container image signature"
_NO_TIME: Final = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A payload that names an image, and what was signed of it.

    ``annotations`` hold the signature (base64), and in those of others perhaps certificates; they are kept as they are.
    """

    payload: bytes
    annotations: Mapping[str, str]

    @property
    def signature(self) -> bytes:
        """The signature itself (ASN.1 DER); empty if it cannot be read."""
        try:
            return base64.b64decode(self.annotations.get(_ANNOTATION, ""), validate=True)
        except ValueError:
            return b""


def sign(manifest_digest: Digest, reference: Reference, key: SigningKey) -> Signature:
    """Return the signature of an image, or of an index, under the name of its repository."""
    payload = to_json(
        {
            "critical": {
                "identity": {"docker-reference": repository_name(reference)},
                "image": {"docker-manifest-digest": manifest_digest},
                "type": _KIND,
            },
            "optional": None,
        }
    )
    return Signature(payload=payload, annotations={_ANNOTATION: base64.b64encode(key.sign(payload)).decode()})


def verify(signature: Signature, manifest_digest: Digest, key: VerifyingKey) -> None:
    """Make sure that the key signed that image.

    Raises:
        SignatureWrong: it did not; says why.
    """
    if not key.holds(signature.signature, signature.payload):
        raise SignatureWrong(manifest_digest, ("signed with another key, or changed",))
    named = named_by(signature)
    if named is None:
        raise SignatureWrong(manifest_digest, ("the signed payload is damaged",))
    if named != manifest_digest:
        raise SignatureWrong(manifest_digest, ("it is about another image",))


def named_by(signature: Signature) -> str | None:
    """Return the digest of the image that the payload is about, empty for none; ``None`` if it cannot be read."""
    try:
        critical = from_json("payload", signature.payload)["critical"]
        named, kind = critical["image"]["docker-manifest-digest"], critical["type"]
    except (ImageUnreadable, KeyError, TypeError):
        return None
    return str(named) if kind == _KIND else ""


def repository_name(reference: Reference) -> str:
    """Return ``host/repository``: a signature is for whatever tag the image has."""
    return reference.repository if reference.host is None else f"{reference.host}/{reference.repository}"


def signature_tag(manifest_digest: Digest) -> Tag:
    """Return the tag beside an image under which its signatures are: ``sha256-<hex>.sig``."""
    return Tag(f"sha256-{manifest_digest.hex}.sig")


def signature_image(signatures: Iterable[Signature]) -> Artifact:
    """Return the image that carries these signatures, each once; it belongs under ``signature_tag``.

    cosign wants it to look like an image, so that it has a config and no subject.
    """
    unique = list({(item.payload, item.signature): item for item in signatures}.values())
    config = to_json(
        {
            "architecture": "",
            "config": {},
            "created": _NO_TIME,
            "history": [{"created": _NO_TIME} for _ in unique],
            "os": "",
            "rootfs": {"diff_ids": [digest_of(item.payload) for item in unique], "type": "layers"},
        }
    )
    return make_artifact(
        [ArtifactBlob(data=item.payload, media_type=PAYLOAD, annotations=item.annotations) for item in unique],
        config=ArtifactBlob(data=config, media_type=media.CONFIG),
    )


def read_signatures(manifest_bytes: bytes, fetch: Callable[[Digest], bytes]) -> tuple[Signature, ...]:
    """Return the signatures of such an image; ``fetch`` gives a blob. Layers of other kinds are left out.

    Raises:
        ImageUnreadable: it is no manifest, or a blob does not have its digest.
    """
    found = []
    try:
        layers: Sequence[Mapping[str, Any]] = from_json("manifest", manifest_bytes)["layers"]
        for layer in layers:
            if layer["mediaType"] != PAYLOAD:
                continue
            digest = Digest(layer["digest"])
            payload = fetch(digest)
            if digest_of(payload) != digest:
                raise ImageUnreadable(digest, "not what its digest says")
            kept = {str(name): str(value) for name, value in (layer.get("annotations") or {}).items()}
            found.append(Signature(payload=payload, annotations=kept))
    except (KeyError, TypeError, AttributeError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "a field is missing or has the wrong type") from error
    return tuple(found)
