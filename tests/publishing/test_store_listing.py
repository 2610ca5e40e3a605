"""What a store lists, and how images are taken off the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Digest, Image, ImageConfig, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.errors import NoSuchImage, StoredBlobDamaged
from jupyter_containerize.publishing.listing import find_listed, images_of, listed, platform_of, unlist
from tests.publishing.stored import CREATED, stored_image

ONE, TWO = (Reference.parse(f"iris:{tag}") for tag in ("1", "2"))


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    """Return an empty store."""
    return LocalStore(tmp_path / "store")


@pytest.fixture
def several(local: LocalStore) -> tuple[Digest, list[tuple[Platform, Image]]]:
    """Return an image for two platforms, called ``iris:1``."""
    first = stored_image(local)
    arm = assemble(
        [(layer, "") for layer in first.layers], ImageConfig(entrypoint=("/x",)), created=CREATED, architecture="arm64"
    )
    local.add_image(arm)
    images = [(platform_of(image), image) for image in (first, arm)]
    digest = local.add_index(images)
    local.tag(ONE, digest)
    return digest, images


def test_listed__two_names_and_none__newest_first(local: LocalStore) -> None:
    """An image is one line with all its names; one whose names have moved on is listed too."""
    nameless, named = (stored_image(local, code).manifest_digest for code in (b"a", b"b"))
    for name in (TWO, ONE):
        local.tag(name, named)
    assert [(item.digest, item.tags) for item in listed(local)] == [(named, ("iris:1", "iris:2")), (nameless, ())]
    assert find_listed(local, nameless).members == ()
    with pytest.raises(NoSuchImage):
        find_listed(local, Digest(f"sha256:{64 * '0'}"))


def test_listed__several_platforms__one_line(
    local: LocalStore, several: tuple[Digest, list[tuple[Platform, Image]]]
) -> None:
    """The images of one for several platforms are not listed themselves, unless they have names of their own."""
    digest, images = several
    (item,) = listed(local)
    assert (item.digest, item.tags) == (digest, ("iris:1",))
    assert sorted(item.members) == sorted(image.manifest_digest for _, image in images)
    assert dict(images_of(local, digest)) == dict(images)
    local.tag(TWO, images[0][1].manifest_digest)
    assert {item.tags for item in listed(local)} == {("iris:1",), ("iris:2",)}


def test_unlist__one_name__the_others_stay(local: LocalStore) -> None:
    """An image with another name is still listed."""
    digest = stored_image(local).manifest_digest
    for name in (ONE, TWO):
        local.tag(name, digest)
    unlist(local, digest, ONE)
    assert [item.tags for item in listed(local)] == [("iris:2",)]
    unlist(local, digest, TWO)
    assert listed(local) == ()
    assert local.load(digest).manifest_digest == digest


def test_unlist__all_names__others_images_stay(local: LocalStore) -> None:
    """What has no name any more is listed no more."""
    gone, kept = (stored_image(local, code).manifest_digest for code in (b"a", b"b"))
    for name in (ONE, TWO):
        local.tag(name, gone)
    unlist(local, gone)
    assert [item.digest for item in listed(local)] == [kept]


@pytest.mark.parametrize("name", [None, ONE])
def test_unlist__several_platforms__their_images_go_with_it(
    local: LocalStore, several: tuple[Digest, list[tuple[Platform, Image]]], name: Reference | None
) -> None:
    """No image of an index is left on the list without it; one that has a name stays."""
    digest, images = several
    local.tag(TWO, images[1][1].manifest_digest)
    unlist(local, digest, name)
    assert [(item.digest, item.tags) for item in listed(local)] == [(images[1][1].manifest_digest, ("iris:2",))]
    assert [entry.digest for entry in local.index().entries] == [images[1][1].manifest_digest]


def test_unlist__name_of_another_image__refused(local: LocalStore) -> None:
    """A name that moved meanwhile is not taken from whoever has it now."""
    first, second = (stored_image(local, code).manifest_digest for code in (b"a", b"b"))
    local.tag(ONE, second)
    with pytest.raises(NoSuchImage):
        unlist(local, first, ONE)
    unlist(local, first)
    with pytest.raises(NoSuchImage):
        unlist(local, first)
    assert local.find(ONE) is not None


def test_listed__document_of_an_index_gone__told(
    local: LocalStore, several: tuple[Digest, list[tuple[Platform, Image]]]
) -> None:
    """A store that lost a document is damaged, and that is said."""
    local.blob_path(several[0]).unlink()
    with pytest.raises(StoredBlobDamaged):
        listed(local)
