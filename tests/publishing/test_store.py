"""The local store: what is kept, what is not, and that two processes may use one."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Digest, EntryKind, Image, LayerEntry, Reference
from jupyter_containerize.oci import ImageUnreadable, LayerMisplanned
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.store import STORE_VARIABLE, LocalStore
from jupyter_containerize.transport import DiskFull, NotWritable
from tests.oci.small import SMALL, file, folder
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")
OTHER = Reference.parse("iris:v1")
NOWHERE = Digest(f"sha256:{'0' * 64}")


def _files(store: LocalStore) -> set[str]:
    """Return every file of the store but the locks and the caches of folders."""
    paths = (path for path in store.root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(store.root).as_posix() for path in paths}


def test_default__variable_set__is_that_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable says where the store is; without it, it is in the Jupyter data directory."""
    monkeypatch.setenv(STORE_VARIABLE, str(tmp_path / "mine"))
    assert LocalStore.default().root == tmp_path / "mine"
    monkeypatch.delenv(STORE_VARIABLE)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    assert LocalStore.default().root == tmp_path / "data" / "containerize" / "store"


def test_local_store__place_is_a_file__says_not_writable(tmp_path: Path) -> None:
    """A store that cannot be made is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable):
        LocalStore(tmp_path / "file" / "store")


def test_make_layer__again__is_found_by_its_key(store: LocalStore) -> None:
    """A layer that was made once is not made again, in this process or another."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    assert store.cached_layer("key") == LocalStore(store.root).cached_layer("key") == layer
    assert store.blob_path(layer.digest).stat().st_size == layer.size_bytes
    assert store.cached_layer("other") is None


def test_cached_layer__blob_damaged__is_not_found(store: LocalStore) -> None:
    """A blob that went or was cut short is made again."""
    layer = store.make_layer("key", SMALL, cancel=CancelToken())
    store.blob_path(layer.digest).write_bytes(b"")
    assert store.cached_layer("key") is None
    store.blob_path(layer.digest).unlink()
    assert store.cached_layer("key") is None


def test_cached_layer__record_damaged__is_not_found(store: LocalStore) -> None:
    """A record that nobody can read is made again."""
    store.make_layer("key", SMALL, cancel=CancelToken())
    (store.root / "layers" / "key.json").write_text("{")
    assert store.cached_layer("key") is None


def _full_disk() -> Iterator[LayerEntry]:
    yield folder("a")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _cancelling(cancel: CancelToken) -> Iterator[LayerEntry]:
    yield folder("a")
    cancel.cancel()
    yield file("a/b", b"x")


def test_make_layer__fails__leaves_nothing(store: LocalStore) -> None:
    """Disk full, a wrong entry or a cancel: the store is as it was."""
    before, cancel = _files(store), CancelToken()
    with pytest.raises(DiskFull) as caught:
        store.make_layer("key", _full_disk(), cancel=CancelToken())
    assert caught.value.path == store.root
    with pytest.raises(LayerMisplanned):
        store.make_layer("key", [file("a/b")], cancel=CancelToken())
    with pytest.raises(Cancelled):
        store.make_layer("key", _cancelling(cancel), cancel=cancel)
    assert _files(store) == before


def test_make_layer__really_full_disk__leaves_nothing(tmp_path: Path) -> None:
    """On a file system without space, the error is ours and nothing half-written is left."""
    script = """
import sys, pathlib, io
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import EntryKind, LayerEntry
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import DiskFull
import random
content = random.Random(0).randbytes(4 << 20)
store = LocalStore(pathlib.Path(sys.argv[1]))
entry = LayerEntry(path="a", kind=EntryKind.FILE, mode=0o644, size_bytes=len(content), open=lambda: io.BytesIO(content))
try:
    store.make_layer("key", [entry], cancel=CancelToken())
except DiskFull:
    print(sorted(p.name for p in store.root.rglob("*") if p.is_file() and p.suffix != ".lock"))
"""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
         'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"', "sh", tmp_path,
         os.sys.executable, "-c", script, tmp_path],  # type: ignore[attr-defined]
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("['index.json', 'oci-layout', 'store-format']\n", "")


def test_add_image__layer_missing__is_refused(store: LocalStore, image: Image) -> None:
    """An image is only listed when all of it is there."""
    store.blob_path(image.layers[0].digest).unlink()
    with pytest.raises(NoSuchImage) as caught:
        store.add_image(image)
    assert caught.value.name == image.layers[0].digest


