"""Wheels, sizes and licences come from an index, and little is fetched to know them."""

from __future__ import annotations

import os
import random
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from index_server import IndexServer, index_server
from small_wheels import make_sdist, make_wheel

from jupyter_containerize.resolution.availability import (
    PackageFacts,
    facts,
    image_bytes,
    missing_modules,
    wheels_for,
)
from jupyter_containerize.resolution.errors import IndexUnreachable, ResolverFailed
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.simple_index import SimpleIndex
from jupyter_containerize.transport import HashMismatch

AMD64, ARM64 = "linux/amd64", "linux/arm64"
TAGS = {
    "pure": (["py3-none-any"], True, True),
    "x86 alone": (["cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"], True, False),
    "both": (["cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_28_aarch64"], True, True),
    "newer glibc": (["cp311-cp311-manylinux_2_39_x86_64"], False, False),
    "stable ABI": (["cp38-abi3-manylinux_2_17_aarch64"], False, True),
    "another Python": (["cp312-cp312-manylinux_2_17_x86_64"], False, False),
    "other systems": (
        ["cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64", "cp311-cp311-musllinux_1_1_x86_64"],
        False,
        False,
    ),
    "nothing": ([], False, False),
}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IndexServer]:
    """Run an index that pip is configured for."""
    with index_server(tmp_path / "wheels") as running:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{running.host}/simple")
        yield running


def _index() -> SimpleIndex:
    return SimpleIndex(PackageIndex.from_environment())


