"""Which libraries wheels need of the system, by the rules that the module states."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from made_debs import make_deb, offered
from made_elf import make_elf, make_elf_32

from jupyter_containerize.buildpacks.errors import DebBroken, WheelBroken
from jupyter_containerize.buildpacks.native_needs import (
    OPTIONAL,
    announced_sonames,
    needs_of_wheel,
    sonames_in_root,
    sonames_of_packages,
    unmet,
)
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.errors import Cancelled

BASE = {"libc.so.6", "libm.so.6"}


def make_wheel(folder, name, files, requires=()):
    """Write a wheel with these files; return it and the package that a lock has of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    metadata = "Metadata-Version: 2.1\nName: x\n" + "".join(f"Requires-Dist: {line}\n" for line in requires)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for inside, content in {
            **files,
            "x-1.0.dist-info/METADATA": f"{metadata}\nRequires-Dist: no-header".encode(),
        }.items():
            wheel.writestr(inside, content)
    package = LockedPackage(
        name=name,
        version="1.0",
        filename=path.name,
        url=path.as_uri(),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size_bytes=path.stat().st_size,
    )
    return path, package


# Wheels as name -> (files, requirements), and what is unmet.
CASES = {
    "only the base": ({"a": ({"a/x.so": make_elf(("libc.so.6",))}, ())}, []),
    "a library of nobody": (
        {"a": ({"a/x.so": make_elf(("libgomp.so.1", "libc.so.6"))}, ())},
        ["libgomp.so.1 of a/x.so"],
    ),
    "brought and found by its path": (
        {
            "a": (
                {
                    "a/x.so": make_elf(("libq-12ab.so.1",), rpath="$ORIGIN/../a.libs"),
                    "a.libs/libq-12ab.so.1": make_elf(("libm.so.6",)),
                },
                (),
            )
        },
        [],
    ),
    "what is brought needs more": (
        {
            "a": (
                {
                    "a/x.so": make_elf(("libq.so.1",), runpath="${ORIGIN}/../a.libs"),
                    "a.libs/libq.so.1": make_elf(("libz9.so",)),
                },
                (),
            )
        },
        ["libz9.so of a: a.libs/libq.so.1"],
    ),
    "brought and loaded by its own code": (
        {"a": ({"a/x.so": make_elf(("libq.so.1",)), "a/lib/libq.so.1.2": make_elf(soname="libq.so.1")}, ())},
        [],
    ),
    "brought by a requirement of a requirement": (
        {
            "a": ({"a/x.so": make_elf(("libcublas.so.12",))}, ("B>=1; sys_platform == 'linux'",)),
            "b": ({"b/__init__.py": b""}, ("nvidia_cublas",)),
            "nvidia-cublas": ({"nvidia/cublas/lib/libcublas.so.12": make_elf()}, ()),
        },
        [],
    ),
    "brought by a stranger": (
        {"a": ({"a/x.so": make_elf(("libq.so.1",))}, ()), "b": ({"b/libq.so.1": make_elf()}, ())},
        ["libq.so.1 of a/x.so"],
    ),
    "brought by a stranger where it looks": (
        {
            "a": ({"a/x.so": make_elf(("libq.so.1",), rpath="$ORIGIN/../b/lib")}, ()),
            "b": ({"b/lib/libq.so.1": make_elf()}, ()),
        },
        [],
    ),
    "data of the environment": (
        {
            "a": ({"a/x.so": make_elf(("libq.so.1",), rpath="$ORIGIN/../../../../lib")}, ()),
            "b": ({"b-1.0.data/data/lib/libq.so.1": make_elf()}, ()),
        },
        [],
    ),
    "platlib is site-packages": (
        {
            "a": (
                {
                    "a-1.0.data/platlib/a/x.so": make_elf(("libq.so.1",), rpath="$ORIGIN/lib"),
                    "a/lib/libq.so.1": make_elf(),
                },
                (),
            )
        },
        [],
    ),
    "a program": (
        {"a": ({"a-1.0.data/scripts/tool": make_elf(("libq.so.1",), interpreter="/lib64/ld.so")}, ())},
        ["libq.so.1 of a: ../../../bin/tool"],
    ),
    "a graphics card's driver": (
        {"a": ({"a/x.so": make_elf(("libcuda.so.1", "libnvidia-ml.so.1", "libcudart.so.12"))}, ())},
        ["libcudart.so.12 of a/x.so"],
    ),
    "another processor": ({"a": ({"a/x.so": make_elf(("libq.so.1",), machine="aarch64")}, ())}, []),
    "32 bits, and no ELF": ({"a": ({"a/x.so": make_elf_32(), "a/y.so": b"text", "a/z.so": b""}, ())}, []),
    "a broken one": ({"a": ({"a/x.so": make_elf(("libq.so.1",))[:150]}, ())}, []),
    "once for each distribution": (
        {
            "a": ({"a/x.so": make_elf(("libq.so.1",)), "a/y.so": make_elf(("libq.so.1",))}, ()),
            "b": ({"b/x.so": make_elf(("libq.so.1",))}, ()),
        },
        ["libq.so.1 of a/x.so", "libq.so.1 of b/x.so"],
    ),
    "no server uses it": (
        {"numba": ({"numba/np/ufunc/tbbpool.cpython-311.so": make_elf(("libtbb.so.12",))}, ())},
        [],
    ),
    "only loaded by what no server uses": (
        {
            "cv": (
                {
                    "cv/qt/plugins/platforms/libqxcb.so": make_elf(("libxcbqpa.so", "libqt.so")),
                    "cv.libs/libxcbqpa.so": make_elf(("libSM.so.6",)),
                    "cv.libs/libqt.so": make_elf(("libGL.so.1",)),
                    "cv/cv.abi3.so": make_elf(("libqt.so",)),
                },
                (),
            )
        },
        ["libGL.so.1 of cv: cv.libs/libqt.so"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_unmet__wheels_on_a_base__says_what_nothing_brings(case, tmp_path):
    """Each rule of the module, on wheels that the test makes."""
    wheels, expected = CASES[case]
    needs = [
        needs_of_wheel(*make_wheel(tmp_path / name, name, files, requires))
        for name, (files, requires) in wheels.items()
    ]
    assert [str(item) for item in unmet(needs, BASE, machine="x86_64")] == expected


def test_needs_of_wheel__broken_library__is_listed(tmp_path):
    """A library that no loader could load stops nothing, and is not forgotten."""
    needs = needs_of_wheel(*make_wheel(tmp_path, "a", {"a/x.so": make_elf(("libq.so.1",))[:150]}))
    assert (needs.files, needs.broken) == ((), ("a/x.so",))


def test_needs_of_wheel__asked_again__does_not_open_it(tmp_path):
    """The answer is kept by the wheel's hash."""
    path, package = make_wheel(
        tmp_path, "a", {"a/x.so": make_elf(("libq.so.1",), rpath="$ORIGIN/lib")}, ("b", "not a =")
    )
    first = needs_of_wheel(path, package, cache=tmp_path / "cache")
    assert first.requires == ("b",)
    path.unlink()
    assert needs_of_wheel(path, package, cache=tmp_path / "cache") == first


@pytest.mark.parametrize("damage", ["", "[]", '{"distribution": 1}', '{"files": ['])
def test_needs_of_wheel__kept_answer_is_damaged__reads_again(damage, tmp_path):
    """A damaged answer counts as none."""
    path, package = make_wheel(tmp_path, "a", {"a/x.so": make_elf(("libq.so.1",))})
    first = needs_of_wheel(path, package, cache=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text(damage)
    assert needs_of_wheel(path, package, cache=tmp_path / "cache") == first


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def _no_zip(path: Path) -> None:
    path.write_bytes(b"<html>not found</html>")


def _changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(b"a/x.so") + 40
    content[place : place + 20] = bytes(20)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [_cut, _no_zip, _changed])
def test_needs_of_wheel__damaged__says_which_and_keeps_nothing(damage, tmp_path):
    """A wheel that is no zip, or a broken one, is named."""
    path, package = make_wheel(tmp_path, "a", {"a/x.so": make_elf(("libq.so.1",), padding=9000)})
    damage(path)
    with pytest.raises(WheelBroken) as caught:
        needs_of_wheel(path, package, cache=tmp_path / "cache")
    assert caught.value.filename == package.filename
    assert not (tmp_path / "cache").exists()


def test_needs_of_wheel__cancelled__stops(tmp_path):
    """A large wheel does not hold up a cancel."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        needs_of_wheel(*make_wheel(tmp_path, "a", {"a/x.so": make_elf()}), cancel=cancel)


def test_sonames_of_packages__loaders_folders__and_nothing_else(tmp_path):
    """Libraries and links in the loader's own folders count; each package is read once."""
    (package,) = offered(
        tmp_path,
        {
            "libx": make_deb(
                {
                    "usr/lib/x86_64-linux-gnu/libx.so.1.2": b"\x7fELF",
                    "usr/lib/x86_64-linux-gnu/libx.so.1": "libx.so.1.2",
                    "lib/x86_64-linux-gnu/liby.so.1": b"\x7fELF",
                    "usr/lib/x86_64-linux-gnu/blas/libblas.so.3": b"\x7fELF",
                    "usr/share/doc/libx/README": b"x",
                }
            )
        },
    )
    asked = []

    def fetch(wanted):
        asked.append(wanted.name)
        return tmp_path / "libx.deb"

    for _ in range(2):
        found = sonames_of_packages([package], multiarch="x86_64-linux-gnu", fetch=fetch, cache=tmp_path / "cache")
        assert found == {"libx.so.1.2", "libx.so.1", "liby.so.1"}
    assert asked == ["libx"]
    (tmp_path / "libx.deb").write_bytes(b"!<arch>\nno")
    with pytest.raises(DebBroken):
        sonames_of_packages([package], multiarch="x86_64-linux-gnu", fetch=fetch)


def test_announced_sonames__shlibs_of_each__are_names_that_a_file_may_need(tmp_path):
    """Both forms of a soname count; what is for Debian's installer, or says nothing, does not."""
    debs = {
        "libx": make_deb({}, shlibs="# x\nlibx 1 libx1 (>= 1.2)\nlibdb\t5.3\tlibdb5.3\nudeb: liby 2 liby2\nbroken\n"),
        "data": make_deb({"usr/lib/x86_64-linux-gnu/libz.so.1": b"\x7fELF"}),
    }
    packages, asked = offered(tmp_path, debs), []

    def fetch(package):
        asked.append(package.name)
        return tmp_path / f"{package.name}.deb"

    for _ in range(2):
        found = announced_sonames(packages, fetch=fetch, cache=tmp_path / "cache")
        assert found == {"libx.so.1", "libx-1.so", "libdb.so.5.3", "libdb-5.3.so"}
    assert sorted(asked) == ["data", "libx"]
    (tmp_path / "libx.deb").write_bytes(b"!<arch>\nno")
    with pytest.raises(DebBroken):
        announced_sonames(packages, fetch=fetch)


def test_sonames_in_root__a_base_that_the_user_names__is_listed(tmp_path):
    """The same of an unpacked image."""
    for name in ("usr/lib/aarch64-linux-gnu/liba.so.1", "usr/lib64/libb.so", "usr/lib/x/libc.so", "usr/lib/readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sonames_in_root(tmp_path, multiarch="aarch64-linux-gnu") == {"liba.so.1", "libb.so"}


def test_optional__every_entry__has_a_reason():
    """Nobody has to guess why a need is passed over."""
    assert all(OPTIONAL.values())
