"""Wheels become layers: grouped stably, installed as the standards say, compiled."""

from __future__ import annotations

import dataclasses
import gzip
import zipfile

import pytest
from made_inputs import MINOR, HereBench, inputs, wheel

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.strip import RULES
from jupyter_containerize.buildpacks.wheel_slots import OWN_LAYER_BYTES
from jupyter_containerize.buildpacks.wheels import WheelsBuildpack
from jupyter_containerize.domain.image import Bytecode, EntryKind, LayerOptions

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


def test_detect__large_and_small_wheels__one_part_each(tmp_path):
    """The largest wheel comes first; a layer has a part, a download and an input for each of its wheels."""
    packages = [
        wheel(tmp_path, "big", {}, padding=OWN_LAYER_BYTES),
        wheel(tmp_path, "bigger", {}, padding=2 * OWN_LAYER_BYTES),
        wheel(tmp_path, "tiny", {"tiny.py": ""}),
        wheel(tmp_path, "wee", {"wee.py": ""}),
    ]
    layers = WheelsBuildpack().detect(inputs(tmp_path, *packages)).layers
    assert [layer.sources for layer in layers] == [("bigger",), ("big",), ("tiny", "wee")]
    assert [layer.slot for layer in layers] == ["wheels/bigger", "wheels/big", "wheels/group-4"]
    assert [[part.title for part in layer.parts] for layer in layers][2] == ["tiny 1.0", "wee 1.0"]
    assert [len(layer.downloads) for layer in layers] == [1, 1, 2]
    assert list(layers[2].inputs) == [
        "layer format",
        "bytecode",
        "python",
        "venv (path)",
        "tiny",
        "wee",
    ]
    assert layers[0].inputs["bigger"] == f"bigger-1.0-py3-none-any.whl sha256:{packages[1].sha256}"


def test_detect__one_more_distribution__leaves_the_others_parts_alone(tmp_path):
    """A part's key is of its wheel alone, whichever layer it is in."""
    alone = WheelsBuildpack().detect(inputs(tmp_path, wheel(tmp_path, "tiny", {}))).layers
    both = WheelsBuildpack().detect(inputs(tmp_path, wheel(tmp_path, "tiny", {}), wheel(tmp_path, "wee", {}))).layers
    assert alone[0].cache_key != both[0].cache_key
    assert alone[0].parts[0] == both[0].parts[0]


OTHER_BYTES = {
    "no bytecode": LayerOptions(bytecode=Bytecode.OMIT),
    "left out": LayerOptions(strip=("tests",)),
    "in slices": LayerOptions(split_bytes=200),
}


@pytest.mark.parametrize("options", OTHER_BYTES.values(), ids=OTHER_BYTES)
def test_detect__other_options__other_keys(tmp_path, options):
    """What changes the bytes changes the keys, of layer and part."""
    package = wheel(tmp_path, "scipy", {}, padding=OWN_LAYER_BYTES)
    given = inputs(tmp_path, package)
    (before,) = WheelsBuildpack().detect(given).layers
    after = WheelsBuildpack().detect(dataclasses.replace(given, options=options)).layers[0]
    assert before.cache_key != after.cache_key
    assert before.parts[0].key != after.parts[0].key


def test_detect__other_release_of_python__other_keys(tmp_path):
    """Two releases of one minor version compile some modules differently: 3 of 1,190 of NumPy, SciPy, scikit-learn."""
    given = inputs(tmp_path, wheel(tmp_path, "tiny", {}))
    layers = [
        WheelsBuildpack().detect(dataclasses.replace(given, python_version=version)).layers[0]
        for version in (f"{MINOR}.2", f"{MINOR}.7", "")
    ]
    assert len({layer.cache_key for layer in layers}) == 3
    assert len({layer.parts[0].key for layer in layers}) == 3
    assert [layer.inputs["python"] for layer in layers] == [f"{MINOR}.2", f"{MINOR}.7", MINOR]


