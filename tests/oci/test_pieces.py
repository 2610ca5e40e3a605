"""Compression in pieces: known bytes, the same however they arrive, joined without compressing again."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from itertools import pairwise

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_containerize.domain.image import Compression, EntryKind, Layer, LayerEntry
from jupyter_containerize.oci import (
    ImageUnreadable,
    Part,
    join_parts,
    layer_format,
    media,
    open_plain,
    overlapping,
    write_layer,
    write_part,
)
from jupyter_containerize.oci.pieces import Compressor, codec
from tests.oci.small import SMALL, file, folder
from tests.oci.test_layer import SMALL_DIFF_ID

BOTH = pytest.mark.parametrize("compression", list(Compression))

# A change here is a decision: every image of every user gets other digests, and every store makes its layers again.
# The formats name the compressors' versions; where one of them changes, these change with it.
KNOWN_FORMAT = {
    Compression.GZIP: "4 time=315532801 gzip=deflate-0.9.0/5/1048576/0.98/65536",
    Compression.ZSTD: "4 time=315532801 zstd=1.5.7/3/4194304",
}
KNOWN_DIGEST = {
    Compression.GZIP: "sha256:f04e5287e75d817e5aa5a5e17cb14b6bb94aca71f533b235b3668f74af94b08d",
    Compression.ZSTD: "sha256:3a184474d6a8929aaac5e4c8268cb90aca2839deb47ccc58e8ab61e96656128f",
}
KNOWN_PART = {
    Compression.GZIP: "sha256:a6d55b270708a9c1b6648e3545938e9772ab95b8b3a6e9606afa35af4fed2586",
    Compression.ZSTD: "sha256:776d19396f9faa01d5d421d52315b074c33af541e1ed15bf182561787c2332c8",
}
# Three megabytes that compress a little, in more than one piece: what a compressor makes of real content.
KNOWN_LARGE = {
    Compression.GZIP: "sha256:0ac238eb6b89c683aaaa9231c8ce5a129313c55c2e4a4a24860720d9e0245fb6",
    Compression.ZSTD: "sha256:7d4053fd370ea4c8bd83b03acee03cdc7d58b94e3fcaf9b5c3fb7b52fcfa0b17",
}
OTHERS = ((folder("srv"), file("srv/b", b"b" * 3_000_000)), (folder("srv"), file("srv/c", b"")), SMALL)


def large() -> tuple[LayerEntry, ...]:
    """Return a layer of several pieces, always the same."""
    words = [hashlib.sha256(b"%d" % number).digest()[: 2 + number % 10] for number in range(5000)]
    return (file("large", b"".join(words[number * number % 4999] for number in range(450_000))),)


def part_of(entries: tuple[LayerEntry, ...], compression: Compression) -> tuple[Part, bytes]:
    """Return a part and its blob."""
    blob = BytesIO()
    return write_part(entries, blob, compression), blob.getvalue()


def plain(blob: bytes, layer: Layer) -> bytes:
    """Return a layer's tar."""
    with open_plain(BytesIO(blob), layer.media_type, "layer") as reader:
        return reader.read()


@BOTH
def test_write_part__small_layer__has_the_known_digests(compression: Compression) -> None:
    """The format does not change by accident: neither the tar, nor what the compressor makes of it."""
    layer = write_layer(SMALL, BytesIO(), compression)
    assert layer_format(compression) == KNOWN_FORMAT[compression]
    assert (layer.digest, layer.diff_id) == (KNOWN_DIGEST[compression], SMALL_DIFF_ID)
    assert part_of(SMALL, compression)[0].layer.digest == KNOWN_PART[compression]
    assert part_of(large(), compression)[0].layer.digest == KNOWN_LARGE[compression]


@BOTH
def test_write_part__any__says_what_is_in_it(compression: Compression) -> None:
    """The files are named with their hashes, and the sizes are those of the bytes."""
    part, blob = part_of(SMALL, compression)
    assert part.files == {
        "bin/hello": hashlib.sha256(b"#!/bin/hello\n").hexdigest(),
        "bin/hi": "symlink hello",
        "bin/moin": "hardlink bin/hello",
        SMALL[-1].path: hashlib.sha256(b"x" * 700).hexdigest(),
    }
    assert part.folders == {"bin": 0o755, "tmp": 0o1777}
    assert part.layer.size_bytes == len(blob) > part.head_bytes + part.body_bytes
    tar = plain(blob, part.layer)
    assert part.plain_bytes + 1024 == len(tar)
    assert f"sha256:{hashlib.sha256(tar).hexdigest()}" == part.layer.diff_id


@BOTH
@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 9_000_000), max_size=4))
def test_compressor__however_it_is_cut__gives_the_same_bytes(compression: Compression, cuts: list[int]) -> None:
    """The blob does not depend on how the plain bytes arrived."""
    whole = bytes(9_000_000)
    blobs = []
    for places in ([], sorted(cuts)):
        blobs.append(BytesIO())
        with Compressor(codec(compression), blobs[-1]) as out:
            for start, end in pairwise([0, *places, len(whole)]):
                out.write(whole[start:end])
            out.cut()
    assert blobs[0].getvalue() == blobs[1].getvalue()


