"""Words for what goes wrong with bills of materials, provenance and signatures."""

from __future__ import annotations

from jupyter_containerize.attestations import errors as attestations
from jupyter_containerize.explain.words import Words, words


@words.register
def _(error: attestations.KeyUnreadable) -> Words:
    return Words(
        title="The key cannot be read",
        saw=f"{error.path}: {error.reason}.",
        todo="Check the path, and that you may read the file.",
    )


@words.register
def _(error: attestations.NotAKey) -> Words:
    return Words(
        title=f"This is not a {error.wanted} key",
        saw=f"The file holds no {error.wanted} key: {error.reason}.",
        todo="Give a key in PEM form. cosign generate-key-pair writes two: cosign.key signs, cosign.pub verifies.",
    )


@words.register
def _(error: attestations.KeyPasswordWrong) -> Words:
    return Words(
        title="The private key stays locked",
        saw="The password is not that of the key." if error.given else "The key has a password, and none was given.",
        todo="Set COSIGN_PASSWORD to the key's password and try again. Nothing was signed.",
    )


@words.register
def _(error: attestations.KeyUnsuited) -> Words:
    return Words(
        title="The key is of another kind",
        saw=f"It is {error.kind}. Signatures are made and verified with ECDSA on the curve P-256.",
        todo="Make one with cosign generate-key-pair, "
        "or with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256.",
    )


@words.register
def _(error: attestations.NotSigned) -> Words:
    return Words(
        title="The image is not signed",
        saw=f"There is no signature beside {error.image}.",
        todo="Build and publish it with --sign-key, or take another image.",
    )


@words.register
def _(error: attestations.SignatureWrong) -> Words:
    return Words(
        title="No signature holds",
        saw=f"{error.image}: {'; '.join(dict.fromkeys(error.reasons))}.",
        todo="Do not run this image unless you know why: check the public key with whoever signs. "
        "It may be signed by somebody else, or have been changed.",
    )


@words.register
def _(error: attestations.InventoryUnreadable) -> Words:
    return Words(
        title="The bill of materials cannot be read",
        saw=f"What lies beside the image is {error.reason}."
        if error.reason.startswith("not ")
        else f"It is damaged: {error.reason}.",
        todo="Compare with an image that jupyter containerize built, or build that one again.",
    )
