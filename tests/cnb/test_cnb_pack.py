"""The real ``pack`` on an image of ours in a real registry."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.cnb import sbom_entries, sbom_layer
from jupyter_containerize.domain.image import Image, LayerOptions, Reference
from jupyter_containerize.oci import Layout, read_config, read_image
from tests.cnb.made_images import SBOM, Blobs, base_of_packages, made_image, made_run_image

pytestmark = [pytest.mark.slow, pytest.mark.cnb, pytest.mark.registry]

OLD, NEW = base_of_packages({"libc6": "2.36-9"}), base_of_packages({"libc6": "2.36-10"})


class Published:
    """An image of ours and its run image in a registry, and pack."""

    def __init__(self, folder: Path, tools: Path, registry: str) -> None:
        self.folder, self.blobs, self._tools = folder, Blobs(), tools
        self.name = f"{registry}/{abs(hash(folder))}/iris:v1"
        self.run_name = str(cnb.run_image_reference(Reference.parse(self.name), OLD))
        self.run = made_run_image(self.blobs, OLD)
        self.image = made_image(folder, self.blobs, OLD, self.run, name=self.run_name)
        self.push(self.run, self.run_name)
        self.push(self.image, self.name)

    def push(self, image: Image, name: str) -> None:
        """Put an image into the registry."""
        layout = Layout(self.folder / image.manifest_digest.hex)
        layout.create()
        for layer in image.layers:
            layout.write_blob(self.blobs.by_digest[layer.digest])
        layout.write_blob(image.config_bytes)
        layout.write_blob(image.manifest_bytes)
        layout.write_index(layout.read_index().with_image(image))
        self._skopeo("copy", "--dest-tls-verify=false", f"oci:{layout.root}", f"docker://{name}")

    def pulled(self, name: str) -> Image:
        """Return what the registry has under the name."""
        # Not by skopeo: what pack rebases is a manifest of Docker's with the layers of OCI, which skopeo refuses.
        host, _, rest = name.partition("/")
        repository, _, tag = rest.rpartition(":")
        manifest = _got(f"http://{host}/v2/{repository}/manifests/{tag}")
        config = json.loads(manifest)["config"]["digest"]
        return read_image(manifest, _got(f"http://{host}/v2/{repository}/blobs/{config}"))

    def pack(self, *arguments: str) -> str:
        """Return what pack says."""
        home = {"PACK_HOME": str(self.folder / "pack"), "HOME": str(self.folder)}
        # There may be an engine with an image of that name; what is asked for is in the registry.
        env = {**os.environ, **home, "DOCKER_HOST": f"unix://{self.folder}/none.sock"}
        finished = subprocess.run(
            [self._tools / "pack", "--no-color", *arguments], env=env, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def _skopeo(self, *arguments: str) -> bytes:
        finished = subprocess.run(["skopeo", *arguments], check=False, capture_output=True)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


def _got(url: str) -> bytes:
    accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return answer.read()


@pytest.fixture
def published(tmp_path, cnb_tools, registry):
    """Give an image of ours that pack can reach."""
    return Published(tmp_path, cnb_tools, registry)


def test_pack_inspect__an_image_of_ours__shows_base_buildpack_and_process(published):
    """Everything that pack knows of its own images."""
    shown = published.pack("inspect", published.name)
    assert published.run_name in shown
    assert f"Top Layer: {published.run.layers[-1].diff_id}" in shown
    assert str(published.run.manifest_digest) in shown
    assert "Rebasable: true" in shown
    words = [line.split() for line in shown.splitlines()]
    assert ["jupyter-containerize/notebook", "0.1.0", "-"] in words
    process = next(line for line in words if line[:2] == ["web", "(default)"])
    assert process[-2:] == ["jupyter_containerize_runtime", "/workspace"] or "jupyter_containerize_runtime" in process


def test_pack_rebase__a_newer_run_image__gives_the_layers_that_our_own_rebase_gives(published):
    """Two programs, one result but for what pack does not keep."""
    newer = made_run_image(published.blobs, NEW)
    published.push(newer, published.run_name)
    published.pack("rebase", "--publish", published.name)
    theirs = published.pulled(published.name)
    reference = f"{published.run_name.rpartition(':')[0]}@{newer.manifest_digest}"
    ours = cnb.rebased(published.image, newer, name=published.run_name, reference=reference)
    assert [layer.diff_id for layer in theirs.layers] == [layer.diff_id for layer in ours.layers]
    assert cnb.base_of(theirs).base == NEW
    first, second = read_config(theirs.config_bytes), read_config(ours.config_bytes)
    label = "io.buildpacks.lifecycle.metadata"
    assert json.loads(first.labels[label])["runImage"] == json.loads(second.labels[label])["runImage"]
    assert {**first.labels, label: ""} == {**second.labels, label: ""}
    assert (first.env, first.entrypoint, first.user) == (second.env, second.entrypoint, second.user)


def test_pack_rebase__our_own_rebased_image__can_be_rebased_again(published):
    """Ours first, then pack's, back to the old base."""
    newer = made_run_image(published.blobs, NEW)
    published.push(cnb.rebased(published.image, newer, name=published.run_name, reference="x"), published.name)
    published.pack("rebase", "--publish", published.name)
    assert cnb.base_of(published.pulled(published.name)).base == OLD


def test_pack_sbom__an_image_of_ours__downloads_both_documents(published):
    """The layer is found by its diff_id."""
    into = published.folder / "sbom"
    published.pack("sbom", "download", "--remote", published.name, "--output-dir", str(into))
    found = {path.name: path.read_bytes() for path in into.rglob("*.json")}
    assert found == {f"sbom.{suffix}.json": document for suffix, document in SBOM.items()}


def test_pack_sbom__our_own_rebased_image__downloads_the_documents_of_the_new_base(published):
    """The label tells the layer that a rebase wrote anew."""
    newer, told = made_run_image(published.blobs, NEW), {"cdx": b'{"bomFormat":"CycloneDX","version":2}'}
    _, entries = sbom_layer(sbom_entries(told), LayerOptions())
    sbom = published.blobs.layer(entries)
    published.push(
        cnb.rebased(published.image, newer, name=published.run_name, reference="x", sbom=sbom), published.name
    )
    into = published.folder / "sbom"
    published.pack("sbom", "download", "--remote", published.name, "--output-dir", str(into))
    assert {path.name: path.read_bytes() for path in into.rglob("*.json")} == {"sbom.cdx.json": told["cdx"]}
