"""What a plan shows of layers, of sums, and of an earlier image."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Compression, ImageConfig, LayerRole, PartPlan, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.explain.plan import comparison_lines, needed_lines, plan_to_json, state_text, totals
from jupyter_containerize.lifecycle.misses import remember_slots
from jupyter_containerize.lifecycle.plan import Built
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare
from jupyter_containerize.lifecycle.planning import LayerState, view_of
from jupyter_containerize.oci import assemble
from tests.lifecycle.made_plan import (
    entry,
    job_in,
    key_of,
    layer_of,
    made_plan,
    make,
    package,
    restored,
    wheel_layer,
)

OS = replace(layer_of({"libc6": "2.36"}, slot="debian/os"), role=LayerRole.OS, title="Debian 12", sources=("libc6",))
LIBC = SystemPackage(
    name="libc6", version="2.36-9", architecture="amd64", url="https://x", sha256="0" * 64, size_bytes=5_000_000
)
GOMP = replace(LIBC, name="libgomp1", version="12.2", size_bytes=100_000, needed_by=("libgomp.so.1 of lightgbm",))


def view(job, plan, **options):
    """Return what is known of a plan."""
    return view_of(plan, restored(plan, job.store), job, **options)


def record(job, *layers):
    """Record an earlier build."""
    plan = made_plan(*layers)
    remember_slots(plan, [Built(target=target, layers=()) for target in plan.targets], job.store)


GOLDEN = """\
{
 "role": "dependencies",
 "title": "numpy 2.3.1",
 "buildpack": "wheels",
 "slot": "wheels/numpy",
 "state": "new",
 "digest": null,
 "size_bytes": 7000000,
 "estimated": true,
 "download_bytes": 7000000,
 "make_bytes": 7000000,
 "parts": 0,
 "parts_ready": 0,
 "left_out": {},
 "sources": [
  "numpy"
 ],
 "reasons": [
  {
   "kind": "changed",
   "name": "numpy",
   "before": "numpy-2.3.0-py3-none-any.whl OLD",
   "after": "numpy-2.3.1-py3-none-any.whl NEW",
   "than": "",
   "text": "numpy 2.3.0 -> 2.3.1"
  }
 ]
}"""


def test_plan_to_json__changed_wheel__is_the_golden_layer(tmp_path):
    """Whoever reads the JSON finds the same fields in every version."""
    job = job_in(tmp_path)
    record(job, wheel_layer("numpy", "2.3.0"))
    found = plan_to_json(view(job, made_plan(wheel_layer("numpy", "2.3.1", size_bytes=7_000_000))))
    hashes = {key_of("numpy-2.3.0-py3-none-any.whl"): "OLD", key_of("numpy-2.3.1-py3-none-any.whl"): "NEW"}
    text = json.dumps(found["images"][0]["layers"][0], indent=1)
    for digest, name in hashes.items():
        text = text.replace(digest, name)
    assert text == GOLDEN


def test_plan_to_json__whole__has_what_the_documentation_says(tmp_path):
    """Sums, packages with their reasons, warnings: all of it is JSON."""
    job = job_in(tmp_path)
    plan = made_plan(OS, wheel_layer("a", "1"), system_packages=[LIBC, GOMP], packages=[package("onnxruntime-gpu")])
    found = json.loads(json.dumps(plan_to_json(view(job, plan))))
    assert {key: value for key, value in found.items() if key not in {"images", "warnings"}} == {
        "notebook": "made.ipynb",
        "reference": "made:latest",
        "destination": "",
        "entries": [],
        "comparison": [],
    }
    assert [item["code"] for item in found["warnings"]] == ["JC-PLAN-12"]
    image = found["images"][0]
    assert image["platform"] == "linux/amd64"
    assert image["system_packages"] == [
        {"name": "libgomp1", "version": "12.2", "needed_by": ["libgomp.so.1 of lightgbm"]}
    ]
    assert image["totals"] == {
        "download_bytes": 1000,
        "downloads_of_unknown_size": 0,
        "make_bytes": 1010,
        "push_bytes": 0,
        "image_bytes": 1010,
        "estimated": True,
    }


def test_view_of__made_layer__has_its_own_size_and_no_reason(tmp_path):
    """What is there is not estimated."""
    job = job_in(tmp_path)
    layer = make(job.store, OS)
    image = view(job, made_plan(OS)).images[0]
    assert [(item.state, item.size_bytes, item.digest, item.misses, item.estimated) for item in image.layers] == [
        (LayerState.CACHED, layer.size_bytes, layer.digest, (), False)
    ]
    assert (image.download_bytes, image.make_bytes, image.push_bytes) == (0, 0, 0)


def test_view_of__layer_at_the_destination__is_not_sent(tmp_path):
    """A layout that has a layer gets only the other."""
    request = BuildRequest(notebook=tmp_path / "made.ipynb", destination=f"oci:{tmp_path / 'layout'}")
    job = job_in(tmp_path, request)
    plan = made_plan(OS, wheel_layer("a", "1"), destination=request.destination)
    made = [make(job.store, layer) for layer in plan.targets[0].layers]
    image = assemble([(made[0], "os")], ImageConfig(entrypoint=()), created="1980-01-01T00:00:01Z")
    job.store.add_image(image)
    plan.destination.publish(
        image, job.store, reference=Reference.parse("x"), on_bytes=lambda _: None, cancel=CancelToken()
    )
    found = view(job, plan).images[0]
    assert [item.state for item in found.layers] == [LayerState.DESTINATION, LayerState.CACHED]
    assert found.push_bytes == made[1].size_bytes


def test_view_of__archive__does_not_know_what_is_sent(tmp_path):
    """It is written anew."""
    request = BuildRequest(notebook=tmp_path / "made.ipynb", destination=f"archive:{tmp_path / 'a.tar'}")
    found = view(job_in(tmp_path, request), made_plan(OS, destination=request.destination)).images[0]
    assert found.push_bytes is None
    assert list(totals(found))[-1] == "to send: not known before the build"


def part(name, size_bytes):
    """Return a part with one download."""
    layer = wheel_layer(name, "1", size_bytes=size_bytes)
    return PartPlan(key=key_of(name), title=name, size_bytes=size_bytes, sources=(name,), downloads=layer.downloads)


def test_view_of__some_parts_are_made__counts_the_others(tmp_path):
    """Only what is missing of a layer is downloaded and made; what rules left out of the rest is known."""
    job = job_in(tmp_path)
    parts = (part("a", 100), part("b", 20), part("c", 3))
    job.store.make_part(
        parts[0].key,
        [entry("a", b"a")],
        cancel=CancelToken(),
        compression=Compression.GZIP,
        left_out={"tests": 50},
    )
    item = view(job, made_plan(replace(wheel_layer("x", "1", size_bytes=123), parts=parts))).images[0].layers[0]
    assert (item.parts, item.parts_ready, item.download_bytes, item.make_bytes) == (3, 1, 23, 23)
    assert item.left_out == {"tests": 50}
    assert state_text(item) == "new, 1 of 3 parts ready"


def test_view_of__downloads_at_hand__are_not_downloaded_again(tmp_path):
    """Two layers that take one file count it once each, and unknown sizes are told."""
    job = job_in(tmp_path)
    known, unknown = wheel_layer("a", "1"), wheel_layer("b", "1")
    unsized = replace(unknown, downloads=(replace(unknown.downloads[0], size_bytes=None),))
    (job.store.downloads / key_of("a-1-py3-none-any.whl")).write_bytes(b"whatever")
    image = view(job, made_plan(known, unsized)).images[0]
    assert image.unsized == 1
    assert list(totals(image))[1].startswith("to download ")
    assert "and 1 file of unknown size" in list(totals(image))[1]


def test_totals__several_platforms__are_each_their_own(tmp_path):
    """A plan for two platforms shows two images."""
    platforms = (Platform(architecture="amd64"), Platform(architecture="arm64"))
    found = view(job_in(tmp_path), made_plan(OS, system_packages=[GOMP], platforms=platforms))
    assert [str(image.platform) for image in found.images] == ["linux/amd64", "linux/arm64"]
    assert list(totals(found.images[1])) == [
        "1 layer: 1 new; ~10 bytes",
        "to download 0 bytes, to make from 10 bytes",
    ]
    assert list(needed_lines(found.images[0])) == ["system package libgomp1 12.2: libgomp.so.1 of lightgbm"]


STATUS = b"Package: libc6\nVersion: 2.36-8\nArchitecture: amd64\nDescription: C library\n more of it\n"
MODEL = json.dumps({"python": "3.11", "versions": {"numpy": "2.3.0", "gone": "1.0"}}).encode()


@pytest.fixture
def earlier(tmp_path):
    """Return a job whose store has an image of an earlier version, without a bill of materials."""
    job = job_in(tmp_path)
    code = layer_of({"file serving.py": "1"})
    layers = [
        (make(job.store, OS, entry("var/lib/dpkg/status.d/libc6", STATUS)), "os: Debian 12"),
        (make(job.store, wheel_layer("numpy", "2.3.0")), "dependencies: numpy 2.3.0"),
        (make(job.store, code, entry("app/model.json", MODEL)), "code: Serving code"),
    ]
    image = assemble(layers, ImageConfig(entrypoint=()), created="1980-01-01T00:00:01Z")
    job.store.add_image(image)
    job.store.tag(Reference.parse("made:old"), image.manifest_digest)
    return job


def test_compare__image_without_bill_of_materials__is_read_from_what_it_has(earlier):
    """Every image of ours says what is in it."""
    plan = made_plan(
        OS,
        wheel_layer("numpy", "2.3.1", size_bytes=7_000_000),
        layer_of({"file serving.py": "2"}),
        packages=[package("numpy", "2.3.1"), package("added", "2.0", size_bytes=500)],
        system_packages=[LIBC],
    )
    found = view(earlier, plan, than="made:old").comparison[0]
    changes = [(item.kind, item.name, item.before, item.after) for item in found.changes]
    assert changes == [
        ("distribution", "added", None, "2.0"),
        ("distribution", "gone", "1.0", None),
        ("distribution", "numpy", "2.3.0", "2.3.1"),
        ("system package", "libc6", "2.36-8", "2.36-9"),
    ]
    assert found.same_layers == 1
    layers = [(item.title_before, item.title_after, item.estimated) for item in found.layers]
    assert layers == [
        ("dependencies: numpy 2.3.0", "dependencies: numpy 2.3.1", True),
        ("code: Serving code", "code: Serving code", True),
    ]
    # Its own estimate is of the files that go in; an earlier layer of the same name is nearer.
    assert found.layers[1].bytes_after == found.layers[1].bytes_before
    lines = list(comparison_lines(found))
    assert lines[0].startswith("against made:old (linux/amd64, ")
    assert lines[1:5] == [
        "  + distribution added 2.0 (+500 bytes)",
        "  - distribution gone 1.0",
        "  ~ distribution numpy 2.3.0 -> 2.3.1",
        "  ~ system package libc6 2.36-8 -> 2.36-9",
    ]


def test_compare__made_in_another_way__has_the_size_of_the_plan(earlier):
    """How large a layer was with bytecode says nothing of one without."""
    record(earlier, layer_of({"bytecode": "hashed: here", "file serving.py": "1"}))
    plan = made_plan(OS, replace(layer_of({"bytecode": "omit", "file serving.py": "1"}), size_bytes=77))
    found = view(earlier, plan, than="made:old").comparison[0]
    code = next(item for item in found.layers if item.title_after == "code: Serving code")
    assert (code.bytes_after, code.estimated) == (77, True)


def test_compare__same_again__says_that_nothing_changes(earlier):
    """A plan of what is there differs in nothing."""
    plan = made_plan(
        OS,
        wheel_layer("numpy", "2.3.0"),
        layer_of({"file serving.py": "1"}),
        packages=[package("numpy", "2.3.0"), package("gone", "1.0")],
        system_packages=[replace(LIBC, version="2.36-8")],
    )
    found = view(earlier, plan, than="made:old").comparison[0]
    assert (found.changes, found.layers, found.same_layers) == ((), (), 3)
    assert found.bytes_before == found.bytes_after
    assert not found.estimated


@pytest.mark.parametrize(
    ("name", "platform"),
    [("made:none", "amd64"), ("made:old", "arm64")],
    ids=["no such name", "of another platform"],
)
def test_compare__no_image__is_an_error_that_names_it(earlier, name, platform):
    """Nothing is compared with something else."""
    plan = made_plan(OS, platforms=(Platform(architecture=platform),))
    with pytest.raises(NothingToCompare) as caught:
        view(earlier, plan, than=name)
    assert (caught.value.name, caught.value.platform.architecture) == (name, platform)
