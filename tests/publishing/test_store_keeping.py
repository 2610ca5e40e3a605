"""What counts as stored: whatever a person, a disk or another version does to the files."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.publishing.errors import NoSuchImage, StoredBlobDamaged, StoreOfOtherFormat
from jupyter_containerize.publishing.opening import FORMAT_FILE, STORE_FORMAT
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import sealing
from tests.oci.small import SMALL, file, folder
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")


def flip(path: Path) -> None:
    """Change one bit of a file, and not its size."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


HARM: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "a bit flipped": flip,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_cached_layer__blob_harmed__is_made_again(store: LocalStore, harm: Callable[[Path], object]) -> None:
    """A harmed blob is never used: the layer is not found, and made again it is what it was."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    harm(store.blob_path(layer.digest))
    assert store.cached_layer("key") is None
    with pytest.raises(StoredBlobDamaged) as caught:
        store.check_blob(layer.digest)
    assert caught.value.digest == layer.digest
    assert store.make_layer("key", SMALL, cancel=CancelToken()) == layer == store.cached_layer("key")
    store.check_blob(layer.digest)


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_add_image__layer_harmed__moves_no_tag(store: LocalStore, harm: Callable[[Path], object]) -> None:
    """An image with a harmed layer is not listed, and no name moves to it."""
    image = stored_image(store)
    store.tag(IRIS, image.manifest_digest)
    layer = store.make_layer("new", (folder("app"), file("app/main", b"new")), cancel=CancelToken())
    newer = stored_image(store, b"new")
    index = (store.root / "index.json").read_bytes()
    harm(store.blob_path(layer.digest))
    with pytest.raises(NoSuchImage):
        store.add_image(newer)
    assert (store.root / "index.json").read_bytes() == index
    assert store.find(IRIS) == image


RECORDS = {
    "garbage": b"\x00\xff",
    "empty": b"",
    "not an object": b"[1]",
    "no digest": b"{}",
    "no digest's form": b'{"digest":"x","diff_id":"y","size":1,"mediaType":"z"}',
    "numbers": b'{"digest":1,"diff_id":2,"size":"a","mediaType":3}',
}


@pytest.mark.parametrize("data", RECORDS.values(), ids=RECORDS)
def test_cached_layer__record_garbage__is_made_again(store: LocalStore, data: bytes) -> None:
    """A record that nobody can read is no record."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    (store.layers / "key.json").write_bytes(data)
    assert store.cached_layer("key") is None
    assert store.make_layer("key", SMALL, cancel=CancelToken()) == store.cached_layer("key") == layer


def test_check_blob__unchanged__is_not_read(store: LocalStore) -> None:
    """A blob whose times are those of its seal is believed; so a gigabyte costs nothing."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    path = store.blob_path(layer.digest)
    times = path.stat()
    flip(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    store.check_blob(layer.digest)


def test_check_blob__sealed_in_another_boot__is_read_again(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut, what was not brought to the disk is checked, and what was is believed."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    path = store.blob_path(layer.digest)
    monkeypatch.setattr(sealing, "_THIS_BOOT_NS", sealing._THIS_BOOT_FROM_NS + 77)
    assert not sealing.is_sealed(path)
    store.check_blob(layer.digest)
    assert path.stat().st_mtime_ns == sealing._THIS_BOOT_FROM_NS + 77
    sealing.seal(path, lasting=True)
    monkeypatch.setattr(sealing, "_THIS_BOOT_NS", sealing._THIS_BOOT_FROM_NS + 78)
    assert sealing.is_sealed(path)


def test_add_image__done__is_on_the_disk(store: LocalStore, image: Image) -> None:
    """All that a listed image needs has a seal that outlasts a power cut."""
    digests = [image.manifest_digest, image.config_digest, *(layer.digest for layer in image.layers)]
    assert all(sealing.is_sealed(store.blob_path(digest), lasting=True) for digest in digests)


def test_check_blob__cancelled__stops(store: LocalStore) -> None:
    """Reading a large blob hears a cancel."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    sealing.unseal(store.blob_path(layer.digest))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.check_blob(layer.digest, cancel=cancel)


def test_download_path__wrong_content__is_gone(store: LocalStore) -> None:
    """A download that is not what its name says is not handed out, and the right one is."""
    right, wrong = sealing.hashlib.sha256(b"right").hexdigest(), "0" * 64
    for name in (right, wrong):
        (store.downloads / name).write_bytes(b"right")
    assert store.download_path(right).read_bytes() == b"right"
    assert not store.download_path(wrong).exists()
    flip(store.downloads / right)
    assert not store.download_path(right).exists()