def test_detect__no_bytecode__any_release_of_python_will_do(tmp_path):
    """What is not compiled does not depend on who would have."""
    given = dataclasses.replace(
        inputs(tmp_path, wheel(tmp_path, "tiny", {})), options=LayerOptions(bytecode=Bytecode.OMIT)
    )
    one, other = (
        WheelsBuildpack().detect(dataclasses.replace(given, python_version=version)).layers[0].cache_key
        for version in (f"{MINOR}.2", f"{MINOR}.7")
    )
    assert one == other


def test_detect__rule_for_other_distributions__same_keys(tmp_path):
    """What no rule leaves anything out of is not made again for it."""
    given = inputs(tmp_path, wheel(tmp_path, "tiny", {}))
    stripped = dataclasses.replace(given, options=LayerOptions(strip=("tests",)))
    assert WheelsBuildpack().detect(given) == WheelsBuildpack().detect(stripped)


def test_detect__distribution_named_like_an_input__both_are_told(tmp_path):
    """``bytecode`` is a distribution, too."""
    (layer,) = WheelsBuildpack().detect(inputs(tmp_path, wheel(tmp_path, "bytecode", {}))).layers
    assert layer.inputs["bytecode"].startswith("hashed")
    assert layer.inputs["bytecode (wheel)"].startswith("bytecode-1.0")


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


def built(package, tmp_path, bench, options):
    """Return the entries of a wheel's layers by path, and the buildpack's plans."""
    given = dataclasses.replace(inputs(tmp_path, package), options=options)
    buildpack = WheelsBuildpack()
    layers = buildpack.detect(given).layers
    return [{entry.path: entry for entry in buildpack.build(layer, given, bench)} for layer in layers]


def test_build__bytecode_omitted__no_pyc_at_all(tmp_path, bench):
    """An image can be without .pyc files; nothing is compiled then."""
    package = wheel(tmp_path, "lib", {"lib/__init__.py": "A = 1\n"})
    (entries,) = built(package, tmp_path, bench, LayerOptions(bytecode=Bytecode.OMIT))
    assert f"{SITE}/lib/__init__.py" in entries
    assert not [path for path in entries if path.endswith(".pyc") or "__pycache__" in path]


def test_build__several_slices__have_each_file_once(tmp_path, bench):
    """The layers of one wheel are the wheel: every file in one of them, with its .pyc file."""
    files = {f"lib/part{number}/mod.py": f"A = {number}\n" for number in range(20)}
    package = wheel(tmp_path, "lib", files, padding=OWN_LAYER_BYTES)
    (whole,) = built(package, tmp_path, bench, LayerOptions())
    slices = built(package, tmp_path, bench, LayerOptions(split_bytes=OWN_LAYER_BYTES))
    assert len(slices) > 1
    paths = [path for entries in slices for path, entry in entries.items() if entry.kind is EntryKind.FILE]
    assert sorted(paths) == [path for path, entry in whole.items() if entry.kind is EntryKind.FILE]


NUMPY = {
    "numpy/__init__.py": "A = 1\n",
    "numpy/__init__.pyi": "A: int\n",
    "numpy/tests/test_a.py": "B = 1\n",
    "numpy/tests/data/a.txt": "x" * 1000,
    "numpy/_core/tests/_natype.py": "C = 1\n",
    "numpy/_core/include/numpy/a.h": "int a;\n",
    "numpy/testing/__init__.py": "D = 1\n",
}
GONE = {
    ("tests",): {"numpy/tests/test_a.py", "numpy/tests/data/a.txt"},
    ("stubs",): {"numpy/__init__.pyi"},
    ("headers",): {"numpy/_core/include/numpy/a.h"},
    ("no such rule",): set(),
}


@pytest.mark.parametrize("rules", GONE)
def test_build__with_strip_rules__leaves_out_what_they_say(tmp_path, bench, rules):
    """What a rule names is neither in the image nor in RECORD, and its bytes are told; the rest stays."""
    package = wheel(tmp_path, "numpy", NUMPY)
    bench.noted = {}
    type(bench).leave_out = lambda self, left_out: self.noted.update(left_out)
    try:
        (entries,) = built(package, tmp_path, bench, LayerOptions(strip=rules, bytecode=Bytecode.OMIT))
    finally:
        del type(bench).leave_out
    gone = {path for path in NUMPY if f"{SITE}/{path}" not in entries}
    assert gone == GONE[rules]
    rows = read(entries[f"{SITE}/numpy-1.0.dist-info/RECORD"]).decode().splitlines()
    recorded = {row.split(",")[0] for row in rows}
    assert recorded == {
        path.removeprefix(f"{SITE}/") for path, entry in entries.items() if entry.kind is EntryKind.FILE
    }
    expected = sum(len(NUMPY[path]) for path in gone)
    assert bench.noted == ({rules[0]: expected} if expected else {})


