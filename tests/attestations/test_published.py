"""What is put beside an image in a real registry is found there, by us and by cosign."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize.attestations import (
    Attachment,
    ImageName,
    SigningKey,
    attach,
    attach_signature,
    attachments,
    cyclonedx,
    provenance,
    read_inventory,
    signature_attachment,
    signature_tag,
    signing_key,
    steady,
    verify_published,
)
from jupyter_containerize.attestations.errors import NotSigned, SignatureWrong
from jupyter_containerize.attestations.statements import BUNDLE
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference, Tag
from jupyter_containerize.oci import media
from jupyter_containerize.oci.artifact import ArtifactBlob, Descriptor, describe, make_artifact, write_descriptors
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.referrers import push_artifact, referrers
from jupyter_containerize.transport import Transport
from tests.attestations.made_contents import CREATED, small_contents
from tests.attestations.made_keys import new_key
from tests.oci.small import small_image

pytestmark = pytest.mark.registry

# No log of transparency: signing with a key of one's own tells nobody.
OFFLINE = ["--insecure-ignore-tlog=true", "--allow-insecure-registry"]


@pytest.fixture
def client(registry: str) -> RegistryClient:
    """Return a client of the real registry."""
    return RegistryClient(registry, Transport(retries=0), lambda _: None)


@pytest.fixture
def published(client: RegistryClient, registry: str, request: pytest.FixtureRequest) -> tuple[Reference, Descriptor]:
    """Push an image into a repository of the test's own; give its name and descriptor."""
    name = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    reference = Reference(host=registry, repository=f"attested/{name}"[:100], tag=Tag("1"))
    image, blobs = small_image(request.node.name.encode())
    for digest, blob in {**blobs, image.config_digest: image.config_bytes}.items():
        client.push_blob(reference.repository, digest, blob, on_bytes=lambda _: None, cancel=CancelToken())
    client.push_manifest(reference.repository, "1", image.manifest_bytes, media.MANIFEST)
    return reference, describe(image)


def attach_all(client: RegistryClient, reference: Reference, subject: Descriptor, key: SigningKey | None) -> None:
    """Put everything beside the image that a build would."""
    contents = small_contents()
    image = ImageName(reference=reference, digest=subject.digest)
    told = provenance(contents, image, symbols=("predict",), options={}, epoch=1)
    items = attachments(subject.digest, contents, reference=reference, provenance=told, key=key)
    attach(client, reference, subject, items, cancel=CancelToken())
    if key is not None:
        attach_signature(client, reference, subject, key, cancel=CancelToken())


def test_attach__bill_of_materials__is_found_by_its_type(client, published):
    """A referrer of the type that tools ask for holds the document."""
    reference, subject = published
    attach_all(client, reference, subject, None)
    (found,) = referrers(client, reference.repository, subject.digest, "application/vnd.cyclonedx+json")
    manifest = json.loads(client.pull_manifest(reference.repository, found.digest).body)
    document = client.pull_config(reference.repository, manifest["layers"][0]["digest"])
    # The manifest says what it is about: the document is that of any image with these contents.
    assert document == cyclonedx(steady(small_contents()))
    assert "numpy" in read_inventory(document).distributions


def test_attach__twice__adds_nothing(client, published):
    """What is published again is already there, byte for byte."""
    reference, subject = published
    key = new_key()
    attach_all(client, reference, subject, key)
    before = referrers(client, reference.repository, subject.digest)
    signatures = client.pull_manifest(reference.repository, signature_tag(subject.digest)).body
    attach_all(client, reference, subject, key)
    assert referrers(client, reference.repository, subject.digest) == before
    assert client.pull_manifest(reference.repository, signature_tag(subject.digest)).body == signatures
    assert len(before) == 6


def test_verify_published__signed__gives_digest_and_what_else_is_signed(client, published):
    """The right key finds the image and the statements about it."""
    reference, subject = published
    key = new_key()
    attach_all(client, reference, subject, key)
    found = verify_published(client, reference, key.public)
    assert found.digest == subject.digest
    assert found.predicates == ("https://cyclonedx.org/bom", "https://slsa.dev/provenance/v1")


def test_verify_published__unsigned__is_said(client, published):
    """Plain documents beside an image are no signature."""
    reference, subject = published
    attach_all(client, reference, subject, None)
    with pytest.raises(NotSigned):
        verify_published(client, reference, new_key().public)


def test_verify_published__another_key__is_refused(client, published):
    """Somebody else's signature does not count."""
    reference, subject = published
    attach_all(client, reference, subject, new_key())
    with pytest.raises(SignatureWrong) as caught:
        verify_published(client, reference, new_key().public)
    assert caught.value.reasons == ("signed with another key, or changed",)


def test_verify_published__statements_alone__are_no_signature(client, published):
    """That the key told what is in an image does not mean that the image is to be used."""
    reference, subject = published
    key, contents = new_key(), small_contents()
    told = provenance(contents, ImageName(reference=reference, digest=subject.digest), symbols=(), options={}, epoch=1)
    items = attachments(subject.digest, contents, reference=reference, provenance=told, key=key)
    attach(client, reference, subject, items[:-1], cancel=CancelToken())
    with pytest.raises(SignatureWrong) as caught:
        verify_published(client, reference, key.public)
    assert "not the image itself" in caught.value.reasons[0]


