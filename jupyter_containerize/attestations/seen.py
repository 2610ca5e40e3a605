"""Whether a signature lies beside an image at a registry. Whose it is, only a key can tell: see ``published``."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from jupyter_containerize.attestations.errors import SignatureWrong
from jupyter_containerize.attestations.published import document_of, small_blob
from jupyter_containerize.attestations.signatures import named_by, read_signatures, signature_tag
from jupyter_containerize.attestations.statements import BUNDLE, IMAGE_SIGNED, claimed
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.referrers import referrers

# Each costs two questions, and a look at an image is to be quick.
_MOST: Final = 10
_TELLS: Final = "dev.sigstore.bundle.predicateType"


def has_signature(client: RegistryClient, repository: str, digest: Digest) -> bool:
    """Return whether something beside an image, or an index, says that somebody signed it.

    It counts what is whole and about this very image: a classic signature, or a bundle of that type. Statements about
    it (what is in it, who built it) do not.

    Raises:
        as ``RegistryClient`` does
    """
    return _classic(client, repository, digest) or _bundle(client, repository, digest)


def _classic(client: RegistryClient, repository: str, digest: Digest) -> bool:
    pulled = client.find_manifest(repository, signature_tag(digest))
    if pulled is None:
        return False
    try:
        found = read_signatures(pulled.body, lambda blob: small_blob(client, repository, blob))
    except ImageUnreadable:
        return False
    return any(item.signature and named_by(item) == digest for item in found[:_MOST])


def _bundle(client: RegistryClient, repository: str, digest: Digest) -> bool:
    try:
        listed = referrers(client, repository, digest, BUNDLE)
    except ImageUnreadable:
        return False
    # What a bundle says, its own content tells: the list is a hint.
    hinted = sorted(listed, key=lambda item: item.annotations.get(_TELLS) != IMAGE_SIGNED)
    for item in hinted[:_MOST]:
        with suppress(ImageUnreadable, SignatureWrong):
            said = claimed(document_of(client, repository, item.digest), digest)
            if said.get("predicateType") == IMAGE_SIGNED:
                return True
    return False
