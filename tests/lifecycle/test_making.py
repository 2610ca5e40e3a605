"""The build phase: parts made once, joined when they are there, held against each other."""

from __future__ import annotations

import dataclasses
import os
import tarfile
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.wheel_slots import OWN_LAYER_BYTES
from jupyter_containerize.buildpacks.wheels import WheelsBuildpack
from jupyter_containerize.domain.build import BuildRequest, CancelToken, LogLine
from jupyter_containerize.domain.errors import Cancelled, OutsideError
from jupyter_containerize.domain.image import Bytecode, Compression, ImageConfig, LayerOptions
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.build import build, left_out, tell_left_out, without_empty
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import ChosenBase, Restored, TargetPlan
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import open_plain
from jupyter_containerize.publishing import LocalStore
from tests.buildpacks.made_inputs import inputs, wheel

# Compiling is the interpreter's test; here it would need a whole base.
OPTIONS = LayerOptions(bytecode=Bytecode.OMIT)


class Bench:
    """A store, and what was said to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = LocalStore(folder / "store")
        self.said: list[str] = []
        self.cancel = CancelToken()

    def job(self) -> Job:
        """Return a new job."""

        def emit(event):
            if isinstance(event, LogLine):
                self.said.append(event.text)

        request = BuildRequest(notebook=self.folder / "a.ipynb")
        return Job(request=request, store=self.store, watch=Watch(emit, self.cancel))

    def package(self, name, files, **more):
        """Make a wheel that is downloaded already."""
        package = wheel(self.folder, name, files, **more)
        (self.store.downloads / package.sha256).write_bytes((self.folder / package.filename).read_bytes())
        return package

    def target(self, *packages, options=OPTIONS):
        """Return the plan of an image of these wheels alone."""
        given = dataclasses.replace(inputs(self.folder, *packages), options=options)
        buildpack = WheelsBuildpack()
        contribution = buildpack.detect(given)
        return TargetPlan(
            platform=Platform(architecture="amd64"),
            base=ChosenBase(python=given.python, wheel_platform="x86_64-manylinux_2_36"),
            inputs=given,
            layers=contribution.layers,
            config=ImageConfig(entrypoint=()),
            buildpacks={buildpack.id: buildpack},
        )

    def build(self, target, on_layer=lambda _: None):
        """Build what is not in the store."""
        keys = [layer.cache_key for layer in target.layers]
        there = {key: layer for key in keys if (layer := self.store.cached_layer(key)) is not None}
        return build(target, Restored(layers=there), self.job(), on_layer)

    def names(self, layer):
        """Return the files of a layer."""
        with (
            self.store.blob_path(layer.digest).open("rb") as blob,
            open_plain(blob, layer.media_type, "layer") as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            return [member.name for member in tar]

    def parts(self):
        """Return when each part was made."""
        return {path.name: path.stat().st_ino for path in self.store.parts.glob("*.json")}


@pytest.fixture
def bench(tmp_path):
    """Return a bench of the test's own."""
    return Bench(tmp_path)


@pytest.mark.parametrize("compression", list(Compression))
def test_build__large_and_small_wheels__layers_in_the_plans_order(bench, compression):
    """Each layer has its wheels, each path once; each is handed on once, as soon as it is done."""
    target = bench.target(
        bench.package("big", {}, padding=OWN_LAYER_BYTES),
        bench.package("tiny", {"tiny.py": ""}),
        bench.package("wee", {"wee.py": ""}),
        options=dataclasses.replace(OPTIONS, compression=compression),
    )
    handed = []
    layers = bench.build(target, handed.append)
    assert len(layers) == len(target.layers) == 2
    assert {layer.digest for layer in handed} == {layer.digest for layer in layers}
    assert [layer.media_type.endswith(compression) for layer in layers] == [True, True]
    names = bench.names(layers[1])
    assert len(names) == len(set(names))
    assert {"tiny.py", "wee.py"} <= {Path(name).name for name in names}
    again = []
    assert bench.build(target, again.append) == layers
    assert again == list(layers)


def test_build__one_distribution_more__makes_its_part_alone(bench):
    """A group that grew is joined anew from the parts that are there."""
    tiny = bench.package("tiny", {"tiny.py": ""})
    bench.build(bench.target(tiny))
    before = bench.parts()
    (layer,) = bench.build(bench.target(tiny, bench.package("wee", {"wee.py": ""})))
    assert len(bench.parts()) == 2
    assert bench.parts().items() >= before.items()
    assert {"tiny.py", "wee.py"} <= {Path(name).name for name in bench.names(layer)}


def test_build__parts_are_there__needs_no_downloads(bench):
    """What was made of a wheel is enough, also when the wheel is gone."""
    tiny, wee = bench.package("tiny", {"tiny.py": ""}), bench.package("wee", {"wee.py": ""})
    bench.build(bench.target(tiny))
    bench.build(bench.target(wee))
    for path in bench.store.downloads.iterdir():
        path.unlink()
    bench.build(bench.target(tiny, wee))
    assert not [text for text in bench.said if "Downloading" in text]