@BOTH
def test_compressor__other_number_of_processors__the_same_bytes(
    compression: Compression, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One processor or many: the same blob."""
    blobs = []
    for count in (1, 2, 64):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        blobs.append(part_of(large(), compression)[1])
    assert blobs[0] == blobs[1] == blobs[2]


@BOTH
def test_join_parts__several__is_the_layer_of_all_members(compression: Compression) -> None:
    """The joined layer has the members of all, in order, and one end; its digests are those of its bytes."""
    parts = [part_of(entries, compression) for entries in OTHERS]
    blob = BytesIO()
    layer = join_parts([(part, BytesIO(data)) for part, data in parts], blob, compression)
    data = blob.getvalue()
    assert (layer.digest, layer.size_bytes) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    tar = plain(data, layer)
    assert layer.diff_id == f"sha256:{hashlib.sha256(tar).hexdigest()}"
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        found = archive.getnames()
    assert found[:3] == ["bin", "srv", "tmp"]
    assert found[3:] == [entry.path for entries in OTHERS for entry in entries if entry.kind is not EntryKind.DIRECTORY]


def test_overlapping__same_file_in_two__is_told() -> None:
    """Parts with a file at one path cannot be joined; folders in common do not matter."""
    parts = [part_of(entries, Compression.GZIP)[0] for entries in OTHERS]
    assert not overlapping(parts)
    assert overlapping([*parts, parts[0]])


@BOTH
def test_join_parts__one__is_that_part(compression: Compression) -> None:
    """A layer of one part need not be written again."""
    part, data = part_of(SMALL, compression)
    blob = BytesIO()
    assert join_parts([(part, BytesIO(data))], blob, compression) == part.layer
    assert blob.getvalue() == data


def cut_short(data: bytes) -> bytes:
    """Lose the end."""
    return data[: len(data) // 2]


def changed(data: bytes) -> bytes:
    """Change a byte in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def other_end(data: bytes) -> bytes:
    """Change the end marker, which is not copied."""
    return data[:-9] + bytes(9)


def garbage(data: bytes) -> bytes:
    """Have something else in the same size."""
    return bytes([1]) * len(data)


@BOTH
@pytest.mark.parametrize("harm", [cut_short, changed, other_end, garbage])
def test_join_parts__damaged__is_refused(compression: Compression, harm) -> None:
    """A part that is not what was written becomes no part of a layer."""
    part, data = part_of(large(), compression)
    with pytest.raises(ImageUnreadable):
        join_parts([(part, BytesIO(harm(data)))], BytesIO(), compression)


READERS = {
    "gzip": ("gzip -dc", Compression.GZIP),
    "zstd": ("zstd -dc", Compression.ZSTD),
    "GNU tar": ("tar -xzO", Compression.GZIP),
}


@pytest.mark.parametrize(("command", "compression"), READERS.values(), ids=READERS)
def test_write_part__other_reader__reads_all_of_it(command: str, compression: Compression) -> None:
    """Many members or frames in a row are one file to the tools that everybody has."""
    arguments = command.split()
    if shutil.which(arguments[0]) is None:
        pytest.skip(f"{arguments[0]} is not installed")
    part, data = part_of(large(), compression)
    out = subprocess.run(arguments, input=data, capture_output=True, check=True).stdout
    tar = plain(data, part.layer)
    with tarfile.open(fileobj=BytesIO(tar)) as archive:
        content = archive.extractfile("large")
        assert content is not None
        assert out == (content.read() if "tar" in command else tar)


OURS_AND_THEIRS = {
    "one gzip member": (gzip.compress(b"a" * 5_000_000), media.LAYER_GZIP),
    "gzip with zeros at the end": (gzip.compress(b"a" * 5_000_000) + bytes(700), media.LAYER_GZIP),
    "members of nothing": (gzip.compress(b"") + gzip.compress(b"a" * 5_000_000), media.LAYER_GZIP),
    "Docker's name": (gzip.compress(b"a" * 5_000_000), "application/vnd.docker.image.rootfs.diff.tar.gzip"),
    "one zstd frame": (zstandard.compress(b"a" * 5_000_000), media.LAYER_ZSTD),
    "zstd with a frame to skip": (
        zstandard.compress(b"a" * 2_000_000) + b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstandard.compress(b"a" * 3_000_000),
        media.LAYER_ZSTD,
    ),
    "no compression": (b"a" * 5_000_000, media.LAYER_TAR),
}


@pytest.mark.parametrize(("blob", "media_type"), OURS_AND_THEIRS.values(), ids=OURS_AND_THEIRS)
def test_open_plain__whoever_wrote_it__is_read_whole(blob: bytes, media_type: str) -> None:
    """Layers of other builders are read as ours are."""
    with open_plain(BytesIO(blob), media_type, "layer") as reader:
        assert reader.read() == b"a" * 5_000_000


def test_open_plain__unknown_compression__is_named() -> None:
    """What cannot be read is said by its media type."""
    with pytest.raises(ImageUnreadable, match="br"):
        open_plain(BytesIO(b""), "application/vnd.oci.image.layer.v1.tar+br", "layer")


def test_open_plain__bomb__takes_little_memory() -> None:
    """Two hundred megabytes in a few kilobytes are unpacked step by step."""
    script = """
import re, sys
from jupyter_containerize.oci import media, open_plain
blob = open(sys.argv[1], 'rb')
total = 0
with open_plain(blob, sys.argv[2], 'layer') as reader:
    while chunk := reader.read(1 << 16):
        total += len(chunk)
print(total, re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])
"""
    for name, blob in (
        (media.LAYER_GZIP, gzip.compress(bytes(200_000_000))),
        (media.LAYER_ZSTD, zstandard.compress(bytes(200_000_000))),
    ):
        arguments = [sys.executable, "-c", script, "/dev/stdin", name]
        total, peak = map(int, subprocess.run(arguments, input=blob, capture_output=True, check=True).stdout.split())
        assert total == 200_000_000
        assert peak < 100_000
