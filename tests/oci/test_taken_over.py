"""Files that come as gzip members: a layer takes them over, and is one like any other."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO

import deflate
import pytest

from jupyter_containerize.domain.image import Compression, LayerEntry
from jupyter_containerize.oci import LayerMisplanned, join_parts, open_plain, write_layer, write_part
from tests.oci.small import file, folder

CONTENT = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(5000))
# Another level than ours, so that its bytes are recognised.
MEMBER = bytes(deflate.gzip_compress(CONTENT, 9))
# A change here is a decision, as in tests/oci/test_pieces.py.
KNOWN = "sha256:224d55ab89bbfeb5e6cbcddbba601115ed9d6d1eb1a693a7f44db4cdfd78c3cb"


def with_member(path: str, content: bytes, pairs: list[tuple[bytes, bytes]]) -> LayerEntry:
    """Return a file that comes compressed as well."""

    def gzipped() -> Iterator[tuple[bytes, bytes | memoryview]]:
        yield from pairs

    return dataclasses.replace(file(path, content), gzipped=gzipped)


def in_steps(content: bytes, member: bytes, step: int) -> list[tuple[bytes, bytes]]:
    """Return pairs that do not end at the same places."""
    compressed = [member[at : at + step] for at in range(0, len(member), step)]
    return [(compressed[0], b""), *((part, b"") for part in compressed[1:]), (b"", content[:7]), (b"", content[7:])]


LARGE = with_member("lib/large", CONTENT, [(MEMBER, CONTENT)])
ENTRIES = (folder("lib"), file("lib/before", b"b" * 700), LARGE, file("lib/next", b"n"))


def test_write_part__file_of_a_member__has_that_member_and_all_files() -> None:
    """What was compressed is in the blob as it is; the tar, its digests and the part's facts are those of the files."""
    blob, again = BytesIO(), BytesIO()
    part = write_part(ENTRIES, blob)
    plainly = write_part([dataclasses.replace(entry, gzipped=None) for entry in ENTRIES], again)
    assert part.layer.digest == KNOWN
    assert MEMBER in blob.getvalue()
    assert part.layer.digest == f"sha256:{hashlib.sha256(blob.getvalue()).hexdigest()}"
    assert (part.layer.diff_id, part.files, part.plain_bytes) == (
        plainly.layer.diff_id,
        plainly.files,
        plainly.plain_bytes,
    )
    assert part.layer.size_bytes == len(blob.getvalue())
    tar = subprocess.run(["gzip", "-dc"], input=blob.getvalue(), capture_output=True, check=True).stdout
    assert f"sha256:{hashlib.sha256(tar).hexdigest()}" == part.layer.diff_id
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        assert [member.name for member in archive] == [entry.path for entry in ENTRIES]


def test_write_layer__member_in_other_steps__the_same_bytes() -> None:
    """How the member is handed over does not matter."""
    found = set()
    for step in (10, 1000, len(MEMBER)):
        large = with_member("lib/large", CONTENT, in_steps(CONTENT, MEMBER, step))
        blob = BytesIO()
        layer = write_layer((ENTRIES[0], large), blob)
        found.add((layer, blob.getvalue()))
    assert len(found) == 1


def test_join_parts__of_members__are_joined_like_others() -> None:
    """A joined layer is read as a whole."""
    data = BytesIO()
    part = write_part(ENTRIES, data)
    other = BytesIO()
    second = write_part((folder("opt"), file("opt/a", b"a")), other)
    blob = BytesIO()
    layer = join_parts([(part, BytesIO(data.getvalue())), (second, BytesIO(other.getvalue()))], blob)
    with open_plain(BytesIO(blob.getvalue()), layer.media_type, "layer") as reader:
        tar = reader.read()
    assert f"sha256:{hashlib.sha256(tar).hexdigest()}" == layer.diff_id


NOT_TAKEN = {
    "small": (with_member("lib/large", CONTENT[:60_000], [(b"never", b"read")]), Compression.GZIP),
    "zstd": (with_member("lib/large", CONTENT, [(b"never", b"read")]), Compression.ZSTD),
}


@pytest.mark.parametrize(("entry", "compression"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_write_layer__member_of_no_use__is_compressed_like_others(entry: LayerEntry, compression: Compression) -> None:
    """A small file is smaller with its neighbours, and another compression is another."""
    layers = [
        write_layer((folder("lib"), one), BytesIO(), compression)
        for one in (entry, dataclasses.replace(entry, gzipped=None))
    ]
    assert layers[0] == layers[1]


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"], ids=["less", "more"])
def test_write_layer__member_of_another_size__is_refused(content: bytes) -> None:
    """What a member means is as long as the file."""
    entry = with_member("lib/large", CONTENT, [(gzip.compress(content), content)])
    with pytest.raises(LayerMisplanned, match="lib/large"):
        write_layer((folder("lib"), entry), BytesIO())
