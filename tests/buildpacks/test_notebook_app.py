"""The notebook's own layers: state apart from code."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from made_inputs import MINOR, HereBench, inputs, wheel

from jupyter_containerize.buildpacks.model_server import PACKAGE, ModelServerBuildpack
from jupyter_containerize.buildpacks.notebook_app import NotebookAppBuildpack
from jupyter_containerize.buildpacks.protocol import LocalFile
from jupyter_containerize.domain.image import EntryKind, LayerRole
from jupyter_containerize.domain.notebook import Location, Variable


@pytest.fixture
def bench(tmp_path):
    """Return a workbench of the test's own."""
    folder = tmp_path / "bench"
    folder.mkdir()
    return HereBench(folder)


def keys(given):
    """Return the cache key of each of the notebook's layers."""
    return {layer.role: layer.cache_key for layer in NotebookAppBuildpack().detect(given).layers}


def test_detect__changed_function__moves_the_code_layer_alone(tmp_path):
    """The state's megabytes stay where they are when a line of code changes."""
    before = keys(inputs(tmp_path))
    after = keys(inputs(tmp_path, source="def predict(x):\n    return weights[x] + 1\n"))
    assert before[LayerRole.STATE] == after[LayerRole.STATE]
    assert before[LayerRole.CODE] != after[LayerRole.CODE]


def test_detect__changed_object__moves_state_and_code(tmp_path):
    """The code layer says which objects it expects, by hash."""
    before = keys(inputs(tmp_path))
    after = keys(inputs(tmp_path, weights=b"other"))
    assert before[LayerRole.STATE] != after[LayerRole.STATE]
    assert before[LayerRole.CODE] != after[LayerRole.CODE]


def test_build__code__holds_source_description_and_local_files(tmp_path, bench):
    """The image says what it serves, from which objects, with which versions."""
    given = inputs(tmp_path, wheel(tmp_path, "tiny", {"tiny.py": ""}))
    buildpack = NotebookAppBuildpack()
    state, code = buildpack.detect(given).layers
    entries = {entry.path: entry for entry in buildpack.build(code, given, bench)}
    assert list(entries) == ["workspace", "workspace/helper.py", "workspace/model.json", "workspace/serving.py"]
    model = json.load(entries["workspace/model.json"].open())
    (endpoint,) = model["endpoints"]
    assert (endpoint["symbol"], endpoint["kind"]) == ("predict", "function")
    assert (endpoint["route"], endpoint["method"]) == ("/predict", "POST")
    assert endpoint["example"] == {"request": {"x": 1}, "response": 2}
    assert (model["state"], model["job"]) == ("run", None)
    assert model["versions"] == {"tiny": "1.0"}
    assert model["notebook"] == "a.ipynb"
    (item,) = model["objects"]
    objects = {entry.path: entry for entry in buildpack.build(state, given, bench)}
    assert objects[f"workspace/{item['file']}"].size_bytes == item["size_bytes"]


def test_build__variables__are_the_images_settings(tmp_path, bench):
    """Who runs the image reads what it expects of its environment."""
    key = Variable(name="API_KEY", required=True, location=Location(path="a.ipynb", cell=1, line=2))
    given = inputs(tmp_path)
    given = replace(given, serving=replace(given.serving, variables=(key,)))
    buildpack = NotebookAppBuildpack()
    _, code = buildpack.detect(given).layers
    entries = {entry.path: entry for entry in buildpack.build(code, given, bench)}
    assert json.load(entries["workspace/model.json"].open())["variables"] == [{"name": "API_KEY", "required": True}]


def test_model_server__any_notebook__is_the_same_layer(tmp_path):
    """All images of one Python share the server's layer."""
    layers = [
        ModelServerBuildpack().detect(inputs(tmp_path, source=text)).layers for text in ("def predict(): 1", "x = 2")
    ]
    assert layers[0] == layers[1]


def test_model_server__built__is_a_venv_of_the_images_python(tmp_path, bench):
    """pyvenv.cfg names the interpreter's folder, bin/python leads to it, and the runtime is compiled."""
    given = inputs(tmp_path)
    buildpack = ModelServerBuildpack()
    (plan,) = buildpack.detect(given).layers
    entries = {entry.path: entry for entry in buildpack.build(plan, given, bench)}
    with entries["layers/jupyter-containerize_notebook/venv/pyvenv.cfg"].open() as file:
        assert b"home = /usr/bin\n" in file.read()
    python = entries["layers/jupyter-containerize_notebook/venv/bin/python"]
    assert (python.kind, python.link_target) == (EntryKind.SYMLINK, f"/usr/bin/python{MINOR}")
    package = f"layers/jupyter-containerize_notebook/venv/lib/python{MINOR}/site-packages/{PACKAGE}"
    assert f"{package}/__main__.py" in entries
    assert f"{package}/__pycache__/__main__.cpython-{MINOR.replace('.', '')}.pyc" in entries


def test_detect__large_file_beside_the_notebook__has_a_layer_below_the_code(tmp_path):
    """A change of the code moves the small files alone."""
    given = inputs(tmp_path)
    data = tmp_path / "weights.bin"
    data.write_bytes(bytes(100_000))
    file = LocalFile(path="data/weights.bin", source=data, sha256="ab" * 32, size_bytes=100_000)
    given = replace(given, files=(*given.files, file))
    buildpack = NotebookAppBuildpack()
    layers = buildpack.detect(given).layers
    assert [(layer.slot, layer.sources) for layer in layers] == [
        ("app/state", ("weights",)),
        ("app/data", ("data/weights.bin",)),
        ("app/code", ("model.json", "serving.py", "helper.py")),
    ]
    changed = replace(given, serving=replace(given.serving, source="def predict(x): ...\n"))
    after = buildpack.detect(changed).layers
    assert [before.cache_key == now.cache_key for before, now in zip(layers, after, strict=True)] == [True, True, False]
    entries = list(buildpack.build(layers[1], given, HereBench(tmp_path)))
    assert [entry.path for entry in entries] == ["workspace", "workspace/data", "workspace/data/weights.bin"]