def test_build__distribution_that_no_rule_lists__keeps_all(tmp_path, bench):
    """A folder named tests is code like any other where nobody looked at it."""
    package = wheel(tmp_path, "other", {"other/tests/a.py": "", "other/a.pyi": ""})
    (entries,) = built(package, tmp_path, bench, LayerOptions(strip=tuple(RULES)))
    assert {f"{SITE}/other/tests/a.py", f"{SITE}/other/a.pyi"} <= entries.keys()


def leading_out(package, folder):
    """Name a path outside of the image's venv."""
    repacked(package, folder, {"../../evil.py": b"A = 1\n"})


def repacked(package, folder, more):
    """Write the wheel again with more files, recorded."""
    path = folder / package.filename
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    record = next(name for name in content if name.endswith("RECORD"))
    rows = [f"{name},sha256={'A' * 43},{len(data)}" for name, data in more.items()]
    content[record] = "\n".join([*rows, content[record].decode()]).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (content | more).items():
            archive.writestr(name, data)


def twice(package, folder):
    """Install two files at one place."""
    repacked(package, folder, {"liar-1.0.data/purelib/liar.py": b"A = 2\n"})


@pytest.mark.parametrize("harm", [leading_out, twice])
def test_build__paths_that_no_wheel_may_have__are_refused(tmp_path, bench, harm):
    """A wheel writes below its own folders, and each file once."""
    package = wheel(tmp_path, "liar", {"liar.py": "A = 1\n"})
    harm(package, tmp_path)
    with pytest.raises(WheelBroken):
        built(package, tmp_path, bench, LayerOptions())


def test_build__deflated_wheel__has_its_files_as_members_too(tmp_path, bench):
    """What the wheel has compressed need not be compressed again; what is written anew has no such thing."""
    text = "the very content " * 1000
    package = wheel(tmp_path, "large", {"large.txt": text}, compression=zipfile.ZIP_DEFLATED)
    (entries,) = built(package, tmp_path, bench, LayerOptions())
    member = entries[f"{SITE}/large.txt"].gzipped
    assert gzip.decompress(b"".join(compressed for compressed, _ in member())) == text.encode()
    assert entries[f"{SITE}/large-1.0.dist-info/RECORD"].gzipped is None


def test_build__damage_inside__is_told_while_it_is_read(tmp_path, bench):
    """A member whose checksum is wrong is the wheel's fault, and is said so."""
    package = wheel(tmp_path, "liar", {"liar.txt": "the very content"})
    path = tmp_path / package.filename
    path.write_bytes(path.read_bytes().replace(b"the very content", b"the fair content"))
    (entries,) = built(package, tmp_path, bench, LayerOptions())
    with pytest.raises(WheelBroken) as caught:
        read(entries[f"{SITE}/liar.txt"])
    assert caught.value.filename == package.filename


def test_build__two_wheels_with_one_path__only_if_the_content_is_the_same(tmp_path, bench):
    """Distributions of one namespace may each bring its __init__.py, but not another one."""
    buildpack = WheelsBuildpack()
    for second, fails in (("A = 1\n", False), ("A = 2\n", True)):
        given = inputs(
            tmp_path,
            wheel(tmp_path, "tiny", {"space/__init__.py": "A = 1\n"}),
            wheel(tmp_path, "wee", {"space/__init__.py": second}),
        )
        (layer,) = buildpack.detect(given).layers
        if fails:
            with pytest.raises(WheelBroken, match="in another wheel"):
                buildpack.build(layer, given, bench)
        else:
            assert f"{SITE}/space/__init__.py" in {entry.path for entry in buildpack.build(layer, given, bench)}
