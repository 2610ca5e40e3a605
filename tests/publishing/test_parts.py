"""Parts of layers: made once, joined often, found out when they are damaged."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tarfile
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Compression
from jupyter_containerize.oci import LayerMisplanned, open_plain, write_part
from jupyter_containerize.publishing.parts import Owners
from jupyter_containerize.publishing.store import LocalStore
from tests.oci.small import SMALL, file, folder

OTHER = (folder("srv"), file("srv/a", b"a" * 5000))
BOTH = pytest.mark.parametrize("compression", list(Compression))


def names(store: LocalStore, layer) -> list[str]:
    """Return what is in a layer of the store."""
    with (
        store.blob_path(layer.digest).open("rb") as blob,
        open_plain(blob, layer.media_type, "layer") as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        return tar.getnames()


@BOTH
def test_make_part__again__is_found_by_its_key(store: LocalStore, compression: Compression) -> None:
    """A part that was made once is there for every later build, with what was left out of it."""
    kept = store.make_part("key", SMALL, cancel=CancelToken(), compression=compression, left_out={"tests": 5})
    assert store.part("key") == LocalStore(store.root).part("key") == kept
    assert kept.left_out == {"tests": 5}
    assert store.part("other") is None


@BOTH
def test_join_layer__several_parts__is_a_layer_of_all(store: LocalStore, compression: Compression) -> None:
    """The layer is found by its own key afterwards, and has the members of all."""
    for key, entries in (("one", SMALL), ("two", OTHER)):
        store.make_part(key, entries, cancel=CancelToken(), compression=compression)
    layer = store.join_layer("layer", ["one", "two"], cancel=CancelToken(), compression=compression)
    assert layer is not None
    assert store.cached_layer("layer") == layer
    assert sorted(names(store, layer)) == sorted(entry.path for entry in (*SMALL, *OTHER))
    assert f"sha256:{hashlib.sha256(store.blob_path(layer.digest).read_bytes()).hexdigest()}" == layer.digest


def test_join_layer__one_part__shares_its_bytes(store: LocalStore) -> None:
    """A layer of one part is not written twice."""
    kept = store.make_part("one", SMALL, cancel=CancelToken())
    layer = store.join_layer("layer", ["one"], cancel=CancelToken())
    assert layer is not None
    assert store.blob_path(layer.digest).samefile(store.parts / "one")
    assert layer == kept.part.layer


def test_join_layer__no_hard_links__copies(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without links holds the bytes twice, and loses nothing."""

    def refuse(*_: object) -> None:
        raise OSError(95, os.strerror(95))

    store.make_part("one", SMALL, cancel=CancelToken())
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    layer = store.join_layer("layer", ["one"], cancel=CancelToken())
    assert layer is not None
    assert store.cached_layer("layer") == layer
    assert not store.blob_path(layer.digest).samefile(store.parts / "one")


def truncated(path: Path) -> None:
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-20])


def changed(path: Path) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def rotten(path: Path) -> None:
    """Change one byte, as a failing disk does: the file's times stay."""
    times = path.stat()
    changed(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def gone(path: Path) -> None:
    """Remove it."""
    path.unlink()


def no_record(path: Path) -> None:
    """Remove what is known of it."""
    path.with_name(f"{path.name}.json").unlink()


def half_record(path: Path) -> None:
    """Lose the end of what is known of it."""
    record = path.with_name(f"{path.name}.json")
    record.write_bytes(record.read_bytes()[:-9])


def other_record(path: Path) -> None:
    """Have a record of something else."""
    path.with_name(f"{path.name}.json").write_text("{}")


@pytest.mark.parametrize("harm", [truncated, changed, rotten, gone, no_record, half_record, other_record])
def test_join_layer__damaged_part__is_not_used(store: LocalStore, harm) -> None:
    """A part that is not what it was makes no layer; it is told as missing, and is made again."""
    for key, entries in (("one", SMALL), ("two", OTHER)):
        store.make_part(key, entries, cancel=CancelToken())
    harm(store.parts / "two")
    assert store.join_layer("layer", ["one", "two"], cancel=CancelToken()) is None
    assert store.cached_layer("layer") is None
    assert store.part("one") is not None
    assert store.part("two") is None
    store.make_part("two", OTHER, cancel=CancelToken())
    assert store.join_layer("layer", ["one", "two"], cancel=CancelToken()) is not None


def test_make_part__fails__leaves_nothing(store: LocalStore) -> None:
    """A wrong entry or a cancel: no part, and nothing of one."""
    cancel = CancelToken()
    with pytest.raises(LayerMisplanned):
        store.make_part("key", [file("a/b")], cancel=cancel)
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.make_part("key", SMALL, cancel=cancel)
    assert list(store.parts.iterdir()) == []


def _make(root: Path) -> None:
    store = LocalStore(root)
    store.make_part("key", SMALL, cancel=CancelToken())
    assert store.join_layer("layer", ["key"], cancel=CancelToken()) is not None


def test_make_part__several_processes_at_once__all_finish(store: LocalStore) -> None:
    """Whoever is last wins, and the part is whole."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(_make, [store.root] * 8)
    assert store.part("key") is not None
    assert sorted(path.name for path in store.parts.iterdir()) == ["key", "key.json"]


def test_owners__same_path__only_with_the_same_content(tmp_path: Path) -> None:
    """The first path that two parts fill differently is told, with whose it was."""
    parts = []
    for content in (b"same", b"same", b"other"):
        with (tmp_path / "blob").open("wb") as blob:
            parts.append(write_part([folder("a"), file("a/b", content)], blob))
    owners = Owners()
    assert [owners.add(f"part {number}", part) for number, part in enumerate(parts)] == [
        None,
        None,
        ("a/b", "part 0"),
    ]
