"""The state's layers: which object lies in which, and what moves when one of them changes."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from dataclasses import replace

import cloudpickle
import pytest
from made_inputs import HereBench, inputs

from jupyter_containerize.buildpacks.model_server import PORT, ModelServerBuildpack
from jupyter_containerize.buildpacks.notebook_app import NotebookAppBuildpack
from jupyter_containerize.domain.image import LayerRole
from jupyter_containerize.domain.serving import (
    CapturedObject,
    Parity,
    ParityProof,
    ServingSpec,
    StatePart,
    StateSource,
)
from jupyter_containerize.oci.layer import write_layer
from jupyter_containerize.runtime.loading import load

LARGE = 8 * 1024 * 1024 + 1


@pytest.fixture
def bench(tmp_path):
    """Return a workbench of the test's own."""
    folder = tmp_path / "bench"
    folder.mkdir()
    return HereBench(folder)


def captured(folder, name, *, size=1, part=0, fill=b"x"):
    """Return an object whose files have these sizes; ``part`` is that of a file of buffers, 0 for none."""
    payload = folder / f"{name}.payload"
    payload.write_bytes(fill * size)
    parts = ()
    if part:
        buffers = folder / f"{name}.part"
        buffers.write_bytes(fill * part)
        digest = hashlib.sha256(fill * part).hexdigest()
        parts = (StatePart(name=f"{name}.buffers", format="buffers", sha256=digest, size_bytes=part, payload=buffers),)
    return CapturedObject(
        name=name,
        type_name="builtins.object",
        format="cloudpickle-5",
        sha256=hashlib.sha256(fill * size).hexdigest(),
        size_bytes=size,
        payload=payload,
        modules=(),
        parts=parts,
    )


def of_objects(folder, *objects, **changes):
    """Return inputs with these objects; ``changes`` are made to the captured state."""
    given = inputs(folder)
    return replace(given, state=replace(given.state, objects=objects, **changes))


def state_layers(given):
    """Return the plans of the state's layers."""
    return [layer for layer in NotebookAppBuildpack().detect(given).layers if layer.role is LayerRole.STATE]


def model_of(given, bench):
    """Return what model.json says."""
    buildpack = NotebookAppBuildpack()
    code = buildpack.detect(given).layers[-1]
    entries = {entry.path: entry for entry in buildpack.build(code, given, bench)}
    with entries["workspace/model.json"].open() as file:
        return json.load(file)


def test_detect__large_objects__have_layers_of_their_own(tmp_path):
    """The size of all files counts; the small ones share a layer, above the large ones."""
    given = of_objects(
        tmp_path,
        captured(tmp_path, "a"),
        captured(tmp_path, "big", size=LARGE),
        captured(tmp_path, "bigger", part=LARGE),
        captured(tmp_path, "z", size=3),
    )
    layers = state_layers(given)
    assert [layer.title for layer in layers] == ["State: bigger", "State: big", "State: a, z"]
    assert [layer.size_bytes for layer in layers] == [LARGE + 1, LARGE, 4]


def test_detect__nothing_captured__has_no_state_layer(tmp_path):
    """A container that makes its state when it starts, carries none."""
    assert state_layers(of_objects(tmp_path, source=StateSource.STARTUP)) == []


def test_build__object_with_parts__has_its_files_where_the_card_says(tmp_path, bench):
    """Every file of an object lies where model.json names it, with the size that it says."""
    given = of_objects(tmp_path, captured(tmp_path, "w", part=100))
    (plan,) = state_layers(given)
    entries = {entry.path: entry for entry in NotebookAppBuildpack().build(plan, given, bench)}
    assert list(entries) == ["workspace", "workspace/state", "workspace/state/w.buffers", "workspace/state/w.pkl"]
    (item,) = model_of(given, bench)["objects"]
    listed = [item, *item["parts"]]
    assert [(entries[f"workspace/{file['file']}"].size_bytes) for file in listed] == [
        file["size_bytes"] for file in listed
    ]
    assert item["parts"][0]["format"] == "buffers"


