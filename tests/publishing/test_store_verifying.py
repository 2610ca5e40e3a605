"""Whatever is damaged in a store is found and named, and a repair loses nothing that cannot be made again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.publishing.damage import Seen, repair
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
from tests.oci.small import SMALL
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")


@pytest.fixture
def tagged(store: LocalStore) -> Image:
    """Give the image that a name means, in a store with one without a name."""
    stored_image(store, b"untagged")
    image = stored_image(store, b"tagged")
    store.tag(IRIS, image.manifest_digest)
    return image


def silently(path: Path) -> None:
    """Flip a bit as a failing disk does: nothing else changes."""
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_verify__sound__reads_everything(store: LocalStore, tagged: Image) -> None:
    """The progress ends at the size of all blobs, and nothing is damaged."""
    seen: list[tuple[int, int]] = []
    report = verify(store, lambda done, total: seen.append((done, total)))
    assert report.damages == ()
    assert report.sound
    assert seen[-1] == (report.size_bytes, report.size_bytes)
    assert report.files == 7


Harm = Callable[[LocalStore, Image], object]


def _other_diff_id(store: LocalStore, image: Image) -> None:
    path = next(path for path in store.layers.iterdir() if image.layers[1].digest in path.read_text())
    path.write_text(path.read_text().replace(image.layers[1].diff_id, image.layers[0].diff_id))


# What was done to the store; what is found, and the names it says; whether a repair makes the store sound; whether the
# name means something afterwards.
Case = tuple[Harm, list[tuple[Seen, tuple[str, ...]]], bool, bool]
CASES: dict[str, Case] = {
    "a bit of a layer": (
        lambda store, image: silently(store.blob_path(image.layers[1].digest)),
        [(Seen.BLOB, ("iris:latest",))],
        False,
        True,
    ),
    "a layer gone": (
        lambda store, image: store.blob_path(image.layers[1].digest).unlink(),
        [(Seen.BLOB, ("iris:latest",))],
        False,
        True,
    ),
    "a bit of a manifest": (
        lambda store, image: silently(store.blob_path(image.manifest_digest)),
        [(Seen.BLOB, ("iris:latest",))],
        True,
        False,
    ),
    "a config gone": (
        lambda store, image: store.blob_path(image.config_digest).unlink(),
        [(Seen.BLOB, ("iris:latest",))],
        True,
        False,
    ),
    "an index of garbage": (
        lambda store, _: (store.root / "index.json").write_bytes(b"\x00"),
        [(Seen.INDEX, ())],
        True,
        False,
    ),
    "no index": (lambda store, _: (store.root / "index.json").unlink(), [(Seen.INDEX, ())], True, False),
    "a record of garbage": (
        lambda store, _: (store.layers / "x.json").write_text("{"),
        [(Seen.RECORD, ())],
        True,
        True,
    ),
    "a record of another tar": (_other_diff_id, [(Seen.RECORD, ())], True, True),
    "a download of other content": (
        lambda store, _: (store.downloads / ("0" * 64)).write_bytes(b"x"),
        [(Seen.DOWNLOAD, ())],
        True,
        True,
    ),
    "a part's record of garbage": (
        lambda store, _: (store.parts / "x.json").write_text("{}"),
        [(Seen.RECORD, ())],
        True,
        True,
    ),
    "half an unpacked layer": (
        lambda store, image: (store.unpacked_layer(image.layers[1]) / "app" / "main").unlink(),
        [(Seen.UNPACKED, ())],
        True,
        True,
    ),
    "a file that is no blob": (
        lambda store, _: (store.root / "blobs" / "sha256" / "notes.txt").write_text("x"),
        [(Seen.BLOB, ())],
        True,
        True,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_verify__damaged__is_named_and_repaired(store: LocalStore, tagged: Image, case: Case) -> None:
    """Each damage is found once; a repair says what it did, and a build of the same makes the store sound."""
    harm, found, mended, named = case
    harm(store, tagged)
    report = verify(store)
    assert [(damage.seen, damage.tags) for damage in report.damages] == found
    assert not report.sound
    assert all(damage.todo for damage in report.damages)
    done = repair(store, report.damages)
    assert all(damage.done for damage in done)
    assert all(damage.repaired for damage in done) is mended
    assert verify(store).sound is mended
    assert (store.index().find(IRIS) == tagged.manifest_digest) is named
    if not named and found[0][0] is Seen.BLOB:
        assert "iris:latest names nothing any more" in done[0].done
    # The next build: what is missing is made again.
    image = stored_image(store, b"tagged")
    store.tag(IRIS, image.manifest_digest)
    assert image == tagged == store.find(IRIS)
    assert verify(store).sound


def test_verify__missing_from_several_images__is_one_damage(store: LocalStore, tagged: Image) -> None:
    """A layer that images share is told once, with all of their names."""
    other = stored_image(store, b"other")
    store.tag(Reference.parse("other:v1"), other.manifest_digest)
    assert other.layers[0] == tagged.layers[0]
    store.blob_path(tagged.layers[0].digest).unlink()
    (damage,) = verify(store).damages
    assert damage.digest == tagged.layers[0].digest
    assert damage.tags == ("iris:latest", "other:v1")


def test_repair__index_lost__lists_all_images_again(store: LocalStore, tagged: Image) -> None:
    """Names are those before the last change, and no image is lost."""
    store.tag(Reference.parse("other:v1"), tagged.manifest_digest)
    (store.root / "index.json").write_bytes(b"garbage")
    repair(store, verify(store).damages)
    assert {image.tags for image in store.images()} == {("iris:latest",), ()}
    assert (store.root / "index.damaged.json").read_bytes() == b"garbage"
    (store.root / "index.json").write_bytes(b"garbage")
    (store.root / "index.earlier.json").unlink()
    repair(store, verify(store).damages)
    assert [image.tags for image in store.images()] == [(), ()]
    assert verify(store).sound


def test_repair__image_of_several_platforms__is_listed_again(store: LocalStore, tagged: Image) -> None:
    """An index in the store is found again as one."""
    digest = store.add_index([(Platform(architecture="amd64"), tagged)])
    store.tag(Reference.parse("many:latest"), digest)
    silently(store.blob_path(tagged.layers[1].digest))
    repair(store, verify(store).damages)
    assert store.index().find(Reference.parse("many:latest")) == digest
    stored_image(store, b"tagged")
    (store.root / "index.json").unlink()
    (store.root / "index.earlier.json").unlink()
    repair(store, verify(store).damages)
    assert [member.digest for member in store.members(digest)] == [tagged.manifest_digest]
    assert verify(store).sound


def test_verify__damaged_silently__is_not_used_afterwards(store: LocalStore) -> None:
    """What a verification has found damaged no longer counts as checked, without any repair."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    silently(store.blob_path(layer.digest))
    assert store.cached_layer("key") == layer
    verify(store)
    assert store.cached_layer("key") is None


def test_verify__cancelled__stops(store: LocalStore, tagged: Image) -> None:
    """Reading hears a cancel."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        verify(store, cancel=cancel)


def test_verify__everything__says_nothing_of_use(store: LocalStore, tagged: Image) -> None:
    """Reading for a check does not make a file look used."""
    paths = [path for path in store.root.rglob("*") if path.is_file()]
    for path in paths:
        os.utime(path, ns=(10**18, path.stat().st_mtime_ns))
    before = {path: path.stat().st_atime_ns for path in paths if "blobs" in path.parts}
    verify(store)
    assert {path: path.stat().st_atime_ns for path in before} == before
