"""Signatures hold for one image and one key, and others' tools agree."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.attestations import (
    Signature,
    attachments,
    provenance,
    read_signatures,
    sign,
    signature_attachment,
    signature_image,
    signature_tag,
    verify,
)
from jupyter_containerize.attestations.errors import SignatureWrong
from jupyter_containerize.attestations.statements import BUNDLE, bundle, opened, pre_authentication, statement
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci import ImageUnreadable, read_image
from jupyter_containerize.oci.canonical import digest_of
from tests.attestations.made_contents import CREATED, IMAGE, small_contents
from tests.attestations.made_keys import new_key

KEY, OTHER = new_key(), new_key()
ELSE = Digest(f"sha256:{'77' * 32}")


def openssl_verifies(folder: Path, signature: bytes, data: bytes) -> bool:
    """Ask openssl whether the signature is KEY's."""
    for name, content in (("key.pub", KEY.public.pem), ("sig", signature), ("data", data)):
        (folder / name).write_bytes(content)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pub", "-signature", "sig", "data"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_sign__payload__is_cosigns_and_openssl_agrees(tmp_path):
    """The payload names repository and digest in its usual form; the signature is plain ECDSA over it."""
    signature = sign(IMAGE.digest, IMAGE.reference, KEY)
    assert json.loads(signature.payload) == {
        "critical": {
            "identity": {"docker-reference": "registry.example:5000/team/iris"},
            "image": {"docker-manifest-digest": IMAGE.digest},
            "type": "cosign container image signature",
        },
        "optional": None,
    }
    assert openssl_verifies(tmp_path, signature.signature, signature.payload)
    assert not openssl_verifies(tmp_path, signature.signature, signature.payload + b" ")


def test_bundle__envelope__is_dsse_and_openssl_agrees(tmp_path):
    """The bundle names the key, and its signature is over kind and content."""
    payload = statement("iris", IMAGE.digest, "https://example.com/p", {})
    found = json.loads(bundle(payload, KEY))
    envelope = found["dsseEnvelope"]
    assert found["mediaType"] == BUNDLE
    assert found["verificationMaterial"]["publicKey"]["hint"] == KEY.public.hint
    assert base64.b64decode(envelope["payload"]) == payload
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    assert pre_authentication(payload) == signed
    assert openssl_verifies(tmp_path, base64.b64decode(envelope["signatures"][0]["sig"]), signed)
    assert bundle(payload, KEY) == bundle(payload, KEY)


def changed(signature: Signature) -> Signature:
    """Return the signature with another payload."""
    payload = signature.payload.replace(b"team/iris", b"team/evil")
    return Signature(payload=payload, annotations=signature.annotations)


BAD_SIGNATURES: dict[str, Callable[[], Signature]] = {
    "another key's": lambda: sign(IMAGE.digest, IMAGE.reference, OTHER),
    "another image's": lambda: sign(ELSE, IMAGE.reference, KEY),
    "changed": lambda: changed(sign(IMAGE.digest, IMAGE.reference, KEY)),
    "without one": lambda: Signature(payload=b"{}", annotations={}),
    "not base64": lambda: Signature(payload=b"{}", annotations={"dev.cosignproject.cosign/signature": "%"}),
    "signed garbage": lambda: Signature(
        payload=b"[]",
        annotations={"dev.cosignproject.cosign/signature": base64.b64encode(KEY.sign(b"[]")).decode()},
    ),
}


@pytest.mark.parametrize("case", BAD_SIGNATURES)
def test_verify__signature_that_does_not_hold__is_refused(case):
    """Another key, another image, another payload: none passes."""
    with pytest.raises(SignatureWrong):
        verify(BAD_SIGNATURES[case](), IMAGE.digest, KEY.public)


def about(digest: Digest) -> bytes:
    """Return a statement about an image."""
    return statement("", digest, "https://example.com/p", {})


def other_kind() -> bytes:
    """Return a bundle whose envelope says that it holds something else."""
    document = json.loads(bundle(about(IMAGE.digest), KEY))
    document["dsseEnvelope"]["payloadType"] = "text/plain"
    return json.dumps(document).encode()


