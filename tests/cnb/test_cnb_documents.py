"""The labels, the environment and the layers of an image, as others' tools read them."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from itertools import pairwise

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.cnb import CnbBuildpack, base_height
from jupyter_containerize.domain.image import LayerPlan, LayerRole, Reference
from jupyter_containerize.domain.notebook import CandidateKind
from jupyter_containerize.oci import read_config, read_history
from tests.buildpacks.made_inputs import HereBench, inputs
from tests.cnb.made_images import VERSION, Blobs, base_of_packages, made_image, made_run_image

RUN = "registry.example/team/iris-run:debian-12-python-3.11"


@pytest.fixture
def image(tmp_path):
    """Give an image of ours."""
    blobs = Blobs()
    base = base_of_packages({"libc6": "2.36-9"})
    return made_image(tmp_path, blobs, base, made_run_image(blobs, base), name=RUN)


def test_labels__an_image__every_layer_has_a_name_and_its_diff_id(image):
    """Base, buildpack, application, bill of materials, launcher, config and process types are all of its layers."""
    label = json.loads(read_config(image.config_bytes).labels["io.buildpacks.lifecycle.metadata"])
    (buildpack,) = label["buildpacks"]
    diff_ids = [layer.diff_id for layer in image.layers]
    assert buildpack["key"] == "jupyter-containerize/notebook"
    assert buildpack["version"] == VERSION
    assert label["runImage"]["topLayer"] == diff_ids[1]
    assert {name: diff_ids.index(item["sha"]) for name, item in buildpack["layers"].items()} == {
        "wheels-numpy": 2,
        "cnb-settings": 5,
    }
    assert [diff_ids.index(item["sha"]) for item in label["app"]] == [3, 4]
    own = ("sbom", "launcher", "config", "process-types")
    assert [diff_ids.index(label[name]["sha"]) for name in own] == [6, 7, 8, 9]
    assert label["stack"]["runImage"]["image"] == label["runImage"]["image"] == RUN


def test_config__an_image__starts_by_its_process_type(image):
    """Entrypoint, folders and PATH are those of the platform specification."""
    config = read_config(image.config_bytes)
    assert config.entrypoint == ("/cnb/process/web",)
    assert config.env["CNB_LAYERS_DIR"] == "/layers"
    assert config.env["CNB_APP_DIR"] == config.working_dir == "/workspace"
    assert config.env["CNB_PLATFORM_API"] == "0.12"
    assert config.env["PATH"].startswith("/cnb/process:/cnb/lifecycle:")
    assert not [value for value in config.env.values() if "=" in value]
    build = json.loads(config.labels["io.buildpacks.build.metadata"])
    assert build["buildpack-default-process-type"] == "web"
    assert build["processes"][0]["command"][1:] == ["-m", "jupyter_containerize_runtime"]
    project = json.loads(config.labels["io.buildpacks.project.metadata"])
    assert project["source"]["version"] == {"sha256": "ab"}
    assert config.labels["io.buildpacks.base.distro.version"] == "12"


def test_history__an_image__has_one_line_per_layer_in_the_exporters_words(image):
    """Tools that rebase count the lines."""
    assert list(read_history(image.config_bytes)[2:]) == [
        "Layer: 'wheels-numpy', Created by buildpack: jupyter-containerize/notebook@0.1.0",
        "Application Slice: State",
        "Application Slice: Serving code",
        "Layer: 'cnb-settings', Created by buildpack: jupyter-containerize/notebook@0.1.0",
        "Software Bill-of-Materials",
        "Buildpacks Application Launcher",
        "Buildpacks Launcher Config",
        "Buildpacks Process Types",
    ]


def test_build__each_layer__is_sorted_with_its_parents_and_root_paths(tmp_path):
    """The layers are where the lifecycle puts them."""
    made, bench = inputs(tmp_path), HereBench(tmp_path)
    buildpack = CnbBuildpack(VERSION, lambda _: {"cdx": b"{}"})
    plans = buildpack.detect(made).layers
    found = {plan.slot: [entry.path for entry in buildpack.build(plan, made, bench)] for plan in plans}
    assert all(before < after for paths in found.values() for before, after in pairwise(paths))
    assert {slot: paths[-1] for slot, paths in found.items()} == {
        "cnb/settings": "layers/jupyter-containerize_notebook/settings/env.launch/PYTHONUNBUFFERED.default",
        "cnb/sbom": "layers/sbom/launch/jupyter-containerize_notebook/sbom.cdx.json",
        "cnb/launcher": "cnb/lifecycle/launcher",
        "cnb/config": "layers/config/metadata.toml",
        "cnb/process-types": "cnb/process/web",
    }
    assert len({plan.cache_key for plan in plans}) == len(plans)


def test_detect__a_job__has_the_process_job(tmp_path):
    """A job ends; it is no web process."""
    made = inputs(tmp_path)
    job = replace(made, state=replace(made.state, spec=replace(made.state.spec, kind=CandidateKind.JOB)))
    contribution = CnbBuildpack(VERSION).detect(job)
    assert contribution.entrypoint == ("/cnb/process/job",)
    assert [plan.slot for plan in contribution.layers if plan.slot == "cnb/sbom"] == []


def test_process_table__odd_texts__are_the_same_as_toml():
    """Quotes, backslashes, control characters and other scripts survive."""
    odd = ('a"b', "c\\d", "e\nf", "g\x7fh", "ü", "", "', ", "[x]", "#")
    table = cnb.process_table(
        (cnb.Process(type="web", command=("/bin/x",), args=odd), cnb.Process(type="a", command=("/bin/y",))),
        buildpack="a/b",
        version="1.0.0",
    )
    read = tomllib.loads(table.decode())
    assert read["buildpack-default-process-type"] == "web"
    assert [process["type"] for process in read["processes"]] == ["a", "web"]
    assert tuple(read["processes"][1]["args"]) == odd


REFERENCES = {
    "debian": (base_of_packages({}), (), "reg.example/iris-run:debian-12-python-3.11"),
    "further packages": (base_of_packages({}), ("libgomp1",), "reg.example/iris-run:debian-12-python-3.11-3c6a6a11"),
    "unknown base": (cnb.Base(), (), "reg.example/iris-run:base-python"),
}


@pytest.mark.parametrize(("base", "further", "expected"), REFERENCES.values(), ids=REFERENCES.keys())
def test_run_image_reference__a_base__has_a_rolling_tag(base, further, expected):
    """No date and no patch version: the name stays while the packages are renewed."""
    assert str(cnb.run_image_reference(Reference.parse("reg.example/iris:v1"), base, further=further)) == expected


def test_base_height__a_base_layer_above_the_application__is_a_bug():
    """What is rebased must be one piece."""
    plans = [
        LayerPlan(role=role, title=role, buildpack="x", cache_key="", size_bytes=0, sources=())
        for role in (LayerRole.OS, LayerRole.DEPENDENCIES, LayerRole.OS)
    ]
    assert base_height(plans[:2]) == 1
    with pytest.raises(cnb.LayersMixed):
        base_height(plans)
