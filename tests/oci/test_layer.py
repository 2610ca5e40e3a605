"""Layers: what is in the tar, that it is always the same, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.image import EntryKind, LayerEntry
from jupyter_containerize.oci import LAYER_TIME, LayerMisplanned
from tests.oci.small import SMALL, file, folder, hardlink, layer_bytes, symlink

SMALL_DIFF_ID = "sha256:a3dbe4f57d7e55be8ff16f72e70e68312227131bd83272340505828735e3d721"


def test_write_layer__any__digests_are_of_the_bytes() -> None:
    """Digest, size and diff_id are what reading the blob says."""
    layer, blob = layer_bytes(SMALL)
    assert layer.digest == f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert layer.diff_id == f"sha256:{hashlib.sha256(gzip.decompress(blob)).hexdigest()}"
    assert layer.size_bytes == len(blob)


def test_write_layer__read_by_tarfile__gives_the_entries_back() -> None:
    """Another reader sees every path, kind, mode, owner, time, link and content."""
    with tarfile.open(fileobj=BytesIO(layer_bytes(SMALL)[1])) as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == [entry.path for entry in SMALL]
        assert {(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members} == {(0, 0, "", "", LAYER_TIME)}
        assert [oct(m.mode) for m in members] == ["0o755", "0o755", "0o777", "0o644", "0o1777", "0o644"]
        assert [m.type for m in members] == [b"5", b"0", b"2", b"1", b"5", b"0"]
        assert [m.linkname for m in members] == ["", "", "hello", "bin/hello", "", ""]
        content = tar.extractfile(members[1])
        assert content is not None
        assert content.read() == b"#!/bin/hello\n"


REFUSED: dict[str, tuple[LayerEntry, ...]] = {
    "absolute": (folder("/bin"),),
    "above": (folder("a"), folder("a/.."), folder("a/../b")),
    "empty part": (folder("a"), folder("a//b")),
    "NUL": (folder("a\0b"),),
    "unsorted": (folder("b"), folder("a")),
    "twice": (folder("a"), folder("a")),
    "no folder": (file("a/b"),),
    "in a file": (file("a"), file("a/b")),
    "whiteout": (file(".wh.a"),),
    "link to later": (hardlink("a", "b"), file("b")),
    "link to nothing": (symlink("a", ""),),
    "file without content": (LayerEntry(path="a", kind=EntryKind.FILE, mode=0o644),),
    "shorter": (LayerEntry(path="a", kind=EntryKind.FILE, mode=0o644, size_bytes=9, open=BytesIO),),
    "longer": (LayerEntry(path="a", kind=EntryKind.FILE, mode=0o644, open=lambda: BytesIO(b"x")),),
}


@pytest.mark.parametrize("entries", REFUSED.values(), ids=REFUSED)
def test_write_layer__broken_promise__names_the_path(entries: tuple[LayerEntry, ...]) -> None:
    """A buildpack's mistake is found while the layer is written, and names the entry."""
    with pytest.raises(LayerMisplanned) as caught:
        layer_bytes(entries)
    assert caught.value.path in {entry.path for entry in entries}
    assert caught.value.rule


PATHS = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=160).filter(
    lambda text: text not in {".", ".."} and not text.startswith(".wh.")
)


@given(st.dictionaries(PATHS, st.tuples(st.binary(max_size=2000), st.integers(0, 0o7777)), max_size=8))
def test_write_layer__any_files__round_trip_and_repeat(files: dict[str, tuple[bytes, int]]) -> None:
    """Any names and contents come back from the tar, and two runs give the same bytes."""
    entries = tuple(file(path, content, mode) for path, (content, mode) in sorted(files.items()))
    layer, blob = layer_bytes(entries)
    assert layer_bytes(entries) == (layer, blob)
    with tarfile.open(fileobj=BytesIO(blob)) as tar:
        read = {member.name: tar.extractfile(member) for member in tar}
        assert {name: content.read() for name, content in read.items() if content} == {
            path: content for path, (content, _) in files.items()
        }
