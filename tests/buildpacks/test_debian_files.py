"""Reading .deb files, and what of them a base keeps."""

from __future__ import annotations

import io
import os
import tarfile

import pytest
from made_debs import COMPRESSORS, ar, content_of, make_deb, tar

from jupyter_containerize.buildpacks.deb import read_deb
from jupyter_containerize.buildpacks.debian_root import LEFT_OUT, package_entries, system_entries
from jupyter_containerize.buildpacks.errors import DebBroken
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import EntryKind


@pytest.mark.parametrize("compression", COMPRESSORS)
def test_read_deb__each_compression__gives_files_and_control(compression, tmp_path):
    """A package is read whatever its tars are compressed with; folders are not kept."""
    path = tmp_path / "x.deb"
    path.write_bytes(
        make_deb(
            {"usr/": "", "usr/bin/x": b"#!", "usr/lib/y": "z"}, control="Package: x\nA: b\n", compression=compression
        )
    )
    deb = read_deb(path, "x")
    assert [(file.path, file.kind, file.mode, file.content, file.link_target) for file in deb.files] == [
        ("usr/bin/x", EntryKind.FILE, 0o755, b"#!", ""),
        ("usr/lib/y", EntryKind.SYMLINK, 0o777, b"", "z"),
    ]
    assert deb.control == b"Package: x\nA: b\n"
    assert list(deb.md5sums) == ["usr/bin/x"]


def test_read_deb__without_digests__has_none(tmp_path):
    """The file md5sums may be missing."""
    path = tmp_path / "x.deb"
    path.write_bytes(make_deb({"usr/bin/x": b""}, hidden=True))
    assert dict(read_deb(path, "x").md5sums) == {}


