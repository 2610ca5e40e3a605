"""The layers of a base, from packages that the test makes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from made_debs import Bench, base_of, content_of, inputs_of, make_deb, offered

from jupyter_containerize.buildpacks.debian import DebianBuildpack
from jupyter_containerize.buildpacks.debian_root import LAYOUT
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import EntryKind, LayerRole
from jupyter_containerize.transport import HashMismatch

SYSTEM = {
    "base-files": make_deb(
        {"bin/": "", "tmp/": "", "usr/lib/os-release": b"ID=debian\n", "etc/os-release": "../usr/lib/os-release"}
    ),
    "ca-certificates": make_deb({"usr/share/ca-certificates/mozilla/A.crt": b"A\n"}),
    "libc6": make_deb(
        {"lib/x86_64-linux-gnu/libc.so.6": b"\x7fELF", "usr/share/man/man1/x.1": b"x"}, compression=".gz"
    ),
}
PYTHON = {"python3.11-minimal": make_deb({"usr/bin/python3.11": b"\x7fELF"})}


@pytest.fixture
def made(tmp_path):
    """Packages of a system and its Python, the buildpack for them, its inputs and a workbench."""
    packages = offered(tmp_path / "pool", SYSTEM | PYTHON)
    (tmp_path / "bench").mkdir()
    return DebianBuildpack(base_of(packages)), inputs_of(packages), Bench(tmp_path / "bench")


def system_of(made):
    """Build the system layer."""
    buildpack, inputs, bench = made
    plan = buildpack.detect(inputs).layers[0]
    return list(buildpack.build(plan, inputs, bench))


def test_detect__system_and_python__are_two_layers(made):
    """Python's packages are a layer of their own, above the system's."""
    buildpack, inputs, _ = made
    system, python = buildpack.detect(inputs).layers
    assert (system.role, system.title, system.sources) == (LayerRole.OS, "Debian 12", tuple(sorted(SYSTEM)))
    assert (python.role, python.title, python.sources) == (LayerRole.PYTHON, "Python 1.0 of Debian", tuple(PYTHON))
    # Its own, and the C library that runs it while it compiles.
    assert {item.sha256 for item in python.downloads} == {
        package.sha256 for package in inputs.environment.system_packages if package.name in {*PYTHON, "libc6"}
    }
    assert (system.slot, python.slot) == ("debian/base", "python")
    assert {*SYSTEM, "layer format", "layout"} == set(system.inputs)
    assert {*PYTHON, "layer format", "layout", "bytecode", "python"} == set(python.inputs)


def test_detect__no_python_of_debian__is_one_layer(tmp_path):
    """A base for a standalone Python has the system alone."""
    packages = offered(tmp_path, SYSTEM)
    (only,) = DebianBuildpack(base_of(packages)).detect(inputs_of(packages)).layers
    assert only.role is LayerRole.OS


def test_detect__no_packages__takes_no_part():
    """An image on a base from a registry has no packages of ours."""
    assert DebianBuildpack(base_of(())).detect(inputs_of(())) is None


def test_detect__cache_key__changes_with_its_packages_only(tmp_path):
    """A new Python does not make the system's layer again; a mirror elsewhere makes none again."""
    old = offered(tmp_path / "a", SYSTEM | PYTHON)
    new = offered(tmp_path / "b", SYSTEM | {"python3.11-minimal": make_deb({"usr/bin/python3.11": b"new"})})
    keys = [[plan.cache_key for plan in DebianBuildpack(base_of(p)).detect(inputs_of(p)).layers] for p in (old, new)]
    assert keys[0][0] == keys[1][0]
    assert keys[0][1] != keys[1][1]


def test_build__system__has_parents_first_and_each_path_once(made):
    """The layer's writer can take the entries as they come."""
    paths = [entry.path for entry in system_of(made)]
    assert paths == sorted(set(paths))
    assert all(parent in paths for path in paths if (parent := str(Path(path).parent)) != ".")


def test_build__system__is_ready_to_run(made):
    """Users, links of the merged /usr, certificates, time zone and the places to write are there; a shell is not."""
    entries = {entry.path: entry for entry in system_of(made)}
    assert {name: entries[name].link_target for name in ("bin", "lib", "lib64", "sbin")} == {
        name: f"usr/{name}" for name in ("bin", "lib", "lib64", "sbin")
    }
    assert b"nonroot:x:65532:65532:" in content_of(entries["etc/passwd"])
    assert entries["tmp"].mode == 0o1777
    assert entries["etc/ssl/certs/ca-certificates.crt"].size_bytes == 2
    assert entries["etc/localtime"].link_target == "/usr/share/zoneinfo/Etc/UTC"
    programs = [path for path, entry in entries.items() if "bin/" in path and entry.kind is EntryKind.FILE]
    assert programs == []


def digest_of(entries):
    """Return a digest of all that the entries say."""
    digest = hashlib.sha256()
    for entry in entries:
        content = content_of(entry)
        assert len(content) == entry.size_bytes
        digest.update(repr((entry.path, entry.kind.value, entry.mode, entry.link_target, content)).encode())
    return digest.hexdigest()


# Raise LAYOUT in debian_root.py whenever this digest changes: cached layers would be taken for new ones.
GOLDEN = (1, "8a2d8a4dc3a1cac078656e0058074f3fd6fb55da41161f2a90852dc864104390")


def test_build__system__same_bytes_as_ever(made):
    """The same packages give the same layer, on every machine, until the layout's number says otherwise."""
    assert (LAYOUT, digest_of(system_of(made))) == GOLDEN


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o000])
def test_build__another_umask__same_bytes(umask, made):
    """Modes are those of the packages, not of who builds."""
    before = os.umask(umask)
    try:
        assert digest_of(system_of(made)) == GOLDEN[1]
    finally:
        os.umask(before)


def test_build__cancelled__stops(made):
    """A cancelled build does not go on to the next package."""
    made[2].cancel.cancel()
    with pytest.raises(Cancelled):
        system_of(made)


def test_build__damaged_download__is_not_unpacked(made, tmp_path):
    """A package with another hash than the index promised does not get into a layer."""
    path = tmp_path / "pool" / "libc6.deb"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(HashMismatch):
        system_of(made)
