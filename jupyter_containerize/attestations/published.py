"""Whether a published image is signed with a key: classic signatures, and signed statements beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from jupyter_containerize.attestations.errors import NotSigned, SignatureWrong
from jupyter_containerize.attestations.keys import VerifyingKey
from jupyter_containerize.attestations.signatures import read_signatures, signature_tag, verify
from jupyter_containerize.attestations.statements import BUNDLE, IMAGE_SIGNED, opened
from jupyter_containerize.domain.image import Digest, IllegalReference, Reference
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import digest_of, from_json
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.hosts import repository_of
from jupyter_containerize.registry.referrers import referrers

# Anybody who may push can put signatures beside an image; nobody gets to keep us busy for hours.
_MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An image whose signature holds.

    ``digest`` is of the image, or of the index of several platforms, that the tag named; what is run must be run by
    it. ``predicates`` are the types of the statements that the same key signed about it, sorted, without the signature.
    """

    digest: Digest
    predicates: tuple[str, ...]


def verify_published(client: RegistryClient, reference: Reference, key: VerifyingKey) -> Verified:
    """Make sure that the key signed what the name means now.

    A statement about the image (who built it, what is in it) is none that the image is meant to be used, so that
    only a signature counts: a classic one, or a bundle of that type.

    Raises:
        NotSigned: there is no signature beside it.
        SignatureWrong: none of those that there are holds; says why.
        ImageUnreadable: what the registry sent is damaged.
        and what a ``RegistryClient`` raises.
    """
    repository = repository_of(reference)
    digest = client.pull_manifest(repository, reference.tag).digest
    reasons: list[str] = []
    predicates: set[str] = set()
    signed = False
    for check in (*_classic(client, repository, digest, key), *_bundles(client, repository, digest, key)):
        try:
            predicate = check()
        except SignatureWrong as error:
            reasons += error.reasons
            continue
        signed |= predicate == IMAGE_SIGNED
        predicates.add(predicate)
    if signed:
        return Verified(digest=digest, predicates=tuple(sorted(predicates - {IMAGE_SIGNED})))
    if predicates:
        reasons.append("the key signed statements about it, but not the image itself")
    if not reasons:
        raise NotSigned(str(reference))
    raise SignatureWrong(str(reference), tuple(dict.fromkeys(reasons)))


def _classic(client: RegistryClient, repository: str, digest: Digest, key: VerifyingKey) -> Iterator[Callable[[], str]]:
    pulled = client.find_manifest(repository, signature_tag(digest))
    if pulled is None:
        return
    for signature in read_signatures(pulled.body, lambda blob: client.pull_config(repository, blob))[:_MOST]:

        def check(signature: Any = signature) -> str:
            verify(signature, digest, key)
            return IMAGE_SIGNED

        yield check


def _bundles(client: RegistryClient, repository: str, digest: Digest, key: VerifyingKey) -> Iterator[Callable[[], str]]:
    for item in referrers(client, repository, digest, BUNDLE)[:_MOST]:

        def check(manifest: Digest = item.digest) -> str:
            document = _document(client, repository, manifest)
            return str(opened(document, digest, key).get("predicateType", ""))

        yield check


def _document(client: RegistryClient, repository: str, manifest: Digest) -> bytes:
    """Return the content of an artifact of one blob."""
    body = from_json("manifest", client.pull_manifest(repository, manifest).body)
    try:
        blob = Digest(body["layers"][0]["digest"])
    except (KeyError, IndexError, TypeError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "an artifact without content") from error
    content = client.pull_config(repository, blob)
    if digest_of(content) != blob:
        raise ImageUnreadable(blob, "not what its digest says")
    return content
