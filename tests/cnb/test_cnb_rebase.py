"""Another base below the same application."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.cnb import sbom_entries, sbom_layer
from jupyter_containerize.domain.image import ImageConfig, LayerOptions
from jupyter_containerize.oci import assemble, read_config, read_history, read_image
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json
from tests.cnb.made_images import CREATED, Blobs, base_of_packages, made_image, made_run_image
from tests.oci.small import small_image

NAME = "reg.example/iris-run:debian-12-python-3.11"
OLD, NEW = base_of_packages({"libc6": "2.36-9"}), base_of_packages({"libc6": "2.36-10"})


@pytest.fixture
def blobs():
    """Give a place for layers."""
    return Blobs()


@pytest.fixture
def image(tmp_path, blobs):
    """Give an application on the old base."""
    return made_image(tmp_path, blobs, OLD, made_run_image(blobs, OLD), name=NAME)


def test_base_of__an_image_of_ours__tells_base_and_packages(image):
    """Enough to look for newer packages."""
    info = cnb.base_of(image)
    assert info.base == OLD
    assert info.run_image.image == NAME
    assert info.rebasable
    assert (len(info.layers), info.layers + info.above) == (2, image.layers)


def test_base_of__a_run_image_changed_by_another_maker__still_has_its_layers(image):
    """Metadata of another form is no error: only the distribution is known."""
    config = from_json("config", image.config_bytes)
    config["config"]["Labels"]["io.buildpacks.base.metadata"] = "free text"
    other = _with_config(image, config)
    assert cnb.base_of(other).base == cnb.Base(distro="debian", version="12")


def test_rebased__newer_packages__moves_no_layer_of_the_application(image, blobs):
    """Layers, labels and history change below; what the application set stays."""
    run = made_run_image(blobs, NEW)
    moved = cnb.rebased(image, run, name=NAME, reference="reg.example/iris-run@sha256:1")
    before, after = cnb.base_of(image), cnb.base_of(moved)
    assert after.layers == run.layers
    assert after.above == before.above
    assert after.base == NEW
    assert after.run_image.reference == "reg.example/iris-run@sha256:1"
    old, new = read_config(image.config_bytes), read_config(moved.config_bytes)
    changed = {"io.buildpacks.lifecycle.metadata", "io.buildpacks.base.metadata"}
    assert {name for name in new.labels if new.labels[name] != old.labels.get(name)} == changed
    assert replace(new, labels={}) == replace(old, labels={})
    assert read_history(moved.config_bytes)[2:] == read_history(image.config_bytes)[2:]
    assert len(read_history(moved.config_bytes)) == len(moved.layers)


def test_rebased__the_same_base__gives_the_same_image(image, blobs):
    """A rebase that changes nothing moves no tag."""
    reference = cnb.base_of(image).run_image.reference
    assert cnb.rebased(image, made_run_image(blobs, OLD), name=NAME, reference=reference) == image


def test_rebased__bills_of_materials_of_the_new_base__take_the_place_of_the_old_ones(image, blobs):
    """Where tools look for them, and nothing else above the base moves."""
    documents = {"cdx": b'{"bomFormat":"CycloneDX","version":2}'}
    _, entries = sbom_layer(sbom_entries(documents), LayerOptions())
    sbom = blobs.layer(entries)
    moved = cnb.rebased(image, made_run_image(blobs, NEW), name=NAME, reference="x", sbom=sbom)
    before, after = cnb.base_of(image), cnb.base_of(moved)
    assert before.sbom in before.above
    assert after.sbom == sbom
    assert [layer for layer in after.above if layer != sbom] == [
        layer for layer in before.above if layer != before.sbom
    ]
    assert after.above.index(sbom) == before.above.index(before.sbom)


def test_rebased__image_without_bills_of_materials__gets_none(image, blobs):
    """There is no place for them that a label would tell."""
    config = from_json("config", image.config_bytes)
    label = json.loads(config["config"]["Labels"]["io.buildpacks.lifecycle.metadata"])
    config["config"]["Labels"]["io.buildpacks.lifecycle.metadata"] = json.dumps({**label, "sbom": None})
    bare = _with_config(image, config)
    assert cnb.base_of(bare).sbom is None
    moved = cnb.rebased(bare, made_run_image(blobs, NEW), name=NAME, reference="x", sbom=bare.layers[0])
    assert cnb.base_of(moved).above == cnb.base_of(image).above


def test_rebased__manifest_of_dockers_that_another_tool_left__is_one_of_oci(image, blobs):
    """What pack leaves is Docker's manifest with the layers of OCI: Podman and skopeo refuse it."""
    manifest = from_json("manifest", image.manifest_bytes)
    manifest["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json"
    manifest["config"]["mediaType"] = "application/vnd.docker.container.image.v1+json"
    theirs = read_image(to_json(manifest), image.config_bytes)
    reference = cnb.base_of(image).run_image.reference
    assert cnb.rebased(theirs, made_run_image(blobs, OLD), name=NAME, reference=reference) == image


REFUSED = {
    "another release": (base_of_packages({}, version="13"), {}, "io.buildpacks.base.distro.version"),
    "another processor": (NEW, {"architecture": "arm64"}, "architecture"),
    "another name": (NEW, {"name": "reg.example/other:1"}, "run image"),
}


@pytest.mark.parametrize(("base", "given", "what"), REFUSED.values(), ids=REFUSED.keys())
def test_rebased__a_base_that_does_not_fit__is_refused(image, blobs, base, given, what):
    """As the lifecycle's rebaser refuses it."""
    run = made_run_image(blobs, base, architecture=given.get("architecture", "amd64"))
    with pytest.raises(cnb.RebaseRefused) as caught:
        cnb.rebased(image, run, name=given.get("name", NAME), reference="x")
    assert caught.value.what == what


def test_rebased__forced__takes_another_release_and_name_but_no_other_processor(image, blobs):
    """Force is for whoever knows better; machine code is not a matter of opinion."""
    run = made_run_image(blobs, base_of_packages({}, version="13"))
    moved = cnb.rebased(image, run, name="reg.example/other:1", reference="x", force=True)
    assert cnb.base_of(moved).run_image.image == "reg.example/other:1"
    with pytest.raises(cnb.RebaseRefused):
        cnb.rebased(image, made_run_image(blobs, NEW, architecture="arm64"), name=NAME, reference="x", force=True)


def test_rebased__a_base_that_may_not_be_replaced__is_refused(image, blobs):
    """``io.buildpacks.rebasable`` is false."""
    config = from_json("config", image.config_bytes)
    config["config"]["Labels"]["io.buildpacks.rebasable"] = "false"
    with pytest.raises(cnb.NotRebasable):
        cnb.rebased(_with_config(image, config), made_run_image(blobs, NEW), name=NAME, reference="x")


BAD = {
    "no label": None,
    "no JSON": "{",
    "no object": "[]",
    "no base": "{}",
    "no digest": json.dumps({"runImage": {"topLayer": "latest"}}),
    "a layer of another image": json.dumps({"runImage": {"topLayer": f"sha256:{'0' * 64}", "image": "x"}}),
}


@pytest.mark.parametrize("label", BAD.values(), ids=BAD.keys())
def test_base_of__an_image_that_is_not_ours__is_refused(label):
    """Whatever the label says."""
    image, _ = small_image()
    labels = {} if label is None else {"io.buildpacks.lifecycle.metadata": label}
    config = ImageConfig(entrypoint=("/x",), labels=labels)
    other = assemble([(layer, "x") for layer in image.layers], config, created=CREATED)
    with pytest.raises(cnb.NotRebasable):
        cnb.base_of(other)


def _with_config(image, config):
    """Return the image with another config."""
    config_bytes = to_json(config)
    manifest = from_json("manifest", image.manifest_bytes)
    manifest["config"] |= {"digest": digest_of(config_bytes), "size": len(config_bytes)}
    return read_image(to_json(manifest), config_bytes)