def _large_wheel(folder: Path, *, entries: int = 1, metadata_first: bool = False) -> Path:
    """Make a wheel of some 6 MB that does not compress; its METADATA is near one end."""
    path = make_wheel(folder, "large", "1.0", headers="License: MIT\n")
    with zipfile.ZipFile(path) as small:
        members = {name: small.read(name) for name in small.namelist()}
    noise = random.Random(1).randbytes(6 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        if metadata_first:
            wheel.writestr("large-1.0.dist-info/METADATA", members.pop("large-1.0.dist-info/METADATA"))
        wheel.writestr("large/data.bin", noise)
        for number in range(entries - 1):
            wheel.writestr(f"large/{'long_name_' * 8}{number}.txt", b"")
        for name, content in members.items():
            wheel.writestr(name, content)
    return path


@pytest.mark.parametrize(("tags", "amd64", "arm64"), TAGS.values(), ids=TAGS)
@pytest.mark.parametrize("html", [False, True])
def test_wheels_for__tags__say_which_platforms_are_served(tags, amd64, arm64, html, server):
    """Each platform has an answer of its own, from either form of the page."""
    server.html = html
    for tag in tags:
        make_wheel(server.folder, "some-dist", "1.0", tag=tag)
    make_wheel(server.folder, "some-dist", "2.0")
    found = wheels_for(_index(), "Some.Dist", "1.0", "3.11", [ARM64, AMD64], glibc_minor=36)
    assert found == ((ARM64, arm64), (AMD64, amd64))


def test_wheels_for__builds_and_spellings__are_the_same_version(server):
    """A label that the index lacks, and another spelling of the version, lead to the public version."""
    make_wheel(server.folder, "torch", "2.0.0")
    for version in ("2.0.0", "2.0", "2.0.0+cu118"):
        assert wheels_for(_index(), "torch", version, "3.11", [AMD64], glibc_minor=36) == ((AMD64, True),)
    for version in ("2.0.1", "not a version", "9" * 5000):
        assert wheels_for(_index(), "torch", version, "3.11", [AMD64], glibc_minor=36) == ((AMD64, False),)


def test_wheels_for__platform__is_also_known_as_uv_names_it(server):
    """The platform of a lock is understood; an unknown one is not passed over."""
    make_wheel(server.folder, "a", "1", tag="cp311-cp311-manylinux_2_28_aarch64")
    platforms = ["aarch64-manylinux_2_28", "aarch64-manylinux_2_17"]
    assert [has for _, has in wheels_for(_index(), "a", "1", "3.11", platforms, glibc_minor=0)] == [True, False]
    with pytest.raises(ResolverFailed):
        wheels_for(_index(), "a", "1", "3.11", ["plan9/mips"], glibc_minor=36)


def test_wheels_for__folder_of_wheels__is_an_index(tmp_path, monkeypatch):
    """Where pip is told to look in a folder alone, nothing else is asked."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    path = make_wheel(tmp_path / "links", "a", "1", headers="Summary: Short.\n", more={"a/data.txt": "x" * 1000})
    make_sdist(tmp_path / "links", "b", "1")
    assert wheels_for(_index(), "a", "1", "3.11", [ARM64], glibc_minor=36) == ((ARM64, True),)
    assert wheels_for(_index(), "b", "1", "3.11", [ARM64], glibc_minor=36) == ((ARM64, False),)
    assert image_bytes(_index(), "a", "1", "3.11", ARM64, glibc_minor=36) == _bytes_of(path)
    assert facts(_index(), "a", "1") == PackageFacts(license="", summary="Short.")


@pytest.mark.parametrize("first_index_only", [False, True])
def test_wheels_for__several_indexes__are_read_as_the_resolver_reads_them(first_index_only, tmp_path, monkeypatch):
    """Pip takes all indexes together; with uv the first that knows the name hides the others."""
    with index_server(tmp_path / "one") as one, index_server(tmp_path / "two") as two:
        make_wheel(one.folder, "a", "1.0")
        make_wheel(two.folder, "a", "2.0")
        names = ("UV_DEFAULT_INDEX", "UV_INDEX") if first_index_only else ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
        for name, server in zip(names, (two, one), strict=True):
            monkeypatch.setenv(name, f"http://me:secret@{server.host}/simple/")
            server.password = "Basic bWU6c2VjcmV0"
        index = _index()
        found = [wheels_for(index, "a", version, "3.11", [AMD64], glibc_minor=36)[0][1] for version in ("1.0", "2.0")]
        assert found == [True, not first_index_only]
        assert all("secret" not in file.url for file in index.wheels("a", "1.0"))
        assert ("/simple/a/" in two.sent) is not first_index_only


def _bytes_of(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as archive:
        return sum(member.file_size for member in archive.infolist())


@pytest.mark.parametrize("sizes", [False, True])
@pytest.mark.parametrize("entries", [1, 2000])
def test_image_bytes__ranges__reads_the_list_alone(sizes, entries, server):
    """The sum is that of the files, and the end of the wheel is all that is fetched, however long the list."""
    server.sizes = sizes
    path = _large_wheel(server.folder, entries=entries)
    assert image_bytes(_index(), "large", "1.0", "3.11", AMD64, glibc_minor=36) == _bytes_of(path)
    assert server.sent[f"/files/{path.name}"] < 500_000


def test_image_bytes__no_ranges__is_known_for_small_wheels(server):
    """A server that sends no parts is asked for a whole wheel, if it is small."""
    server.ranges = False
    small = make_wheel(server.folder, "small", "1.0", more={"small/data.txt": "x" * 5000})
    _large_wheel(server.folder)
    index = _index()
    assert image_bytes(index, "small", "1.0", "3.11", AMD64, glibc_minor=36) == _bytes_of(small)
    assert image_bytes(index, "large", "1.0", "3.11", AMD64, glibc_minor=36) is None


def test_image_bytes__platform__is_of_the_wheel_that_fits_best(server):
    """Each platform has the size of its own wheel; without a wheel there is none."""
    plain = make_wheel(server.folder, "a", "1")
    made = make_wheel(server.folder, "a", "1", tag="cp311-cp311-manylinux_2_17_x86_64", more={"a/x.so": "x" * 900})
    index = _index()
    assert image_bytes(index, "a", "1", "3.11", AMD64, glibc_minor=36) == _bytes_of(made)
    assert image_bytes(index, "a", "1", "3.11", ARM64, glibc_minor=36) == _bytes_of(plain)
    assert image_bytes(index, "a", "2", "3.11", ARM64, glibc_minor=36) is None


def test_image_bytes__wheel_is_no_zip__is_not_known(server):
    """A broken file on the index is no crash."""
    make_wheel(server.folder, "a", "1").write_bytes(b"x" * 100)
    server.metadata = False
    assert image_bytes(_index(), "a", "1", "3.11", AMD64, glibc_minor=36) is None
    assert facts(_index(), "a", "1") == PackageFacts(license="", summary="")


HEADERS = {
    "expression": (
        "License-Expression: MIT\nSummary: What it does.\n",
        PackageFacts(license="MIT", summary="What it does."),
    ),
    "classifier": (
        "License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n",
        PackageFacts(license="BSD License", summary=""),
    ),
    "text": ("License: BSD\n        Copyright\nSummary: S\n", PackageFacts(license="", summary="S")),
    "none": ("", PackageFacts(license="", summary="")),
}


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(("headers", "expected"), HEADERS.values(), ids=HEADERS)
def test_facts__metadata__beside_or_inside_the_wheel(headers, expected, beside, server):
    """Licence and summary are found wherever the index has the metadata."""
    server.metadata = beside
    path = make_wheel(server.folder, "a", "1", headers=headers)
    assert facts(_index(), "a", "1.0") == expected
    assert (f"/files/{path.name}.metadata" in server.sent) is beside
    assert (f"/files/{path.name}" in server.sent) is not beside


@pytest.mark.parametrize("metadata_first", [False, True])
def test_facts__large_wheel__reads_no_more_than_it_must(metadata_first, server):
    """Metadata inside of a large wheel is fetched without the rest, wherever it is."""
    server.metadata = False
    path = _large_wheel(server.folder, metadata_first=metadata_first)
    assert facts(_index(), "large", "1.0").license == "MIT"
    assert server.sent[f"/files/{path.name}"] < 500_000


def test_facts__hash_differs__is_not_believed(server):
    """What is not what the index promised is an error."""
    server.wrong_hash = True
    make_wheel(server.folder, "a", "1")
    with pytest.raises(HashMismatch):
        facts(_index(), "a", "1")


def _ask_all(index: SimpleIndex, cache: Path) -> object:
    return (
        wheels_for(index, "a", "1", "3.11", [AMD64, ARM64], glibc_minor=36, cache=cache),
        image_bytes(index, "a", "1", "3.11", AMD64, glibc_minor=36, cache=cache),
        facts(index, "a", "1", cache=cache),
    )


def _missing(cache: Path) -> object:
    return missing_modules(_index(), "a", "1", "3.11", AMD64, modules=("a", "elsewhere.b"), glibc_minor=36, cache=cache)


def test_cache__asked_again__asks_nobody(server, tmp_path):
    """Answers are kept for a week; that there is no wheel is not believed for longer than it takes to ask."""
    make_wheel(server.folder, "a", "1", headers="License: MIT\n")
    cache = tmp_path / "cache"
    before = _ask_all(_index(), cache)
    server.sent.clear()
    assert _ask_all(_index(), cache) == before
    assert not server.sent
    assert not wheels_for(_index(), "a", "2", "3.11", [AMD64], glibc_minor=36, cache=cache)[0][1]
    make_wheel(server.folder, "a", "2")
    assert wheels_for(_index(), "a", "2", "3.11", [AMD64], glibc_minor=36, cache=cache)[0][1]
    long_ago = time.time() - 8 * 24 * 3600
    for path in cache.iterdir():
        os.utime(path, (long_ago, long_ago))
    server.sent.clear()
    assert _ask_all(_index(), cache) == before
    assert list(server.sent) == ["/simple/a/"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[1, 2]", b"null", b'{"a": 1}', b'"text"', b"[[]]"])
def test_cache__damaged__asks_again(content, server, tmp_path):
    """What is no answer of that kind counts as none."""
    make_wheel(server.folder, "a", "1", headers="License: MIT\n")
    cache = tmp_path / "cache"
    before = (*_ask_all(_index(), cache), _missing(cache))
    assert len(list(cache.iterdir())) == 4
    for path in cache.iterdir():
        path.write_bytes(content)
    assert (*_ask_all(_index(), cache), _missing(cache)) == before


@pytest.mark.parametrize("status", [401, 403, 500])
def test_index__refuses__is_unreachable(status, server):
    """A refusal is not the news that there is no wheel."""
    server.status = status
    index = SimpleIndex(PackageIndex.from_environment())
    index.transport.retries = 0
    with pytest.raises(IndexUnreachable) as caught:
        wheels_for(index, "a", "1", "3.11", [AMD64], glibc_minor=36)
    assert str(status) in caught.value.reason


def test_index__nobody_there__is_unreachable(monkeypatch):
    """No answer is not the news that there is no wheel."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PIP_INDEX_URL", f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}/simple")
    with pytest.raises(IndexUnreachable) as caught:
        facts(_index(), "a", "1")
    assert "secret" not in str(caught.value)