BAD_BUNDLES: dict[str, Callable[[], bytes]] = {
    "another key's": lambda: bundle(about(IMAGE.digest), OTHER),
    "another image's": lambda: bundle(about(ELSE), KEY),
    "another kind's": other_kind,
    "not JSON": lambda: b"{",
    "no envelope": lambda: b'{"messageSignature": {}}',
    "envelope a text": lambda: b'{"dsseEnvelope": "x"}',
    "no signatures": lambda: json.dumps(
        {"dsseEnvelope": {"payload": "", "payloadType": "application/vnd.in-toto+json", "signatures": []}}
    ).encode(),
    "signed garbage": lambda: bundle(b"[1]", KEY),
    "signed without a subject": lambda: bundle(b'{"subject": [{}]}', KEY),
}


@pytest.mark.parametrize("case", BAD_BUNDLES)
def test_opened__bundle_that_does_not_hold__is_refused(case):
    """Another key, another image, another kind of content: none passes."""
    with pytest.raises(SignatureWrong):
        opened(BAD_BUNDLES[case](), IMAGE.digest, KEY.public)


def test_opened__our_bundle__gives_the_statement():
    """What was signed comes out."""
    assert (
        opened(bundle(about(IMAGE.digest), KEY), IMAGE.digest, KEY.public)["predicateType"] == "https://example.com/p"
    )


def test_signature_image__read_back__has_all_signatures_once():
    """It is an image like any other; others' signatures stay, with all that they say."""
    mine = sign(IMAGE.digest, IMAGE.reference, KEY)
    theirs = Signature(payload=b"{}", annotations={**sign(ELSE, IMAGE.reference, OTHER).annotations, "chain": "x"})
    made = signature_image([theirs, mine, mine])
    blobs = {digest_of(blob): blob for blob in made.blobs}
    assert len(read_image(made.manifest_bytes, made.blobs[0]).layers) == 2
    assert read_signatures(made.manifest_bytes, blobs.__getitem__) == (theirs, mine)
    assert signature_tag(IMAGE.digest) == f"sha256-{'ab' * 32}.sig"


@pytest.mark.parametrize("manifest", [b"{", b"{}", b'{"layers": [3]}', b'{"layers": 3}'])
def test_read_signatures__damaged_manifest__is_said(manifest):
    """It is never taken for one without signatures."""
    with pytest.raises(ImageUnreadable):
        read_signatures(manifest, lambda _: b"")


def test_read_signatures__blob_is_another__is_said():
    """What a registry sends is checked."""
    made = signature_image([sign(IMAGE.digest, IMAGE.reference, KEY)])
    with pytest.raises(ImageUnreadable):
        read_signatures(made.manifest_bytes, lambda _: b"other")


def test_attachments__with_and_without_key__have_the_types_that_tools_look_for():
    """Plain documents always; bundles too where there is a key; the same bytes every time."""
    contents = small_contents()
    told = provenance(contents, IMAGE, symbols=("predict",), options={}, epoch=1)
    plain = attachments(IMAGE.digest, contents, reference=IMAGE.reference, provenance=told)
    assert [item.artifact_type for item in plain] == [
        "application/vnd.cyclonedx+json",
        "application/spdx+json",
        "application/vnd.in-toto+json",
    ]
    assert [item.file_name for item in plain] == ["sbom.cdx.json", "sbom.spdx.json", "provenance.json"]
    signed = attachments(IMAGE.digest, contents, reference=IMAGE.reference, provenance=told, key=KEY)
    assert signed[:3] == plain
    assert [item.annotations["dev.sigstore.bundle.predicateType"] for item in signed[3:]] == [
        "https://cyclonedx.org/bom",
        "https://slsa.dev/provenance/v1",
        "https://sigstore.dev/cosign/sign/v1",
    ]
    assert {item.media_type for item in signed[3:]} == {BUNDLE}
    assert signed[5] == signature_attachment(IMAGE.digest, KEY, created=CREATED)
    for item in signed[3:]:
        assert opened(item.content, IMAGE.digest, KEY.public)