def test_detect__changed_part__moves_its_layer_alone(tmp_path):
    """Other objects' layers keep their keys."""
    before = of_objects(tmp_path, captured(tmp_path, "a", part=LARGE), captured(tmp_path, "b", part=LARGE))
    after = of_objects(tmp_path, captured(tmp_path, "a", part=LARGE), captured(tmp_path, "b", part=LARGE, fill=b"y"))
    keys = [{layer.title: layer.cache_key for layer in state_layers(given)} for given in (before, after)]
    assert keys[0]["State: a"] == keys[1]["State: a"]
    assert keys[0]["State: b"] != keys[1]["State: b"]


def test_build__changed_code__leaves_every_state_layers_digest(tmp_path, bench):
    """A line of code moves no megabyte: keys and bytes of the state stay."""
    given = of_objects(tmp_path, captured(tmp_path, "a"), captured(tmp_path, "big", part=LARGE))
    changed = replace(given, serving=replace(given.serving, source="def predict(x):\n    return -x\n"))
    assert [layer.cache_key for layer in state_layers(given)] == [layer.cache_key for layer in state_layers(changed)]
    buildpack = NotebookAppBuildpack()
    digests = [
        [write_layer(buildpack.build(plan, one, bench), io.BytesIO()).digest for plan in state_layers(one)]
        for one in (given, changed)
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 2


def test_build__several_endpoints__are_all_in_the_card(tmp_path, bench):
    """The primary comes first; each has its route, kind and method."""
    more = ServingSpec(
        symbol="model.score",
        doc="",
        inputs={},
        output={},
        example=None,
        kind="method",
        route="/score",
        method="GET",
    )
    model = model_of(of_objects(tmp_path, more=(more,)), bench)
    assert [(item["symbol"], item["kind"], item["route"], item["method"]) for item in model["endpoints"]] == [
        ("predict", "function", "/predict", "POST"),
        ("model.score", "method", "/score", "GET"),
    ]


def test_build__parity__is_not_in_the_card(tmp_path, bench):
    """An earlier build may have made sure in another way; the same objects give the same image."""
    parity = Parity(proof=ParityProof.ANSWERS, asked=12)
    card = model_of(of_objects(tmp_path, parity=parity, source=StateSource.LIVE), bench)
    assert card == model_of(of_objects(tmp_path, source=StateSource.LIVE), bench)
    assert card["state"] == "live"


def test_job__has_parameters_and_no_port(tmp_path, bench):
    """Nothing listens in a job image, and its card says what may be set and where."""
    spec = ServingSpec(symbol="notebook", doc="", inputs={}, output={}, example=None, kind="job")
    given = of_objects(tmp_path, spec=spec)
    serving = replace(given.serving, symbol="notebook", source="alpha = 1\n", parameters=("alpha",), parameters_end=1)
    given = replace(given, serving=serving)
    model = model_of(given, bench)
    assert model["endpoints"] == []
    assert model["job"] == {"parameters": ["alpha"], "parameters_end": 1}
    assert ModelServerBuildpack().detect(given).ports == ()
    assert ModelServerBuildpack().detect(inputs(tmp_path)).ports == (PORT,)


def test_build__folder_as_written__is_what_the_runtime_loads(tmp_path, bench, monkeypatch):
    """Both ends of model.json agree: several endpoints, an object, a local module."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    content = cloudpickle.dumps({1: 2.5}, protocol=5)
    given = inputs(
        tmp_path, source="import helper\ndef predict(x):\n    return weights[x] + helper.Y\n", weights=content
    )
    more = ServingSpec(
        symbol="weights.get",
        doc="",
        inputs={},
        output={},
        example=None,
        kind="method",
        route="/look/:key",
        method="GET",
    )
    given = replace(given, state=replace(given.state, more=(more,)))
    buildpack = NotebookAppBuildpack()
    for plan in buildpack.detect(given).layers:
        for entry in buildpack.build(plan, given, bench):
            where = tmp_path / "image" / entry.path
            where.parent.mkdir(parents=True, exist_ok=True)
            if entry.open is not None:
                with entry.open() as file:
                    where.write_bytes(file.read())
    served = load(tmp_path / "image" / "workspace")
    assert served.function(1) == 3.5
    assert served.endpoints[1].function(1) == 2.5
    assert served.description["example"] == {"request": {"x": 1}, "response": 2}
    assert list(served.routes.listed()) == ["POST /predict", "GET /look/:key"]
    for name in ("serving", "helper"):
        monkeypatch.delitem(sys.modules, name)
