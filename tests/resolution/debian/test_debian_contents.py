"""From a library's name to the package that brings it."""

from __future__ import annotations

import gzip
import json

import pytest
from tiny_archive import CODENAME, PYTHON

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.resolution.debian import IndexDamaged, SignatureInvalid
from jupyter_containerize.resolution.debian.contents import owners_of
from jupyter_containerize.resolution.debian.releases import release_with
from jupyter_containerize.transport import HashMismatch, TooLarge, Transport

LINES = """\
bin/tool                                            utils/tool
lib/x86_64-linux-gnu/libold.so.1                    libs/libold1
usr/lib/x86_64-linux-gnu/libgomp.so.1               libs/libgomp1
usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0           libs/libgomp1
usr/lib/gcc/x86_64-linux-gnu/12/libgomp.so          libdevel/libgcc-12-dev
usr/lib/x86_64-linux-gnu/libX11.so.6                contrib/libs/aaa,libs/libx11-6
usr/lib/x86_64-linux-gnu/libmagic.so.1              libs/libmagic1t64,libs/libmagic-other
usr/lib/x86_64-linux-gnu/libq.so                    libdevel/libq-dev
usr/lib/x86_64-linux-gnu/libr.so                    libdevel/libr-dev,libs/libr-other,libs/libr-one
usr/lib/aarch64-linux-gnu/libarm.so.1               libs/libarm1
usr/lib/x86_64-linux-gnu/blas/libblas.so.3          libs/libblas3
usr/lib64/libsixty.so.4                             libs/libsixty4
usr/lib/libplain.so.2                               libs/libplain2
usr/share/a folder/lib x.so.1                       doc/y
"""

OWNERS = {
    "libgomp.so.1": "libgomp1",
    "libold.so.1": "libold1",
    # Named after the library, though another one comes first.
    "libX11.so.6": "libx11-6",
    "libmagic.so.1": "libmagic1t64",
    "libr.so": "libr-one",
    "libsixty.so.4": "libsixty4",
    "libplain.so.2": "libplain2",
    # One of several that alternatives choose among.
    "libblas.so.3": "libopenblas0-pthread",
    # Only for those who compile; of another processor; of nobody.
    "libq.so": None,
    "libarm.so.1": None,
    "libnone.so.9": None,
}


@pytest.fixture
def owners(mirror, tmp_path):
    """Ask the mirror, which has the lines above."""
    mirror.contents = gzip.compress(LINES.encode(), mtime=0)
    mirror.write()

    def call(*sonames, cancel=None):
        return owners_of(
            sonames or tuple(OWNERS),
            archive=mirror.archive(),
            release=release_with(PYTHON),
            transport=Transport(timeout_seconds=5, retries=0),
            cache=tmp_path / "cache",
            cancel=cancel or CancelToken(),
        )

    return call


def test_owners_of__libraries__have_the_packages_that_bring_them(owners):
    """The loader's own folders count, and ties go by the stated rule."""
    assert owners() == {soname: package for soname, package in OWNERS.items() if package}


def test_owners_of__asked_again__fetches_the_index_once(owners, mirror, tmp_path):
    """Only the small map is kept; the signed index says that it is still right."""
    owners()
    mirror.requests.clear()
    assert owners("libgomp.so.1") == {"libgomp.so.1": "libgomp1"}
    assert mirror.requests == [(f"/dists/{CODENAME}/InRelease", 304)]
    assert not list(tmp_path.glob("cache/*/*.contents"))


def test_owners_of__another_index__replaces_the_map(owners, mirror, tmp_path):
    """An archive that changed is asked anew, and nothing old stays."""
    owners()
    mirror.contents = gzip.compress(b"usr/lib/x86_64-linux-gnu/libgomp.so.1 libs/libgomp7\n", mtime=0)
    mirror.write()
    assert owners("libgomp.so.1") == {"libgomp.so.1": "libgomp7"}
    assert len(list(tmp_path.glob("cache/*/libraries-*.json"))) == 1


def test_owners_of__mirror_halfway_between_two_states__says_what_was_signed_before(owners, mirror):
    """A mirror may have the new release file for hours before the index that it names."""
    before = owners()
    old = mirror.contents
    mirror.contents = gzip.compress(b"usr/lib/x86_64-linux-gnu/libgomp.so.1 libs/libgomp7\n", mtime=0)
    mirror.write()
    for path in mirror.root.glob(f"dists/{CODENAME}/main/**/*"):
        if path.is_file() and path.read_bytes() == mirror.contents:
            path.write_bytes(old)
    assert owners() == before


def test_owners_of__map_damaged__is_made_again(owners, tmp_path):
    """A half-written file counts as none."""
    first = owners()
    (kept,) = tmp_path.glob("cache/*/libraries-*.json")
    kept.write_text(json.dumps({"libgomp.so.1": ["x"]})[:-3])
    assert owners() == first


def test_owners_of__nothing_missing__asks_nobody(mirror, tmp_path):
    """Most notebooks need no index of files."""
    mirror.requests.clear()
    assert (
        owners_of(
            (),
            archive=mirror.archive(),
            release=release_with(PYTHON),
            transport=Transport(),
            cache=tmp_path / "cache",
            cancel=CancelToken(),
        )
        == {}
    )
    assert mirror.requests == []


GARBAGE = {
    "no gzip": b"<html>404</html>",
    "cut": gzip.compress(LINES.encode() * 500)[:-40],
    "no paths": gzip.compress(b"hello\n" * 10),
    "a line without end": gzip.compress(bytes(1 << 18)),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_owners_of__signed_garbage__is_damaged(case, owners, mirror):
    """What is signed and no index of files is said to be that."""
    mirror.contents = GARBAGE[case]
    mirror.write()
    with pytest.raises(IndexDamaged) as caught:
        owners()
    assert caught.value.url.endswith("main/Contents-amd64.gz")


def test_owners_of__another_file_than_the_signed_one__is_refused(owners, mirror):
    """Nobody between us and the archive can name a package."""
    (path,) = mirror.root.glob(f"dists/{CODENAME}/main/by-hash/SHA256/*")
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises((HashMismatch, TooLarge)):
        owners()


def test_owners_of__index_by_name_alone__is_taken(owners, mirror):
    """The index of files is the one that partial mirrors most often lack under its hash."""
    (path,) = mirror.root.glob(f"dists/{CODENAME}/main/by-hash/SHA256/*")
    path.rename(mirror.root / f"dists/{CODENAME}/main/Contents-amd64.gz")
    assert owners("libgomp.so.1") == {"libgomp.so.1": "libgomp1"}


def test_owners_of__bad_signature__is_refused(owners, mirror):
    """An index that nobody whom we trust signed is not read."""
    mirror.change = lambda _, message: message.replace(b"Suite: stable", b"Suite: sTable")
    mirror.write()
    with pytest.raises(SignatureInvalid):
        owners()


def test_owners_of__archive_without_an_index_of_files__is_told(owners, mirror):
    """A mirror that leaves it out cannot say who brings a library."""
    mirror.contents = None
    mirror.write()
    with pytest.raises(IndexDamaged) as caught:
        owners()
    assert caught.value.missing == "main/Contents-amd64.gz"


def test_owners_of__cancelled__stops(owners, tmp_path):
    """While the index is read, a cancel is heard, and no map is left."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        owners(cancel=cancel)
    assert not list(tmp_path.glob("cache/*/libraries-*.json"))
