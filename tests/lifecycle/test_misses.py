"""Every layer that has to be made says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_containerize.domain.build import CancelToken, LogLine
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.miss_words import miss_lines
from jupyter_containerize.lifecycle.misses import Slots, remember_slots
from jupyter_containerize.lifecycle.plan import Built
from jupyter_containerize.lifecycle.restore import restore
from jupyter_containerize.lifecycle.watch import Watch
from tests.lifecycle.made_plan import AMD64, job_in, layer_of, made_plan, make, wheel_layer

HASH = "a" * 64
OTHER = "b" * 64
NUMPY = wheel_layer("numpy", "2.3.0")


@pytest.fixture
def store(tmp_path):
    """Return a store of the test's own."""
    return job_in(tmp_path).store


def built(store, *layers, reference="made:latest", platform=AMD64):
    """Record a build of these layers."""
    plan = made_plan(*layers, reference=reference, platforms=(platform,))
    remember_slots(plan, [Built(target=target, layers=()) for target in plan.targets], store)
    return plan


def reasons(store, layer, reference="made:latest"):
    """Return the words for why a layer has to be made."""
    plan = made_plan(layer, reference=reference)
    found = miss_lines(Slots(store, plan.reference, AMD64).misses(layer))
    if found[0].startswith("against "):
        return [f"{line} (than in {found[0].removeprefix('against ').removesuffix(':')})" for line in found[1:]]
    return found


CHANGES = {
    "version of a wheel": (NUMPY, wheel_layer("numpy", "2.3.1"), ["numpy 2.3.0 -> 2.3.1"]),
    "layer format and version": (
        NUMPY,
        wheel_layer("numpy", "2.3.1", layer_format="3"),
        ["layer format 2 -> 3", "numpy 2.3.0 -> 2.3.1"],
    ),
    "another compression": (
        layer_of({"layer format": "4 time=315532801 gzip=deflate-0.9.0/5/1048576/0.98/65536"}),
        layer_of({"layer format": "4 time=315532801 zstd=1.5.7/3/4194304"}),
        ["compression gzip -> zstd"],
    ),
    "another version of the format": (
        layer_of({"layer format": "4 time=315532801 gzip=deflate-0.9.0/5/1048576/0.98/65536"}),
        layer_of({"layer format": "5 time=315532801 gzip=deflate-0.9.0/5/1048576/0.98/65536"}),
        ["layer format 4 -> 5"],
    ),
    "another release of the compressor": (
        layer_of({"layer format": "4 time=315532801 gzip=deflate-0.9.0/5/1048576/0.98/65536"}),
        layer_of({"layer format": "4 time=315532801 gzip=deflate-0.9.1/5/1048576/0.98/65536"}),
        ["layer format has changed"],
    ),
    "no bytecode": (
        layer_of({"bytecode": "hashed: unchecked-hash without tests", "python": "3.11.2"}),
        layer_of({"bytecode": "omit", "python": "3.11"}),
        ["bytecode hashed -> omit"],
    ),
    "another Python": (layer_of({"python": "3.11.2"}), layer_of({"python": "3.11.7"}), ["python 3.11.2 -> 3.11.7"]),
    "another wheel of the version": (
        layer_of({"numpy": f"numpy-2.3.0-cp311-cp311-linux.whl {HASH}"}),
        layer_of({"numpy": f"numpy-2.3.0-cp311-cp311-linux.whl {OTHER}"}),
        ["another file for numpy 2.3.0"],
    ),
    "system package": (
        layer_of({"libc6": f"2.36-9+deb12u10 {HASH}"}),
        layer_of({"libc6": f"2.36-9+deb12u13 {OTHER}"}),
        ["libc6 2.36-9+deb12u10 -> 2.36-9+deb12u13"],
    ),
    "file by its hash": (
        layer_of({"file serving.py": f"sha256:{HASH}"}),
        layer_of({"file serving.py": f"sha256:{OTHER}"}),
        ["file serving.py has changed"],
    ),
    "object added, another gone": (
        layer_of({"object a": f"sha256:{HASH}"}),
        layer_of({"object b": f"sha256:{HASH}"}),
        ["object a is gone", "object b is new"],
    ),
    "wheel added": (
        layer_of({}),
        layer_of({"pip": f"pip-24.0-py3-none-any.whl {HASH}"}),
        ["pip 24.0 is new"],
    ),
}


