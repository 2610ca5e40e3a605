"""Wheels become layers: grouped stably, installed as the standards say, compiled."""

from __future__ import annotations

import zipfile

import pytest
from made_inputs import MINOR, HereBench, inputs, wheel

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.wheels import OWN_LAYER_BYTES, WheelsBuildpack
from jupyter_containerize.domain.image import EntryKind

SITE = f"layers/jupyter-containerize_notebook/venv/lib/python{MINOR}/site-packages"


@pytest.fixture
def bench(tmp_path):
    """Return a workbench of the test's own."""
    folder = tmp_path / "bench"
    folder.mkdir()
    return HereBench(folder)


def read(entry):
    """Return a file entry's content."""
    with entry.open() as file:
        return file.read()


def test_detect__large_and_small_wheels__large_ones_get_layers_of_their_own(tmp_path):
    """The largest wheel comes first, the small ones share the last layer."""
    packages = [
        wheel(tmp_path, "big", {}, padding=OWN_LAYER_BYTES),
        wheel(tmp_path, "bigger", {}, padding=2 * OWN_LAYER_BYTES),
        wheel(tmp_path, "tiny", {"tiny.py": ""}),
        wheel(tmp_path, "wee", {"wee.py": ""}),
    ]
    layers = WheelsBuildpack().detect(inputs(tmp_path, *packages)).layers
    assert [layer.sources for layer in layers] == [("bigger",), ("big",), ("tiny", "wee")]
    assert [len(layer.downloads) for layer in layers] == [1, 1, 2]


def test_detect__one_more_distribution__leaves_the_other_large_layers_alone(tmp_path):
    """Adding a distribution does not change the keys of layers that it is not in."""
    big = wheel(tmp_path, "big", {}, padding=OWN_LAYER_BYTES)
    tiny = wheel(tmp_path, "tiny", {"tiny.py": ""})
    before = WheelsBuildpack().detect(inputs(tmp_path, big)).layers
    after = WheelsBuildpack().detect(inputs(tmp_path, big, tiny)).layers
    assert before[0].cache_key == after[0].cache_key


def test_detect__no_distributions__takes_no_part(tmp_path):
    """A notebook of pure Python has no dependency layer."""
    assert WheelsBuildpack().detect(inputs(tmp_path)) is None


def test_build__wheel_with_a_script__is_installed_and_compiled(tmp_path, bench):
    """Modules, metadata, .pyc files and console scripts are where a venv has them."""
    package = wheel(
        tmp_path,
        "tool",
        {
            "tool/__init__.py": "def main():\n    return 0\n",
            "tool/broken.py": "def (",
            "tool-1.0.dist-info/entry_points.txt": "[console_scripts]\ntool = tool:main\n",
        },
    )
    given = inputs(tmp_path, package)
    buildpack = WheelsBuildpack()
    (plan,) = buildpack.detect(given).layers
    entries = {entry.path: entry for entry in buildpack.build(plan, given, bench)}
    assert list(entries) == sorted(entries)
    assert f"{SITE}/tool/__init__.py" in entries
    tag = f"cpython-{MINOR.replace('.', '')}"
    assert f"{SITE}/tool/__pycache__/__init__.{tag}.pyc" in entries
    assert f"{SITE}/tool/__pycache__/broken.{tag}.pyc" not in entries
    assert read(entries[f"{SITE}/tool-1.0.dist-info/INSTALLER"]) == b"jupyter-containerize\n"
    script = entries["layers/jupyter-containerize_notebook/venv/bin/tool"]
    assert script.mode == 0o755
    assert read(script).startswith(b"#!/layers/jupyter-containerize_notebook/venv/bin/python\n")


def test_build__twice__gives_the_same_content(tmp_path, bench):
    """What a layer holds does not depend on where it was made."""
    package = wheel(tmp_path, "lib", {"lib/__init__.py": "A = frozenset({'x', 'y', 'z'})\n", "lib/b.py": "B = 'x'\n"})
    given = inputs(tmp_path, package)
    buildpack = WheelsBuildpack()
    (plan,) = buildpack.detect(given).layers

    def content():
        entries = list(buildpack.build(plan, given, bench))
        shape = [(entry.path, entry.mode, entry.kind) for entry in entries]
        return shape, [read(entry) for entry in entries if entry.kind is EntryKind.FILE]

    assert content() == content()


def damaged(package, folder):
    """Cut the end off a wheel."""
    path = folder / package.filename
    path.write_bytes(path.read_bytes()[:-40])


def unrecorded(package, folder):
    """Add a module that RECORD does not list."""
    path = folder / package.filename
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content["smuggled.py"] = b"A = 2\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("harm", [damaged, unrecorded])
def test_build__wheel_that_is_not_what_it_says__is_refused(tmp_path, bench, harm):
    """A broken archive, or content that RECORD does not list, is not installed."""
    package = wheel(tmp_path, "liar", {"liar.py": "A = 1\n"})
    harm(package, tmp_path)
    given = inputs(tmp_path, package)
    buildpack = WheelsBuildpack()
    (plan,) = buildpack.detect(given).layers
    with pytest.raises(WheelBroken) as caught:
        list(buildpack.build(plan, given, bench))
    assert caught.value.filename == package.filename
