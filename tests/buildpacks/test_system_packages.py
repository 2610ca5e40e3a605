"""The layer with what a notebook needs of Debian beside the base, from packages that the test makes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_debs import COMPRESSORS, Bench, ar, base_of, content_of, inputs_of, make_deb, offered, tar

from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.buildpacks.system_packages import SystemPackagesBuildpack
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import EntryKind, LayerRole
from jupyter_containerize.resolution.debian.errors import ScriptUnknown

LIBRARIES = "usr/lib/x86_64-linux-gnu"


def scripted(files, **scripts):
    """Return a package with maintainer scripts."""
    meta = {"./control": b"Package: x\n"} | {f"./{name}": text.encode() for name, text in scripts.items()}
    return ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar.xz": COMPRESSORS[".xz"](tar(meta)),
            "data.tar.xz": COMPRESSORS[".xz"](tar({f"./{path}": content for path, content in files.items()})),
        }
    )


def alternative(name, folder, priority):
    """Return the script that registers one of several libraries."""
    return (
        f"#!/bin/sh\nset -e\nupdate-alternatives --install /{LIBRARIES}/{name} {name}-x \\\n"
        f"  /{LIBRARIES}/{folder}/{name} {priority}\n"
    )


@pytest.fixture
def made(tmp_path):
    """Return a function: packages as name -> .deb become a plan, and what builds its layer."""

    def call(debs, needed_by=("libx.so.1 of x/y.so",), base=()):
        (tmp_path / "bench").mkdir(exist_ok=True)
        packages = tuple(replace(each, needed_by=needed_by) for each in offered(tmp_path / "pool", debs))
        inputs = inputs_of((*base, *packages))
        buildpack, bench = SystemPackagesBuildpack(), Bench(tmp_path / "bench")
        contribution = buildpack.detect(inputs)
        assert contribution is not None
        (plan,) = contribution.layers
        return plan, lambda: {entry.path: entry for entry in buildpack.build(plan, inputs, bench)}, bench

    return call


def test_detect__nothing_beside_the_base__takes_no_part(tmp_path):
    """Packages that nobody in particular asked for are the base's."""
    packages = offered(tmp_path, {"libc6": make_deb({"usr/lib/x": b""})})
    assert SystemPackagesBuildpack().detect(inputs_of(packages)) is None


def test_detect__packages_beside_the_base__are_one_layer(made, tmp_path):
    """The base keeps its own layer, and the further packages are all in another."""
    base = offered(tmp_path / "base", {"libc6": make_deb({"usr/lib/x": b""})})
    debs = {"libb1": make_deb({f"{LIBRARIES}/libb.so.1": b"b"}), "liba1": make_deb({f"{LIBRARIES}/liba.so.1": b"a"})}
    plan, _, _ = made(debs, base=base)
    assert (plan.role, plan.slot, plan.sources) == (LayerRole.OS, "debian/further", ("liba1", "libb1"))
    assert plan.title == "liba1 and 1 more"
    assert set(plan.inputs) == {"layer format", "layout", "effects", "liba1", "libb1"}
    assert len(plan.downloads) == 2
    further = tuple(replace(each, needed_by=("x",)) for each in offered(tmp_path / "more", debs))
    (system,) = DebianBuildpack(base_of(base)).detect(inputs_of((*base, *further))).layers
    assert system.sources == ("libc6",)


TITLES = {
    "one": ({"libgomp1": ("libgomp.so.1 of lightgbm/x.so",)}, "libgomp1"),
    "its own needs": ({"libaa1": ("libgl1",), "libgl1": ("libGL.so.1 of cv2",)}, "libgl1 and 1 more"),
    "only each other": ({"liba": ("libb",), "libb": ("liba",)}, "liba and 1 more"),
}


@pytest.mark.parametrize("case", TITLES)
def test_detect__the_title__names_what_was_asked_for(case, tmp_path):
    """Not what merely came with it."""
    needs, title = TITLES[case]
    debs = offered(tmp_path, {name: make_deb({f"usr/lib/{name}": b""}) for name in needs})
    inputs = inputs_of(tuple(replace(each, needed_by=needs[each.name]) for each in debs))
    assert SystemPackagesBuildpack().detect(inputs).layers[0].title == title