@pytest.mark.parametrize(("before", "after", "words"), CHANGES.values(), ids=CHANGES)
def test_misses__input_changed__names_it_with_both_values(store, before, after, words):
    """What differs is said as people call it, and every difference, not the first."""
    built(store, before)
    assert reasons(store, after) == words


def test_misses__empty_store__is_the_first_build(store):
    """Nothing is known of any build."""
    assert reasons(store, NUMPY) == ["first build on this machine"]


def test_misses__other_build_has_the_slot__compares_with_the_nearest(store):
    """A notebook that is built for the first time is compared with its neighbours."""
    built(store, wheel_layer("numpy", "1.0", layer_format="1"), reference="far:latest")
    built(store, NUMPY, reference="near:1")
    assert reasons(store, wheel_layer("numpy", "2.3.1")) == ["numpy 2.3.0 -> 2.3.1 (than in near:1 (linux/amd64))"]


def test_misses__own_last_build__counts_before_nearer_ones(store):
    """The question is what changed since the last build of this name."""
    built(store, wheel_layer("numpy", "1.0", layer_format="1"))
    built(store, NUMPY, reference="near:1")
    assert reasons(store, wheel_layer("numpy", "2.3.1")) == ["layer format 1 -> 2", "numpy 1.0 -> 2.3.1"]


def test_misses__other_platform_of_the_name__is_another_build(store):
    """Both platforms of an image have a record."""
    built(store, NUMPY, platform=Platform(architecture="arm64"))
    assert reasons(store, wheel_layer("numpy", "2.3.1")) == ["numpy 2.3.0 -> 2.3.1 (than in made:latest (linux/arm64))"]


def test_misses__slot_that_nobody_had__says_so(store):
    """A new kind of layer has nothing to be compared with."""
    built(store, NUMPY)
    assert reasons(store, wheel_layer("scipy", "1.0")) == ["no earlier image here has such a layer"]


def test_misses__layer_was_recorded_and_its_blob_is_gone__was_removed(store):
    """Pruning is a reason of its own."""
    layer = make(store, NUMPY)
    built(store, NUMPY)
    store.blob_path(layer.digest).unlink()
    assert reasons(store, NUMPY) == ["it was removed from the store"]


def test_misses__record_is_gone_too__was_removed(store):
    """A pruned store may have forgotten the layer altogether."""
    built(store, NUMPY)
    assert reasons(store, NUMPY) == ["it was removed from the store"]


def test_misses__blob_is_cut_off__is_damaged(store):
    """A file that is no longer what it was is not called removed."""
    layer = make(store, NUMPY)
    path = store.blob_path(layer.digest)
    path.chmod(0o644)
    path.write_bytes(b"")
    assert store.cached_layer(NUMPY.cache_key) is None
    assert reasons(store, NUMPY) == ["its blob in the store is damaged"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"build": 1}', b'{"build": "x", "slots": [1]}', b"\xff"])
def test_misses__record_cannot_be_read__is_as_if_it_were_not_there(store, content):
    """Words alone depend on the records."""
    built(store, NUMPY)
    for path in (store.cache / "slots").glob("*.json"):
        path.write_bytes(content)
    assert reasons(store, wheel_layer("numpy", "2.3.1")) == ["first build on this machine"]


def test_misses__inputs_not_named__is_no_silence(store):
    """A buildpack of somebody else's may name nothing."""
    built(store, replace(NUMPY, inputs={}))
    assert reasons(store, replace(NUMPY, inputs={}, cache_key="0" * 64)) == ["no earlier image here has such a layer"]


def test_restore__layer_is_missing__log_says_why(tmp_path):
    """The log of a build tells what its plan would have told."""
    said = []
    job = replace(job_in(tmp_path), watch=Watch(said.append, CancelToken()))
    built(job.store, NUMPY)
    restored = restore(made_plan(wheel_layer("numpy", "2.3.1")), job)
    texts = [event.text for event in said if isinstance(event, LogLine)]
    assert texts[1:] == ["numpy 2.3.1 is made anew: numpy 2.3.0 -> 2.3.1"] == list(restored.made_because)


def test_restore__first_build__log_says_so_once(tmp_path):
    """Seventeen times the same reason is no news."""
    said = []
    job = replace(job_in(tmp_path), watch=Watch(said.append, CancelToken()))
    restore(made_plan(NUMPY, wheel_layer("scipy", "1.0")), job)
    texts = [event.text for event in said if isinstance(event, LogLine)]
    assert texts[1:] == ["All are new: first build on this machine"]