INDEXES = {
    "garbage": lambda path: path.write_bytes(b"\x00{"),
    "empty": lambda path: path.write_bytes(b""),
    "something else": lambda path: path.write_bytes(b'{"manifests": 3}'),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("harm", INDEXES.values(), ids=INDEXES)
def test_tag__index_harmed__nothing_is_lost(store: LocalStore, image: Image, harm: Callable[[Path], object]) -> None:
    """Nobody writes over an index that cannot be read, nor takes a missing one for an empty one."""
    store.tag(IRIS, image.manifest_digest)
    harm(store.root / "index.json")
    before = [path.name for path in store.root.iterdir()]
    for use in (LocalStore(store.root).images, lambda: store.add_image(image), lambda: store.find(IRIS)):
        with pytest.raises(ImageUnreadable):
            use()
    assert [path.name for path in store.root.iterdir()] == before


@pytest.mark.parametrize("found", [str(STORE_FORMAT + 1), "2.0", "", "garbage\x00"])
def test_local_store__of_another_format__is_left_alone(tmp_path: Path, found: str) -> None:
    """A store that a newer version made is refused, and not touched."""
    root = tmp_path / "store"
    root.mkdir()
    (root / FORMAT_FILE).write_text(found)
    with pytest.raises(StoreOfOtherFormat) as caught:
        LocalStore(root)
    assert (caught.value.root, caught.value.known) == (root, STORE_FORMAT)
    assert [path.name for path in root.iterdir()] == [FORMAT_FILE]


def test_local_store__without_a_format__is_taken_over(store: LocalStore, image: Image) -> None:
    """A store of the first version, which had no number, goes on."""
    store.tag(IRIS, image.manifest_digest)
    (store.root / FORMAT_FILE).unlink()
    for layer in image.layers:
        sealing.unseal(store.blob_path(layer.digest))
    assert LocalStore(store.root).find(IRIS) == image
    assert (store.root / FORMAT_FILE).read_text() == f"{STORE_FORMAT}\n"


READ_ONLY = """
import pathlib, sys
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing.inventory import usage
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import verify
from jupyter_containerize.transport import NotWritable
store = LocalStore(pathlib.Path(sys.argv[1]))
(image,) = store.images()
found = store.find(Reference.parse("iris:latest"))
print(image.tags, found.manifest_digest == image.digest, all(map(store.has_layer, found.layers)))
print(verify(store).sound, usage(store).size_bytes > 0)
for use in (lambda: store.in_use().__enter__(), lambda: store.make_layer("k", (), cancel=CancelToken())):
    try:
        use()
    except NotWritable as error:
        print(error.path.is_relative_to(store.root), error.reason)
"""


def read_only(root: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program that sees the folder as read-only, whoever runs it."""
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
         'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"', "sh", root, *command],
        check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_local_store__read_only__can_be_read(store: LocalStore, image: Image) -> None:
    """Reading commands work; a build is told at once, with the folder's name, that it cannot keep anything."""
    store.tag(IRIS, image.manifest_digest)
    done = read_only(store.root, sys.executable, "-c", READ_ONLY, store.root)
    assert done.stdout.splitlines() == [
        "('iris:latest',) True True",
        "True True",
        f"True {os.strerror(errno.EROFS)}",
        f"True {os.strerror(errno.EROFS)}",
    ], done.stderr


def test_root_of__somebody_removed_files__is_unpacked_again(store: LocalStore, image: Image) -> None:
    """Half an unpacked layer is noticed when it is used."""
    with store.root_of(image.layers) as root:
        before = sorted(path.relative_to(root) for path in root.rglob("*"))
    done = store.unpacked_layer(image.layers[0])
    (done / "bin" / "hello").unlink()
    with store.root_of(image.layers) as root:
        assert sorted(path.relative_to(root) for path in root.rglob("*")) == before
    (done / "more").write_text("")
    (store.root / "unpacked" / f"{image.layers[1].diff_id.hex}.json").write_text("garbage")
    with store.root_of(image.layers) as root:
        assert sorted(path.relative_to(root) for path in root.rglob("*")) == before


def test_root_of__cancelled__leaves_nothing(store: LocalStore, image: Image) -> None:
    """Putting a root together hears a cancel."""
    with store.root_of(image.layers):
        pass
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled), store.root_of(image.layers, cancel=cancel):
        pass
    assert list((store.root / "scratch").iterdir()) == []


def test_in_use__ended__removes_what_is_unpacked_for_nobody(store: LocalStore, image: Image) -> None:
    """Unpacked layers go a week after their last use, when a build ends."""
    old, new = (store.unpacked_layer(layer) for layer in image.layers)
    eight_days_ago = time.time() - 8 * 86_400
    os.utime(old, (eight_days_ago, eight_days_ago))
    with store.in_use():
        assert old.is_dir()
    assert not old.exists()
    assert new.is_dir()
    assert store.unpacked_layer(image.layers[0]) == old


def test_write_index__each_time__keeps_the_earlier(store: LocalStore, image: Image) -> None:
    """The index before the last change is there for repairs."""
    before = (store.root / "index.json").read_bytes()
    store.tag(IRIS, image.manifest_digest)
    assert (store.root / "index.earlier.json").read_bytes() == before
    assert json.loads((store.root / "index.json").read_bytes()) != json.loads(before)


def test_check_blob__never_there__says_so(store: LocalStore) -> None:
    """A blob that was never made is told from one that is damaged."""
    with pytest.raises(StoredBlobDamaged) as caught:
        store.check_blob(Digest(f"sha256:{'0' * 64}"))
    assert caught.value.reason == "the file is missing"
