"""What goes when a store gets smaller, in which order, and what never does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.publishing.collecting import collect, prune
from jupyter_containerize.publishing.inventory import Kind, pieces, touched_ns, usage
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
from tests.oci.small import SMALL
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")


def ago(days: float, *paths: Path) -> None:
    """Let files and folders have been used some days ago."""
    at = time.time_ns() - int(days * 86_400e9)
    for path in paths:
        status = path.stat()
        os.utime(path, ns=(at, at if path.is_dir() or status.st_mtime_ns > at else status.st_mtime_ns))


def aged(store: LocalStore, days: float) -> None:
    """Let all that is in a store have been used some days ago."""
    ago(days, *(path for path in store.root.rglob("*") if path.suffix != ".lock"))


@pytest.fixture
def full(store: LocalStore) -> LocalStore:
    """Give a store with some of everything: a tagged image, an untagged one, a layer of none."""
    old = stored_image(store, b"old")
    store.tag(IRIS, old.manifest_digest)
    new = stored_image(store, b"new")
    store.tag(IRIS, new.manifest_digest)
    lone = store.make_layer("lone", SMALL[:1], cancel=CancelToken())
    for layer in (*new.layers, lone):
        store.unpacked_layer(layer)
    (store.downloads / ("0" * 64)).write_bytes(b"x" * 5000)
    (store.downloads / f"{'1' * 64}.part").write_bytes(b"x" * 5000)
    (store.parts / "loose").write_bytes(b"x" * 5000)
    (store.parts / "loose.json").write_text("{}")
    (store.cache / "states" / "one").mkdir(parents=True)
    (store.cache / "states" / "one" / "object").write_bytes(b"x" * 5000)
    (store.root / "blobs" / "sha256" / ".new-1").write_bytes(b"x")
    return store


def names(store: LocalStore) -> set[str]:
    """Return the files that are left, without the locks and what says nothing of the content."""
    return {
        path.relative_to(store.root).as_posix()
        for path in store.root.rglob("*")
        if path.is_file() and path.suffix != ".lock" and path.name != "index.earlier.json"
    }


def test_usage__some_of_everything__adds_up(full: LocalStore) -> None:
    """Each kind is counted, and the sum is what the system says."""
    found = usage(full)
    assert {kind: share.count for kind, share in found.kinds.items()} == {
        Kind.TAGGED: 1,
        Kind.UNTAGGED: 1,
        Kind.LAYERS: 2,
        Kind.PARTS: 1,
        Kind.UNPACKED: 3,
        Kind.DOWNLOADS: 2,
        Kind.CACHE: 1,
        Kind.LEFTOVERS: 1,
    }
    assert found.size_bytes == sum(share.size_bytes for share in found.kinds.values())


def test_collect__nothing_to_keep__leaves_the_tagged_image(full: LocalStore) -> None:
    """Down to nothing, what a name means is whole and sound, and all else is gone."""
    image = full.find(IRIS)
    assert image is not None
    aged(full, 1)
    done = collect(full, 0)
    assert verify(full).damages == ()
    assert full.find(IRIS) == image
    assert [stored.tags for stored in full.images()] == [("iris:latest",)]
    blobs = {digest.hex for digest in (image.manifest_digest, image.config_digest, *(x.digest for x in image.layers))}
    assert {name.removeprefix("blobs/sha256/") for name in names(full)} - blobs == {
        "index.json", "oci-layout", "store-format",
        *(name for name in names(full) if name.startswith("layers/")),
    }  # fmt: skip
    assert done.after_bytes == usage(full).size_bytes
    # What the tagged image has need not be made again.
    assert full.cached_layer("base") == image.layers[0]


def test_collect__room_for_some__removes_the_oldest_first(full: LocalStore) -> None:
    """The piece that nobody used for the longest time goes, and only as many as need be."""
    aged(full, 1)
    ago(9, full.downloads / ("0" * 64))
    ago(8, *(full.cache / "states").rglob("*"), full.cache / "states" / "one")
    before = usage(full).size_bytes
    done = collect(full, before - 6000)
    assert [piece.kind for piece in done.removed] == [Kind.DOWNLOADS]
    done = collect(full, before - 9000)
    assert [piece.kind for piece in done.removed] == [Kind.CACHE]
    assert collect(full, before).removed == ()


def test_collect__untagged_image__goes_before_its_layers(full: LocalStore) -> None:
    """At no moment is an image listed whose layers are gone."""
    (untagged,) = (image for image in full.images() if not image.tags)
    code = full.load(untagged.digest).layers[1].digest
    aged(full, 1)
    order = [piece.name for piece in collect(full, 0).removed]
    assert order.index(untagged.digest) < order.index(code)


def test_collect__dry_run__says_the_same_and_does_nothing(full: LocalStore) -> None:
    """What would be removed is what is removed."""
    aged(full, 1)
    before = names(full)
    told = collect(full, 0, dry_run=True)
    assert names(full) == before
    done = collect(full, 0)
    assert told.removed == done.removed
    assert (told.before_bytes, told.after_bytes) == (done.before_bytes, done.after_bytes)


def test_collect__build_runs__keeps_what_it_uses(full: LocalStore) -> None:
    """What a build has found, and what it made, stays until it has ended; the rest may go."""
    aged(full, 1)
    lone = full.cached_layer("lone")
    assert lone is not None
    aged(full, 1)
    with full.in_use():
        assert full.cached_layer("lone") == lone
        made = full.make_layer("made", SMALL[:2], cancel=CancelToken())
        kept = full.unpacked_layer(lone)
        gone = {piece.kind for piece in collect(full, 0).removed}
        assert gone == {Kind.UNTAGGED, Kind.LAYERS, Kind.UNPACKED, Kind.DOWNLOADS, Kind.PARTS, Kind.LEFTOVERS}
        assert full.cached_layer("lone") == lone
        assert full.cached_layer("made") == made
        assert kept.is_dir()
        assert (full.cache / "states" / "one").is_dir()
    collect(full, 0)
    assert full.cached_layer("made") is None


def test_collect__build_made_an_image__keeps_it_for_its_tag(store: LocalStore) -> None:
    """Between the listing of an image and its name, nothing of it is removed."""
    with store.in_use():
        image = stored_image(store, b"new")
        collect(store, 0)
        store.tag(IRIS, image.manifest_digest)
    collect(store, 0)
    assert store.find(IRIS) == image
    assert verify(store).damages == ()


def test_collect__used_since_it_was_counted__stays(full: LocalStore) -> None:
    """A piece that somebody used a moment ago, without a lease, is passed over."""
    aged(full, 1)
    before = {piece.name: piece for piece in pieces(full)}
    layer = full.cached_layer("lone")
    assert layer is not None
    assert touched_ns(Kind.LAYERS, before[layer.digest].paths) > before[layer.digest].touched_ns


def test_collect__part_that_is_a_layer__goes_with_it(store: LocalStore) -> None:
    """Two names of one file are one piece, and one that a tagged image has takes no room."""
    image = stored_image(store, b"tagged")
    store.tag(IRIS, image.manifest_digest)
    lone = store.make_layer("lone", SMALL[:1], cancel=CancelToken())
    for key, digest in (("tagged", image.layers[0].digest), ("lone", lone.digest)):
        (store.parts / key).hardlink_to(store.blob_path(digest))
        (store.parts / f"{key}.json").write_text("{}")
    aged(store, 1)
    collect(store, 0)
    assert sorted(path.name for path in store.parts.iterdir()) == ["tagged", "tagged.json"]
    assert not store.blob_path(lone.digest).exists()


def test_collect__image_of_several_platforms__goes_and_stays_as_one(store: LocalStore) -> None:
    """What a named image for several platforms needs stays; one without a name goes with its members, at once."""
    first, second, third = (stored_image(store, code) for code in (b"1", b"2", b"3"))
    amd64, arm64 = Platform(architecture="amd64"), Platform(architecture="arm64")
    old = store.add_index([(amd64, first), (arm64, second)])
    new = store.add_index([(amd64, first), (arm64, third)])
    store.tag(IRIS, new)
    aged(store, 1)
    told = collect(store, 0, dry_run=True)
    assert collect(store, 0).removed == told.removed
    assert {image.digest for image in store.images()} == {first.manifest_digest, third.manifest_digest}
    assert [member.digest for member in store.members(new)] == [first.manifest_digest, third.manifest_digest]
    assert not store.blob_path(old).exists()
    assert not store.blob_path(second.config_digest).exists()
    assert verify(store).damages == ()


def test_prune__by_age__keeps_what_recent_builds_used(full: LocalStore) -> None:
    """What no tag needs and nobody used for a week goes; a person can ask for less."""
    aged(full, 20)
    ago(1, full.downloads / ("0" * 64))
    done = prune(full)
    assert Kind.UNPACKED in {piece.kind for piece in done.removed}
    assert (full.downloads / ("0" * 64)).exists()
    # The index says when an image was listed, and that was a moment ago.
    assert Kind.UNTAGGED not in {piece.kind for piece in done.removed}
    assert {piece.kind for piece in prune(full, days=0).removed} == {Kind.UNTAGGED, Kind.LAYERS, Kind.DOWNLOADS}
    assert verify(full).damages == ()


def test_collect__cancelled__leaves_a_sound_store(full: LocalStore) -> None:
    """A cancel stops between two pieces."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        collect(full, 0, cancel=cancel)
    assert [damage.seen for damage in verify(full).damages if damage.tags] == []


def test_collect__fifty_images__keeps_what_they_share(store: LocalStore) -> None:
    """Many images of one base: what only the untagged need goes, the base stays."""
    images: list[Image] = []
    for number in range(50):
        image = stored_image(store, b"%d" % number)
        images.append(image)
        if number % 2:
            store.tag(Reference.parse(f"n{number}:latest"), image.manifest_digest)
    aged(store, 1)
    # Some of these were listed less than a day ago, all of them more than a moment.
    collect(store, 0)
    assert len(store.images()) == 25
    assert all(store.find(Reference.parse(f"n{number}:latest")) == images[number] for number in range(1, 50, 2))
    assert verify(store).damages == ()