def test_tag__then_find__gives_the_image(store: LocalStore, image: Image) -> None:
    """A name finds its image, byte by byte; another name finds nothing."""
    store.tag(IRIS, image.manifest_digest)
    assert store.find(IRIS) == image == store.load(image.manifest_digest)
    assert store.find(OTHER) is None


def test_tag__moves__and_the_old_image_stays(store: LocalStore, image: Image) -> None:
    """A name means one image at a time, the listing is newest first, and nothing is lost."""
    store.tag(IRIS, image.manifest_digest)
    store.tag(OTHER, image.manifest_digest)
    newer = stored_image(store, b"changed")
    store.tag(IRIS, newer.manifest_digest)
    assert [(stored.digest, stored.tags) for stored in store.images()] == [
        (newer.manifest_digest, ("iris:latest",)),
        (image.manifest_digest, ("iris:v1",)),
    ]
    assert store.images()[0].labels == {"org.opencontainers.image.title": "ü"}
    assert store.images()[0].size_bytes == newer.size_bytes
    store.untag(OTHER)
    assert [stored.tags for stored in store.images()] == [("iris:latest",), ()]


def test_tag__unknown_image__moves_nothing(store: LocalStore, image: Image) -> None:
    """A name that cannot be moved stays where it is."""
    store.tag(IRIS, image.manifest_digest)
    with pytest.raises(NoSuchImage):
        store.tag(IRIS, NOWHERE)
    assert store.find(IRIS) == image
    with pytest.raises(NoSuchImage):
        store.untag(OTHER)
    with pytest.raises(NoSuchImage):
        store.load(NOWHERE)


def test_images__index_damaged__says_so(store: LocalStore) -> None:
    """A store that somebody else broke is not shown as an empty one."""
    (store.root / "index.json").write_text("{")
    with pytest.raises(ImageUnreadable):
        store.images()


def _tag_many(root: Path, digest: Digest, name: str) -> None:
    store = LocalStore(root)
    for number in range(20):
        store.tag(Reference.parse(f"{name}:v{number}"), digest)


def test_tag__two_processes_at_once__lose_no_name(store: LocalStore, image: Image) -> None:
    """Builds that end at the same time do not overwrite each other's names."""
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_tag_many, args=(store.root, image.manifest_digest, name)) for name in ("one", "two")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    (stored,) = store.images()
    assert len(stored.tags) == 40


def test_scratch__process_killed__is_removed_by_the_next(store: LocalStore) -> None:
    """What a killed build was working on does not stay, and what a living one works on does."""
    script = """
import os, pathlib, sys
from jupyter_containerize.publishing.store import LocalStore
with LocalStore(pathlib.Path(sys.argv[1])).scratch() as folder:
    (folder / "left").write_text("over")
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run(
        [os.sys.executable, "-c", script, store.root],  # type: ignore[attr-defined]
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    left = Path(done.stdout.strip())
    assert (left / "left").exists()
    with store.scratch() as mine, store.scratch() as other:
        assert not left.exists()
        assert mine.is_dir()
        assert other.is_dir()
    assert list((store.root / "scratch").iterdir()) == []


def test_root_of__two_layers__stacks_them(store: LocalStore, image: Image) -> None:
    """The root has the files of all layers, and the places that a container mounts over."""
    with store.root_of(image.layers) as root:
        assert (root / "app" / "main").read_bytes() == b"main"
        assert (root / "bin" / "hi").readlink() == Path("hello")
        assert {path.name for path in root.iterdir()} == {"app", "bin", "dev", "proc", "sys", "tmp"}
    assert not root.exists()
    assert (store.unpacked_layer(image.layers[1]) / "app" / "main").read_bytes() == b"main"


def test_store__in_skopeo__is_a_layout(store: LocalStore, image: Image) -> None:
    """Any OCI tool can take an image from the store by name."""
    store.tag(IRIS, image.manifest_digest)
    done = subprocess.run(["skopeo", "inspect", f"oci:{store.root}:iris:latest"], check=True, capture_output=True)
    assert json.loads(done.stdout)["Digest"] == image.manifest_digest


def test_make_layer__unreadable_source__names_the_file(store: LocalStore, tmp_path: Path) -> None:
    """What the system forbids is said with its path."""
    (tmp_path / "folder").write_text("")
    entry = LayerEntry(
        path="a", kind=EntryKind.FILE, mode=0o644, size_bytes=1, open=(tmp_path / "folder" / "x").open  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(NotWritable) as caught:
        store.make_layer("key", [entry], cancel=CancelToken())
    assert caught.value.path == tmp_path / "folder" / "x"
