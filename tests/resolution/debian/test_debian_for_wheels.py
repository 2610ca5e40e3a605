"""From what wheels need to packages beside the base, on the tiny archive."""

from __future__ import annotations

import gzip

import pytest
from tiny_archive import PYTHON, package

from jupyter_containerize.buildpacks.further_packages import further_packages
from jupyter_containerize.buildpacks.native_needs import NativeFile, WheelNeeds
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.resolution.debian.errors import ScriptUnknown
from jupyter_containerize.transport import Transport
from tests.buildpacks.made_debs import COMPRESSORS, ar, make_deb, tar

CONTENTS = """\
usr/lib/x86_64-linux-gnu/libgomp.so.1      libs/libgomp1
usr/lib/x86_64-linux-gnu/libplug.so.1      libs/libplug1
"""
DEBS = {
    "libc6": make_deb({"usr/lib/x86_64-linux-gnu/libc.so.6": b""}),
    "libplug1": ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar": COMPRESSORS[""](
                tar({"./control": b"Package: x\n", "./postinst": b"#!/bin/sh\nlibplug1-configure --all\n"})
            ),
            "data.tar": tar({"./usr/lib/x": b""}),
        }
    ),
}


def wheel(name, *needed):
    """Return a wheel with one library."""
    file = NativeFile(path=f"{name}/x.so", machine="x86_64", soname="", needed=needed, folders=())
    return WheelNeeds(distribution=name, requires=(), files=(file,))


@pytest.fixture
def further(resolve, mirror, tmp_path):
    """Ask the tiny archive; the packages that were opened are in ``further.opened``."""
    mirror.contents = gzip.compress(CONTENTS.encode(), mtime=0)
    mirror.add(package("libgomp1;1;libc6, libmore"), package("libmore;2;"), package("libplug1;1;"))
    mirror.write()

    def fetch(item):
        call.opened.append(item.name)
        path = tmp_path / f"{item.name}.deb"
        path.write_bytes(DEBS.get(item.name, make_deb({f"usr/share/{item.name}": b""})))
        return path

    def call(*wheels, asked=None, beside=()):
        call.opened = []
        return further_packages(
            wheels,
            resolve(PYTHON),
            platform=Platform(architecture="amd64"),
            fetch=fetch,
            transport=Transport(timeout_seconds=5, retries=0),
            cache=tmp_path / "cache",
            cancel=CancelToken(),
            asked=asked,
            beside=beside,
            archive=mirror.archive(),
        )

    return call


def test_further_packages__a_library_is_missing__comes_with_what_it_needs(further):
    """The package that brings it, and the base lacks; what no package brings is told."""
    found = further(wheel("lightgbm", "libgomp.so.1", "libc.so.6", "libnone.so.3"))
    assert {item.name: item.needed_by for item in found.packages} == {
        "libgomp1": ("libgomp.so.1 of lightgbm/x.so",),
        "libmore": ("libgomp1",),
    }
    assert [str(item) for item in found.nowhere] == ["libnone.so.3 of lightgbm/x.so"]
    assert found.refused == ()


def test_further_packages__asked_again__opens_nothing(further):
    """Every package is read once for good."""
    first = further(wheel("lightgbm", "libgomp.so.1"))
    assert {"libc6", "libgomp1", "libmore"} <= set(further.opened)
    assert further(wheel("lightgbm", "libgomp.so.1")) == first
    assert further.opened == []


def test_further_packages__nothing_is_missing__fetches_no_index_of_files(further, mirror):
    """Most notebooks cost nothing but a look at what is kept."""
    mirror.requests.clear()
    assert (
        further(
            wheel("numpy", "libc.so.6"), wheel("x", "libpython3.13.so.1.0"), beside=["libpython3.13.so.1.0"]
        ).packages
        == ()
    )
    assert not [path for path, _ in mirror.requests if "by-hash" in path and "binary" not in path]


def test_further_packages__a_script_that_we_do_not_know__is_refused_where_it_is_needed(further):
    """A wheel that needs the package cannot work; a package that was asked for by name is left out, and told."""
    with pytest.raises(ScriptUnknown) as caught:
        further(wheel("plugged", "libplug.so.1"))
    assert (caught.value.package, caught.value.line) == ("libplug1", "libplug1-configure --all")
    found = further(asked={"libplug1": ("hidden:plug",), "libnone": ("hidden:none",), "libmore": ("hidden:more",)})
    assert [(item.name, item.needed_by) for item in found.packages] == [("libmore", ("hidden:more",))]
    assert [(name, type(error).__name__) for name, error in found.refused] == [
        ("libnone", "PackageMissing"),
        ("libplug1", "ScriptUnknown"),
    ]
