"""Manifest and config: golden documents, round-trips, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_containerize.domain.image import Digest, ImageConfig, Layer
from jupyter_containerize.oci import ImageUnreadable, assemble, read_config, read_history, read_image
from jupyter_containerize.oci.canonical import digest_of, to_json
from tests.oci.small import CONFIG, small_image

LAYER = Layer(
    digest=Digest(f"sha256:{'d' * 64}"),
    diff_id=Digest(f"sha256:{'1' * 64}"),
    size_bytes=7,
    media_type="application/vnd.docker.image.rootfs.diff.tar.gzip",
)


def test_assemble__one_layer__writes_these_documents() -> None:
    """The whole text of both documents: sorted keys, no spaces, OCI media types."""
    config = ImageConfig(entrypoint=("/b",), env={"B": "2", "A": "1"}, labels={"l": "ü"}, ports=(8080,))
    image = assemble([(LAYER, "os")], config, created="1980-01-01T00:00:01Z", annotations={"x": "y"})
    assert image.config_bytes.decode() == (
        '{"architecture":"amd64","config":{"Entrypoint":["/b"],"Env":["A=1","B=2"],"ExposedPorts":{"8080/tcp":{}},'
        '"Labels":{"l":"ü"},"User":"65532:65532","WorkingDir":"/"},"created":"1980-01-01T00:00:01Z",'
        '"history":[{"created":"1980-01-01T00:00:01Z","created_by":"os"}],"os":"linux",'
        f'"rootfs":{{"diff_ids":["sha256:{"1" * 64}"],"type":"layers"}}}}'
    )
    assert image.manifest_bytes.decode() == (
        f'{{"annotations":{{"x":"y"}},"config":{{"digest":"{image.config_digest}",'
        f'"mediaType":"application/vnd.oci.image.config.v1+json","size":{len(image.config_bytes)}}},'
        f'"layers":[{{"digest":"sha256:{"d" * 64}",'
        '"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":7}],'
        '"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}'
    )
    assert image.manifest_digest == digest_of(image.manifest_bytes)


def test_read_config__of_an_assembled_image__gives_the_config_back() -> None:
    """What went into the config comes out of it."""
    image, _ = small_image()
    assert read_config(image.config_bytes) == CONFIG
    assert read_history(image.config_bytes) == ("made by a test", "made by a test")


def test_read_history__of_a_docker_image__leaves_empty_layers_out() -> None:
    """History lines without a layer are not counted as one."""
    config = {
        "rootfs": {"diff_ids": [LAYER.diff_id]},
        "history": [{"created_by": "ADD"}, {"created_by": "CMD", "empty_layer": True}],
    }
    assert read_history(to_json(config)) == ("ADD",)
    assert read_history(to_json({**config, "history": []})) == ("",)


def _broken(change: dict[str, Any], *, config: bool = False) -> tuple[bytes, bytes]:
    image, _ = small_image()
    manifest_bytes, config_bytes = image.manifest_bytes, image.config_bytes
    if config:
        config_bytes = to_json({**json.loads(config_bytes), **change})
        descriptor = {"digest": digest_of(config_bytes), "size": len(config_bytes)}
        return to_json({**json.loads(manifest_bytes), "config": descriptor}), config_bytes
    return to_json({**json.loads(manifest_bytes), **change}), config_bytes


BROKEN: dict[str, tuple[tuple[bytes, bytes], str]] = {
    "not JSON": ((b"<html>", b"{}"), "manifest: not JSON"),
    "a list": ((b"[]", b"{}"), "manifest: not a JSON object"),
    "an index": (_broken({"mediaType": "x"}), "manifest: mediaType is 'x'"),
    "no layers": (_broken({"layers": None}), "manifest: a field has the wrong type"),
    "bad digest": (_broken({"layers": [{"digest": "md5:1", "size": 1, "mediaType": ""}] * 2}), "manifest: a field"),
    "other config": (_broken({"config": {"digest": "sha256:0"}}), "config: not the one that the manifest names"),
    "no rootfs": (_broken({"rootfs": {}}, config=True), "config: diff_ids is missing"),
    "too few": (_broken({"rootfs": {"diff_ids": []}}, config=True), "config: 0 diff_ids for 2 layers"),
}


@pytest.mark.parametrize(("documents", "text"), BROKEN.values(), ids=BROKEN)
def test_read_image__broken__says_which_document_and_why(documents: tuple[bytes, bytes], text: str) -> None:
    """What a registry sends is judged before it is used."""
    with pytest.raises(ImageUnreadable) as caught:
        read_image(*documents)
    assert str(caught.value).startswith(text)