def test_build__files__lie_in_the_merged_usr_and_are_registered(made):
    """Scanners find each package, and its licence stays."""
    _, build, _ = made(
        {
            "libx1": make_deb(
                {
                    "lib/x86_64-linux-gnu/libx.so.1.2": b"\x7fELF",
                    "lib/x86_64-linux-gnu/libx.so.1": "libx.so.1.2",
                    "usr/share/doc/libx1/copyright": b"free",
                    "usr/share/doc/libx1/changelog.gz": b"long",
                    "usr/share/man/man3/x.3": b"long",
                }
            )
        }
    )
    entries = build()
    files = [path for path, entry in entries.items() if entry.kind is not EntryKind.DIRECTORY]
    assert files == [
        f"{LIBRARIES}/libx.so.1",
        f"{LIBRARIES}/libx.so.1.2",
        "usr/share/doc/libx1/copyright",
        "var/lib/dpkg/status.d/libx1",
        "var/lib/dpkg/status.d/libx1.md5sums",
    ]
    assert list(entries) == sorted(entries)


def test_build__alternatives__the_highest_priority_is_linked(made):
    """What update-alternatives would choose is what the loader finds; one without its file is not linked."""
    _, build, _ = made(
        {
            "libblas3": scripted(
                {f"{LIBRARIES}/blas/libblas.so.3": b"slow"}, postinst=alternative("libblas.so.3", "blas", 10)
            ),
            "libopenblas0": scripted(
                {f"{LIBRARIES}/openblas/libblas.so.3": b"fast"},
                postinst=alternative("libblas.so.3", "openblas", 100) + alternative("libnone.so", "none", 1)[10:],
            ),
        }
    )
    entries = build()
    assert entries[f"{LIBRARIES}/libblas.so.3"].link_target == f"/{LIBRARIES}/openblas/libblas.so.3"
    assert f"{LIBRARIES}/libnone.so" not in entries


def test_build__folders_for_the_loader__are_linked_into_its_own(made):
    """No ldconfig runs in an image; what a package configures is found all the same."""
    _, build, _ = made(
        {
            "libx1": make_deb(
                {
                    "etc/ld.so.conf.d/x.conf": b"# ours\n/lib/x86_64-linux-gnu/x\ninclude more\n",
                    f"{LIBRARIES}/x/libx.so.1": b"\x7fELF",
                    f"{LIBRARIES}/x/notes.txt": b"",
                    f"{LIBRARIES}/y/liby.so.1": b"\x7fELF",
                }
            )
        }
    )
    links = {path: entry.link_target for path, entry in build().items() if entry.kind is EntryKind.SYMLINK}
    assert links == {f"{LIBRARIES}/libx.so.1": f"/{LIBRARIES}/x/libx.so.1"}


def test_build__fonts__have_the_settings_that_a_script_links(made):
    """Only those of which the package has the file."""
    _, build, _ = made(
        {"fontconfig-config": make_deb({"usr/share/fontconfig/conf.avail/10-hinting-slight.conf": b"<x/>"})}
    )
    links = [path for path, entry in build().items() if entry.kind is EntryKind.SYMLINK]
    assert links == ["etc/fonts/conf.d/10-hinting-slight.conf"]


def test_build__script_of_unknown_effect__is_refused_by_name(made):
    """Nobody gets an image that lacks what Debian would have put there."""
    _, build, _ = made({"libgvc6": scripted({"usr/lib/x": b""}, postinst="#!/bin/sh\n\nlibgvc6-config-update -c\n")})
    with pytest.raises(ScriptUnknown) as caught:
        build()
    error = caught.value
    assert (error.package, error.script, error.number, error.line) == (
        "libgvc6",
        "postinst",
        3,
        "libgvc6-config-update -c",
    )


def test_build__cancelled__stops(made):
    """Between packages a cancel is heard."""
    _, build, bench = made({"libx1": make_deb({"usr/lib/x": b""})})
    bench.cancel.cancel()
    with pytest.raises(Cancelled):
        build()


def test_build__twice__is_the_same(made):
    """The same packages give the same entries."""
    debs = {"libb3": scripted({f"{LIBRARIES}/b/libb.so.3": b"b"}, postinst=alternative("libb.so.3", "b", 1))}
    plan, build, _ = made(debs)
    first = [(path, entry.mode, entry.link_target, content_of(entry)) for path, entry in build().items()]
    again, rebuild, _ = made(debs)
    assert plan.cache_key == again.cache_key
    assert [(path, entry.mode, entry.link_target, content_of(entry)) for path, entry in rebuild().items()] == first
