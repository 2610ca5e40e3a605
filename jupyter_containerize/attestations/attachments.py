"""What goes beside an image, ready to be pushed as referrers of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_containerize.attestations.contents import Contents, ImageName, steady
from jupyter_containerize.attestations.cyclonedx import CYCLONEDX_TYPE, cyclonedx
from jupyter_containerize.attestations.keys import SigningKey
from jupyter_containerize.attestations.signatures import repository_name
from jupyter_containerize.attestations.spdx import SPDX_TYPE, spdx
from jupyter_containerize.attestations.statements import (
    BUNDLE,
    CYCLONEDX,
    IMAGE_SIGNED,
    PROVENANCE,
    STATEMENT,
    bundle,
    statement,
)
from jupyter_containerize.domain.image import Digest, Reference

_CREATED = "org.opencontainers.image.created"
_CYCLONEDX_FILE, _SPDX_FILE, _PROVENANCE_FILE = "sbom.cdx.json", "sbom.spdx.json", "provenance.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One document that refers to an image. ``annotations`` go to its manifest.

    ``file_name`` is what tools save it as; empty for bundles, which cosign gives none either.
    """

    artifact_type: str
    media_type: str
    content: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""


def attachments(
    image_digest: Digest,
    contents: Contents,
    *,
    reference: Reference,
    provenance: bytes,
    key: SigningKey | None = None,
) -> tuple[Attachment, ...]:
    """Return both bills of materials and the provenance of an image, signed too if there is a key.

    They are plain for whoever only reads, and in sigstore bundles for whoever verifies. ``provenance`` is the
    statement for the same digest. The SPDX document is not signed a second time: it says what CycloneDX says.
    """
    image = ImageName(reference=reference, digest=image_digest)
    # The manifest that carries a plain one says what it is about: its blob serves until something else goes in.
    kept = steady(contents)
    return attachments_of(
        image,
        {"cdx": cyclonedx(kept), "spdx": spdx(kept)},
        bill=cyclonedx(contents, image=image),
        provenance=provenance,
        created=contents.created,
        key=key,
    )


def attachments_of(
    image: ImageName,
    documents: Mapping[str, bytes],
    *,
    bill: bytes,
    provenance: bytes,
    created: str,
    key: SigningKey | None = None,
) -> tuple[Attachment, ...]:
    """Return what ``attachments`` does, of documents that are there already.

    ``documents`` are the bills of materials by suffix (``cdx``, ``spdx``), as they lie in the image, and ``bill`` the
    CycloneDX one that names the image; what the image has none of is left out.
    """
    kinds = {"cdx": (CYCLONEDX_TYPE, _CYCLONEDX_FILE), "spdx": (SPDX_TYPE, _SPDX_FILE)}
    plain = [
        _plain(kind, documents[suffix], created, file_name=name)
        for suffix, (kind, name) in kinds.items()
        if suffix in documents
    ]
    told = {"in-toto.io/predicate-type": PROVENANCE}
    plain.append(_plain(STATEMENT, provenance, created, told, file_name=_PROVENANCE_FILE))
    if key is None:
        return tuple(plain)
    if bill:
        about = statement(repository_name(image.reference), image.digest, CYCLONEDX, _json(bill))
        plain.append(_bundle(about, CYCLONEDX, key, created))
    return (
        *plain,
        _bundle(provenance, PROVENANCE, key, created),
        signature_attachment(image.digest, key, created=created),
    )


def signature_attachment(image_digest: Digest, key: SigningKey, *, created: str) -> Attachment:
    """Return the signature of an image, or of an index, as cosign 3 writes it: a bundle that says no more than that."""
    return _bundle(statement("", image_digest, IMAGE_SIGNED, {}), IMAGE_SIGNED, key, created)


def _plain(
    media_type: str, content: bytes, created: str, annotations: Mapping[str, str] | None = None, *, file_name: str = ""
) -> Attachment:
    return Attachment(
        artifact_type=media_type,
        media_type=media_type,
        content=content,
        annotations={_CREATED: created, **(annotations or {})},
        file_name=file_name,
    )


def _bundle(payload: bytes, predicate_type: str, key: SigningKey, created: str) -> Attachment:
    told = {"dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": predicate_type}
    return _plain(BUNDLE, bundle(payload, key), created, told)


def _json(document: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(document)
    return value