def test_build__two_orders_and_stores__same_digests(tmp_path):
    """What was made before, and elsewhere, leaves no trace in the layers."""
    digests = []
    for number, before in enumerate(((), ("tiny",), ("wee", "tiny"))):
        (tmp_path / str(number)).mkdir()
        bench = Bench(tmp_path / str(number))
        packages = {name: bench.package(name, {f"{name}.py": "A = 1\n"}) for name in ("tiny", "wee")}
        for name in before:
            bench.build(bench.target(packages[name]))
        digests.append([layer.digest for layer in bench.build(bench.target(*packages.values()))])
    assert digests[0] == digests[1] == digests[2]


@pytest.mark.parametrize("name", ["wee", "big"], ids=["same layer", "other layer"])
@pytest.mark.parametrize("ahead", [False, True], ids=["at once", "both were there"])
def test_build__two_wheels_fill_a_path_differently__is_told_every_time(bench, name, ahead):
    """A clash is an error, whether the other wheel is in the same layer, in another, or nothing has to be made."""
    padding = OWN_LAYER_BYTES if name == "big" else 0
    tiny = bench.package("tiny", {"space/a.py": "A = 1\n"})
    other = bench.package(name, {"space/a.py": "A = 2\n"}, padding=padding)
    if ahead:
        bench.build(bench.target(tiny))
        bench.build(bench.target(other))
    for _ in range(2):
        with pytest.raises(WheelBroken) as caught:
            bench.build(bench.target(tiny, other))
        assert "space/a.py" in caught.value.reason


@pytest.mark.parametrize("name", ["wee", "big"], ids=["same layer", "other layer"])
def test_build__two_wheels_fill_a_path_alike__is_built(bench, name):
    """The same file of two distributions is one file; a layer has it once."""
    padding = OWN_LAYER_BYTES if name == "big" else 0
    files = {"space/__init__.py": "A = 1\n"}
    layers = bench.build(bench.target(bench.package("tiny", files), bench.package(name, files, padding=padding)))
    for layer in layers:
        names = bench.names(layer)
        assert len([item for item in names if item.endswith("space/__init__.py")]) == 1
        assert len(names) == len(set(names))


def rotten(path):
    """Change a byte where nobody notices at once: not the size, not the times."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def shortened(path):
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("harm", [rotten, shortened])
def test_build__part_was_damaged__is_made_again(bench, harm):
    """A damaged part is in no image: the layer is the one that it would have been."""
    tiny, wee = bench.package("tiny", {"tiny.py": ""}), bench.package("wee", {"wee.py": ""})
    (expected,) = bench.build(bench.target(tiny, wee))
    for path in bench.store.layers.iterdir():
        path.unlink()
    harm(bench.store.parts / bench.target(tiny).layers[0].parts[0].key)
    assert bench.build(bench.target(tiny, wee)) == (expected,)


def test_build__strip_rule__says_what_was_left_out(bench):
    """The bytes are told in each build, also where nothing had to be made."""
    files = {"numpy/__init__.py": "", "numpy/tests/test_a.py": "x" * 300_000}
    target = bench.target(bench.package("numpy", files), options=dataclasses.replace(OPTIONS, strip=("tests",)))
    for _ in range(2):
        bench.said.clear()
        bench.build(target)
        tell_left_out(target, bench.job())
        assert left_out(target, bench.store) == ({"tests": 300_000},)
        assert "By the rules that were asked for, left out 300.0 kB: tests 300.0 kB" in bench.said


def test_build__cancelled__ends_and_leaves_whole_parts(bench):
    """What was finished stays; the rest is as if it had never begun."""
    packages = [bench.package(f"big{number}", {}, padding=OWN_LAYER_BYTES) for number in range(4)]
    target = bench.target(*packages)
    with pytest.raises(Cancelled):
        bench.build(target, lambda _: bench.cancel.cancel())
    made = [layer for plan in target.layers if (layer := bench.store.cached_layer(plan.cache_key)) is not None]
    assert 1 <= len(made) < 4
    assert list((bench.store.root / "scratch").iterdir()) == []
    bench.cancel = CancelToken()
    assert len(bench.build(target)) == 4


def test_build__download_fails__ends_with_its_error(bench):
    """A file that cannot be had ends the build; nobody waits for it, and what was finished stays."""
    here = bench.package("big", {}, padding=OWN_LAYER_BYTES)
    gone = dataclasses.replace(wheel(bench.folder, "wee", {"wee.py": ""}), url="http://127.0.0.1:9/wee.whl")
    target = bench.target(here, gone)
    with pytest.raises(OutsideError):
        bench.build(target)
    (bench.store.downloads / gone.sha256).write_bytes((bench.folder / gone.filename).read_bytes())
    assert len(bench.build(target)) == 2


def test_without_empty__slices_of_a_wheel_with_one_large_file__are_no_layers(bench):
    """What has nothing in it is not in the image; each of the others is, in its place."""
    large = bench.package("large", {"large/a.py": "", "large/z.py": "z = 1"}, padding=OWN_LAYER_BYTES)
    target = bench.target(large, options=dataclasses.replace(OPTIONS, split_bytes=OWN_LAYER_BYTES * 2 // 3))
    layers = build(target, Restored(layers={}), bench.job())

    built = without_empty(target, layers)

    titles = [plan.title for plan in target.layers]
    assert len(titles) == 5
    assert [plan.title for plan in built.target.layers] == [titles[0], titles[-1]]
    assert built.layers == (layers[0], layers[-1])
