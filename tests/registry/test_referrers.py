"""Artifacts that refer to an image, in registries that list them and in those that do not."""

from __future__ import annotations

import json
import subprocess

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.oci import media
from jupyter_containerize.oci.artifact import ArtifactBlob, Descriptor, describe, make_artifact
from tests.oci.small import small_image
from tests.registry.putting import put_referrer, put_tagged, read_artifact, referrers_of
from tests.registry.scripted import Mood

BOM = "application/vnd.cyclonedx+json"


def test_make_artifact__of_one_content__writes_this_manifest() -> None:
    """The whole text: an empty config, the content, and what it is about."""
    subject = Descriptor(digest=Digest(f"sha256:{'1' * 64}"), size_bytes=7, media_type=media.MANIFEST)
    artifact = make_artifact(
        [ArtifactBlob(data=b"bom", media_type=BOM)], artifact_type=BOM, subject=subject, annotations={"a": "b"}
    )
    assert json.loads(artifact.manifest_bytes) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": BOM,
        "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "size": 2,
        },
        "layers": [
            {
                "mediaType": BOM,
                "digest": "sha256:23f3770b6441c8d5c9c5fd6b364972b0bf29ae5cd1782749edaae17847dac020",
                "size": 3,
            }
        ],
        "subject": {"mediaType": media.MANIFEST, "digest": f"sha256:{'1' * 64}", "size": 7},
        "annotations": {"a": "b"},
    }


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "by a tag"])
def test_put_referrer__twice__is_found_once(mood: Mood, listed: object) -> None:
    """What refers to an image is found whether or not the registry keeps a list, and by its type."""
    mood.referrers = bool(listed)
    reference, (image, _) = Reference.parse(f"{mood.host}/team/iris:v1"), small_image()
    subject = describe(image)
    first = put_referrer(reference, subject, BOM, [(b"bom", BOM)], {"a": "b"})
    assert put_referrer(reference, subject, BOM, [(b"bom", BOM)], {"a": "b"}) == first
    other = put_referrer(reference, subject, "x/y", [(b"else", "text/plain")])
    found = referrers_of(reference, image.manifest_digest)
    assert [item.digest for item in found] == [first.digest, other.digest]
    assert [item.digest for item in referrers_of(reference, image.manifest_digest, BOM)] == [first.digest]
    assert referrers_of(reference, Digest(f"sha256:{'2' * 64}")) == ()
    assert read_artifact(reference, first.digest) == (ArtifactBlob(data=b"bom", media_type=BOM),)
    tags = {tag for _, tag in mood.manifests if not tag.startswith("sha256:")}
    assert tags == (set() if listed else {image.manifest_digest.replace(":", "-")})


@pytest.mark.registry
def test_put_referrer__real_registry__is_a_manifest_that_skopeo_reads(open_host: str) -> None:
    """docker-registry 2 keeps no list: the tag that stands in for it is an index of one line."""
    reference, (image, _) = Reference.parse(f"{open_host}/refer:v1"), small_image()
    put_referrer(reference, describe(image), BOM, [(b"bom", BOM)])
    tag = image.manifest_digest.replace(":", "-")
    done = subprocess.run(
        ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{open_host}/refer:{tag}"],
        check=True, capture_output=True,
    )  # fmt: skip
    (line,) = json.loads(done.stdout)["manifests"]
    assert line["artifactType"] == BOM


def test_put_tagged__with_annotations__is_read_back(mood: Mood) -> None:
    """Signatures of cosign's first kind are artifacts under a tag, with annotations at their contents."""
    reference = Reference.parse(f"{mood.host}/team/iris:v1")
    blob = ArtifactBlob(data=b"payload", media_type="x/payload", annotations={"signature": "abc"})
    config = ArtifactBlob(data=b"{}", media_type=media.CONFIG)
    put_tagged(reference, "sha256-1.sig", [blob], config=config, cancel=CancelToken())  # type: ignore[arg-type]
    assert read_artifact(reference, "sha256-1.sig") == (blob,)
    assert read_artifact(reference, "sha256-2.sig") == ()