GOOD = make_deb({"usr/bin/x": b"content"})
CONTROL = {"control.tar": tar({"./control": b"Package: x\n"})}
BROKEN = {
    "empty": b"",
    "no archive": b"<html>",
    "cut off": GOOD[:-20],
    "cut in a header": GOOD[:100],
    "damaged": GOOD[:-60] + bytes(60),
    "no data": ar(CONTROL),
    "compressed as Debian does not": ar(CONTROL | {"data.tar.zst": b"\x28\xb5\x2f\xfd"}),
    "no control": ar({"control.tar": tar({}), "data.tar": tar({})}),
    "above the root": ar(CONTROL | {"data.tar": tar({"../../etc/passwd": b"root::0:0:"})}),
    "an absolute path": ar(CONTROL | {"data.tar": tar({"/etc/passwd": b"root::0:0:"})}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_read_deb__broken__names_the_package(case, tmp_path):
    """What is not a whole package is refused, whatever is wrong with it."""
    path = tmp_path / "x.deb"
    path.write_bytes(BROKEN[case])
    with pytest.raises(DebBroken) as caught:
        read_deb(path, "x")
    assert caught.value.package == "x"
    assert caught.value.reason


class LateToken(CancelToken):
    """A token that is cancelled after some questions."""

    __slots__ = ("left",)

    def check(self) -> None:
        """Count, and raise at the end."""
        object.__setattr__(self, "left", getattr(self, "left", 3) - 1)
        if self.left == 0:
            raise Cancelled


@pytest.mark.parametrize("compression", ["", ".xz"])
def test_read_deb__cancelled_in_a_large_one__stops_in_it(compression, tmp_path):
    """The archive is unpacked in pieces of a megabyte; nothing of it stays."""
    path = tmp_path / "x.deb"
    path.write_bytes(make_deb({"usr/lib/x": os.urandom(6_000_000)}, compression=compression))
    (tmp_path / "into").mkdir()
    with pytest.raises(Cancelled):
        read_deb(path, "x", folder=tmp_path / "into", cancel=LateToken())
    assert list((tmp_path / "into").iterdir()) == []


def test_read_deb__hard_link_and_scripts__are_read(tmp_path):
    """A second name of a file is a file of its own; what a maintainer would run can be looked at."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("./usr/bin/a")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("./usr/bin/b")
        link.type, link.linkname = tarfile.LNKTYPE, "./usr/bin/a"
        archive.addfile(link)
    path = tmp_path / "x.deb"
    control = {"./control": b"Package: x\n", "./postinst": b"#!/bin/sh\n"}
    path.write_bytes(ar({"control.tar": tar(control), "data.tar": made.getvalue()}))
    deb = read_deb(path, "x")
    assert [(file.path, file.size_bytes, file.content) for file in deb.files] == [
        ("usr/bin/a", 3, b"abc"),
        ("usr/bin/b", 3, b"abc"),
    ]
    assert dict(deb.scripts) == {"postinst": b"#!/bin/sh\n"}


def kept(tmp_path, files, name="x"):
    """Return the entries of a package by path, without its registration."""
    path = tmp_path / f"{name}.deb"
    path.write_bytes(make_deb(files))
    entries = {entry.path: entry for entry in package_entries({name: read_deb(path, name)})}
    return {path: entry for path, entry in entries.items() if not path.startswith("var/lib/dpkg")}


KEPT = {
    "usr/bin/python3.11": True,
    "usr/share/doc/x/copyright": True,
    "usr/share/doc/x/changelog.gz": False,
    "usr/share/doc/x/examples/copyright": False,
    "usr/share/man/man1/x.1.gz": False,
    "usr/share/manual": True,
    "usr/share/locale/de/LC_MESSAGES/x.mo": False,
    "usr/share/common-licenses/GPL-3": True,
    "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so": True,
    "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d/gconv-modules-extra.conf": True,
    "usr/lib/x86_64-linux-gnu/gconv/IBM1047.so": False,
    "usr/lib/aarch64-linux-gnu/gconv/UTF-16.so": True,
    "usr/lib/aarch64-linux-gnu/gconv/IBM1047.so": False,
    "usr/lib/aarch64-linux-gnu/libc.so.6": True,
    "usr/share/zoneinfo/Europe/Berlin": True,
    "usr/share/zoneinfo/right/Europe/Berlin": False,
    "usr/sbin/update-ca-certificates": False,
}


@pytest.mark.parametrize(("path", "expected"), list(KEPT.items()))
def test_package_entries__a_path__is_kept_or_not(path, expected, tmp_path):
    """Programs, data and licences are kept; documentation and the like are not."""
    assert (path in kept(tmp_path, {path: b""})) is expected


def test_package_entries__libc_bin__is_only_its_locale(tmp_path):
    """Programs for people at a shell do not come in with the C.UTF-8 locale."""
    files = {"usr/lib/locale/C.utf8/LC_CTYPE": b"", "sbin/ldconfig": b"", "usr/share/doc/libc-bin/copyright": b""}
    assert set(kept(tmp_path, files, "libc-bin")) == {
        "usr/lib/locale/C.utf8/LC_CTYPE",
        "usr/share/doc/libc-bin/copyright",
    }


def test_package_entries__doc_folder_that_is_a_link__stays(tmp_path):
    """The licence of a package may be in another package's folder."""
    assert kept(tmp_path, {"usr/share/doc/x": "gcc-12-base"})["usr/share/doc/x"].link_target == "gcc-12-base"


# Path and link target in the package, and in the image.
MOVED = {
    "a library": ("lib/x86_64-linux-gnu/libc.so", b"", "usr/lib/x86_64-linux-gnu/libc.so", ""),
    "a link beside": ("lib/a/l.so", "l.so.1", "usr/lib/a/l.so", "l.so.1"),
    "an absolute link": ("lib64/ld.so", "/lib/a/ld.so", "usr/lib64/ld.so", "/lib/a/ld.so"),
    "a link from top to top": ("lib64/ld.so", "../lib/a/ld.so", "usr/lib64/ld.so", "../lib/a/ld.so"),
    "a link into usr": ("lib/a/l.so", "../../usr/lib/l.so", "usr/lib/a/l.so", "../l.so"),
    "what is in usr": ("usr/lib/l.so", "a/l.so", "usr/lib/l.so", "a/l.so"),
}


@pytest.mark.parametrize("case", MOVED)
def test_package_entries__not_merged_usr__is_merged(case, tmp_path):
    """Files of /bin and /lib move to /usr, and relative links still lead where they did."""
    path, content, expected, target = MOVED[case]
    (entry,) = kept(tmp_path, {path: content}).values()
    assert (entry.path, entry.link_target) == (expected, target)


def test_package_entries__two_with_the_same_path__are_refused(tmp_path):
    """Which of two files counts is never left to chance; /lib and /usr/lib are the same place."""
    debs = {}
    for name, top in (("a", "lib"), ("b", "usr/lib")):
        path = tmp_path / f"{name}.deb"
        path.write_bytes(make_deb({f"{top}/same": b""}))
        debs[name] = read_deb(path, name)
    with pytest.raises(DebBroken) as caught:
        list(package_entries(debs))
    assert "usr/lib/same" in caught.value.reason


def test_package_entries__registration__is_what_scanners_read(tmp_path):
    """Each package has its control paragraph and the digests of the files that are in the image."""
    path = tmp_path / "x.deb"
    control = "Package: x\nVersion: 1\n"
    path.write_bytes(make_deb({"lib/x.so": b"x", "usr/share/man/x.1": b""}, control=control))
    entries = {entry.path: content_of(entry) for entry in package_entries({"x": read_deb(path, "x")})}
    assert entries["var/lib/dpkg/status.d/x"] == control.encode()
    assert entries["var/lib/dpkg/status.d/x.md5sums"] == b"9dd4e461268c8034f5c8564e155c67a6  usr/lib/x.so\n"


def test_system_entries__certificates__are_one_bundle_in_order(tmp_path):
    """The bundle has every certificate once, sorted by path, each ending in one line break."""
    path = tmp_path / "c.deb"
    folder = "usr/share/ca-certificates/mozilla"
    path.write_bytes(make_deb({f"{folder}/B.crt": b"bbb\n\n", f"{folder}/A.crt": b"aaa", f"{folder}/README": b"no"}))
    entries = {entry.path: entry for entry in system_entries({"ca-certificates": read_deb(path, "c")})}
    assert content_of(entries["etc/ssl/certs/ca-certificates.crt"]) == b"aaa\nbbb\n"
    assert entries["usr/lib/ssl/cert.pem"].link_target == "/etc/ssl/certs/ca-certificates.crt"


def test_left_out__every_path__has_a_reason():
    """Nobody has to guess why a file is missing."""
    assert all(LEFT_OUT.values())
