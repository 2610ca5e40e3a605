"""Whether a published image is signed with a key: classic signatures, and signed statements beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from jupyter_containerize.attestations.errors import NotSigned, SignatureWrong
from jupyter_containerize.attestations.keys import VerifyingKey
from jupyter_containerize.attestations.signatures import read_signatures, signature_tag, verify
from jupyter_containerize.attestations.statements import BUNDLE, IMAGE_SIGNED, opened
from jupyter_containerize.domain.image import Digest, IllegalReference, Reference
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.canonical import digest_of, from_json
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.errors import RegistryRefused
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
        ImageUnreadable: what the registry sent for the name is damaged.
        and what a ``RegistryClient`` raises.
    """
    repository = repository_of(reference)
    digest = client.pull_manifest(repository, reference.tag).digest
    reasons: list[str] = []
    predicates: set[str] = set()
    for look in (*_classic(client, repository, digest, key), *_bundles(client, repository, digest, key)):
        try:
            predicates.add(look())
        except SignatureWrong as error:
            reasons += error.reasons
        except ImageUnreadable as error:
            # Whoever may push can put rubbish beside an image; it must not hide a signature that holds.
            reasons.append(f"one is damaged ({error.subject}: {error.reason})")
    if IMAGE_SIGNED in predicates:
        return Verified(digest=digest, predicates=tuple(sorted(predicates - {IMAGE_SIGNED})))
    if predicates:
        reasons.append("the key signed statements about it, but not the image itself")
    if not reasons:
        raise NotSigned(str(reference))
    raise SignatureWrong(str(reference), tuple(dict.fromkeys(reasons)))


def _classic(client: RegistryClient, repository: str, digest: Digest, key: VerifyingKey) -> Iterator[Callable[[], str]]:
    """Give one look at all classic signatures together: they are in one image. Any that holds is enough."""
    pulled = client.find_manifest(repository, signature_tag(digest))
    if pulled is None:
        return

    def look() -> str:
        reasons: list[str] = []
        for signature in read_signatures(pulled.body, lambda blob: small_blob(client, repository, blob))[:_MOST]:
            try:
                verify(signature, digest, key)
            except SignatureWrong as error:
                reasons += error.reasons
            else:
                return IMAGE_SIGNED
        raise SignatureWrong(digest, tuple(reasons) or ("the image of its signatures has none",))

    yield look


def _bundles(client: RegistryClient, repository: str, digest: Digest, key: VerifyingKey) -> Iterator[Callable[[], str]]:
    for item in referrers(client, repository, digest, BUNDLE)[:_MOST]:

        def look(manifest: Digest = item.digest) -> str:
            found = opened(document_of(client, repository, manifest), digest, key)
            return str(found.get("predicateType", ""))

        yield look


def document_of(client: RegistryClient, repository: str, manifest: Digest) -> bytes:
    """Return the content of an artifact of one blob."""
    pulled = client.find_manifest(repository, manifest)
    if pulled is None:
        raise ImageUnreadable(manifest, "it is not there")
    try:
        blob = Digest(from_json("manifest", pulled.body)["layers"][0]["digest"])
    except (KeyError, IndexError, TypeError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "an artifact without content") from error
    return small_blob(client, repository, blob)


def small_blob(client: RegistryClient, repository: str, digest: Digest) -> bytes:
    """Return a small blob, checked."""
    try:
        content = client.pull_config(repository, digest)
    except RegistryRefused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise ImageUnreadable(digest, "it is not there") from error
    if digest_of(content) != digest:
        raise ImageUnreadable(digest, "not what its digest says")
    return content