def test_verify_published__rubbish_beside_it__does_not_hide_a_signature(client, published):
    """Damaged signatures of others are passed over; alone they are no signature, and are told."""
    reference, subject = published
    key = new_key()
    rubbish = Attachment(artifact_type=BUNDLE, media_type=BUNDLE, content=b"{", annotations={})
    attach(client, reference, subject, [rubbish], cancel=CancelToken())
    broken = make_artifact([ArtifactBlob(data=b"x", media_type="text/plain")], artifact_type="text/plain")
    push_artifact(client, reference.repository, broken, cancel=CancelToken(), tag=signature_tag(subject.digest))
    with pytest.raises(SignatureWrong):
        verify_published(client, reference, key.public)
    item = signature_attachment(subject.digest, key, created=CREATED)
    attach(client, reference, subject, [item], cancel=CancelToken())
    assert verify_published(client, reference, key.public).digest == subject.digest


@pytest.mark.parametrize("classic", [True, False], ids=["classic", "bundle"])
def test_verify_published__one_kind_of_signature__is_enough(classic, client, published):
    """Either of cosign's two forms counts."""
    reference, subject = published
    key = new_key()
    if classic:
        attach_signature(client, reference, subject, key, cancel=CancelToken())
    else:
        item = signature_attachment(subject.digest, key, created=CREATED)
        attach(client, reference, subject, [item], cancel=CancelToken())
    assert verify_published(client, reference, key.public).digest == subject.digest


def test_verify_published__index_of_platforms__is_signed_as_a_whole(client, published):
    """A tag that names several platforms' images is verified by the signature of their index."""
    reference, subject = published
    key, body = new_key(), write_descriptors([subject])
    several = replace(reference, tag=Tag("several"))
    client.push_manifest(reference.repository, several.tag, body, media.INDEX)
    index = Descriptor(digest=digest_of(body), size_bytes=len(body), media_type=media.INDEX)
    attach(client, several, index, [signature_attachment(index.digest, key, created=CREATED)], cancel=CancelToken())
    assert verify_published(client, several, key.public).digest == index.digest
    with pytest.raises(NotSigned):
        verify_published(client, reference, key.public)


def test_attach_signature__of_a_second_key__keeps_the_first(client, published):
    """Two who sign the same image do not take each other's signature away."""
    reference, subject = published
    keys = (new_key(), new_key())
    for key in keys:
        attach_signature(client, reference, subject, key, cancel=CancelToken())
    assert [verify_published(client, reference, key.public).digest for key in keys] == [subject.digest] * 2


def cosign(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the real cosign, or skip where there is none."""
    program = os.environ.get("COSIGN") or shutil.which("cosign")
    if program is None:
        # In CI a skipped test fails; where cosign cannot be built, an expected failure is told as well.
        (pytest.xfail if os.environ.get("CI") else pytest.skip)("cosign is not installed")
    environment = {**os.environ, "COSIGN_PASSWORD": "secret"}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done


@pytest.fixture
def cosign_key(tmp_path: Path) -> tuple[SigningKey, Path]:
    """Make a key with cosign itself; give it as we read it, and its public half's file."""
    cosign("generate-key-pair", "--output-key-prefix", tmp_path / "cosign")
    return signing_key((tmp_path / "cosign.key").read_bytes(), b"secret"), tmp_path / "cosign.pub"


@pytest.fixture
def trusted_root(tmp_path: Path) -> list[str | Path]:
    """Let cosign trust no public service: it would fetch their certificates, and a key needs none of them."""
    path = tmp_path / "trusted_root.json"
    path.write_text('{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}')
    return ["--trusted-root", path]


# What lies beside the image, and how cosign is asked. A build leaves both; cosign takes the bundle then, unasked.
# classic, bundle, --new-bundle-format
COSIGN_WAYS: dict[str, tuple[bool, bool, bool]] = {
    "classic alone": (True, False, False),
    "bundle alone": (False, True, True),
    "both": (True, True, False),
    "both, the bundle asked for": (True, True, True),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", COSIGN_WAYS)
def test_cosign__signed_by_us__verifies(way, client, published, cosign_key, trusted_root):
    """The real cosign accepts both kinds of signature with its own key, and refuses another key's."""
    classic, bundles, asked = COSIGN_WAYS[way]
    reference, subject = published
    key, public = cosign_key
    if bundles:
        item = signature_attachment(subject.digest, key, created=CREATED)
        attach(client, reference, subject, [item], cancel=CancelToken())
    if classic:
        attach_signature(client, reference, subject, key, cancel=CancelToken())
    form = [*(["--new-bundle-format"] if asked else []), *(trusted_root if bundles else [])]
    name = f"{reference.host}/{reference.repository}@{subject.digest}"
    done = cosign("verify", *form, "--key", public, *OFFLINE, name)
    assert subject.digest in done.stdout
    other = f"{public.parent}/other"
    cosign("generate-key-pair", "--output-key-prefix", other)
    assert cosign("verify", *form, "--key", f"{other}.pub", *OFFLINE, name, check=False).returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["slsaprovenance1", "cyclonedx"])
def test_cosign__our_statements__verify(kind, client, published, cosign_key, trusted_root):
    """Provenance and bill of materials pass as attestations."""
    reference, subject = published
    key, public = cosign_key
    attach_all(client, reference, subject, key)
    name = f"{reference.host}/{reference.repository}@{subject.digest}"
    form = ["--new-bundle-format", *trusted_root, "--type", kind]
    cosign("verify-attestation", *form, "--key", public, *OFFLINE, name)


@pytest.mark.slow
def test_verify_published__signed_by_cosign__holds(client, published, cosign_key):
    """The other way round: what the real cosign signs, we accept."""
    reference, subject = published
    key, public = cosign_key
    name = f"{reference.host}/{reference.repository}@{subject.digest}"
    private = public.with_suffix(".key")
    cosign("sign", "--tlog-upload=false", "--yes", "--allow-insecure-registry", "--key", private, name)
    assert verify_published(client, reference, key.public).digest == subject.digest
