"""What a base consists of: releases, dependencies, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_archive import PYTHON, package

from jupyter_containerize.resolution.debian import NoDebianPython, PackageMissing
from jupyter_containerize.resolution.debian.releases import LEFT_OUT, RELEASES, base_seeds, python_seeds, release_with


def names(base):
    """Return the names of the base's packages."""
    return [each.name for each in base.packages]


def test_resolve_base__only_seeds__gives_them_sorted(resolve, mirror):
    """Without dependencies the base is the seeds, sorted by name, each with where it is and what it hashes to."""
    base = resolve()
    assert names(base) == sorted(python_seeds(release_with("3.13")))
    assert (base.release, base.version, base.python_executable) == ("trixie", "13", "/usr/bin/python3.13")
    assert base.packages[0].url == f"{mirror.url}/pool/{base.packages[0].name}_1.0-1.deb"
    assert base.stale is False


def test_resolve_base__without_python__is_the_newest_release(resolve):
    """A base for a standalone Python has Debian's newest release and none of its Python."""
    base = resolve(None)
    assert names(base) == sorted(base_seeds())
    assert (base.release, base.python_executable) == (RELEASES[-1].codename, None)


def test_resolve_base__no_release_has_that_python__says_which_there_are(resolve, mirror):
    """A Python that Debian never had is refused before anything is fetched."""
    with pytest.raises(NoDebianPython) as caught:
        resolve("3.12")
    assert (caught.value.python_minor, caught.value.available) == ("3.12", ("3.9", "3.11", "3.13"))
    assert mirror.requests == []


# What libc6 depends on in the fake archive, what else the archive has, and what the base gets.
SOLVABLE = {
    "a dependency of a dependency": ("liba (>= 1)", ["liba;2;libb", "libb;1;"], ["liba", "libb"]),
    "a circle": ("liba", ["liba;1;libc6"], ["liba"]),
    "the first alternative that exists": ("nothing | liba | libb", ["liba;1;", "libb;1;"], ["liba"]),
    "an alternative because of its version": ("liba (>= 2) | libb", ["liba;1;", "libb;1;"], ["libb"]),
    "a virtual package": ("libvirtual", ["liba;1;;libvirtual"], ["liba"]),
    "a virtual package of a version": ("libold (>= 2)", ["liba;1;;libold (= 1)", "libb;1;;libold (= 2)"], ["libb"]),
    "a real package before a provider": ("libb", ["liba;1;;libb", "libb;1;"], ["libb"]),
    "nothing that is left out": ("debconf (>= 0.5) | debconf-2.0, liba", ["liba;1;"], ["liba"]),
}


@pytest.mark.parametrize("case", SOLVABLE)
def test_resolve_base__dependencies__are_followed(case, resolve, mirror):
    """The closure is what apt would install, without what is left out."""
    depends, packages, expected = SOLVABLE[case]
    mirror.add(package(f"libc6;1.0-1;{depends}"), *map(package, packages))
    mirror.write()
    assert sorted(set(names(resolve())) - set(python_seeds(release_with("3.13")))) == expected


MISSING = {
    "no such package": ("libnone", "libnone"),
    "too old": ("zlib1g (>= 99)", "zlib1g (>= 99)"),
    "unversioned provider": ("libvirtual (>= 1)", "libvirtual (>= 1)"),
    "no alternative": ("libnone | libneither", "libnone | libneither"),
    # Known and stated: of a name that a real package has, providers are not looked for.
    "a provider of what is too old": ("netbase (>= 99)", "netbase (>= 99)"),
}


@pytest.mark.parametrize("case", MISSING)
def test_resolve_base__unsatisfiable__names_relation_and_package(case, resolve, mirror):
    """The error says what was wanted and by whom."""
    depends, relation = MISSING[case]
    mirror.add(package(f"libc6;1.0-1;{depends}"), package("liba;1;;libvirtual"))
    mirror.write()
    with pytest.raises(PackageMissing) as caught:
        resolve()
    assert (caught.value.relation, caught.value.wanted_by, caught.value.release) == (relation, "libc6", "trixie")


def test_resolve_base__pre_depends__count_as_well(resolve, mirror):
    """A package that must be there before another is part of the base."""
    mirror.add(package("libc6;1.0-1;", pre_depends="libpre"), package("libpre;1;"))
    mirror.write()
    assert "libpre" in names(resolve())


@pytest.mark.parametrize("suite", ["trixie-updates", "trixie-security"])
def test_resolve_base__a_higher_version_elsewhere__is_taken(suite, resolve, mirror):
    """A fix in updates or security replaces the release's version, and brings its own dependencies."""
    mirror.add(package("liba;1;"))
    mirror.add(package("libc6;1.0-1+deb13u1;liba"), suite=suite)
    mirror.write()
    versions = {each.name: each.version for each in resolve().packages}
    assert (versions["libc6"], versions["liba"]) == ("1.0-1+deb13u1", "1")


def test_resolve_base__a_lower_version_elsewhere__is_not(resolve, mirror):
    """A point release that overtook a security fix wins."""
    mirror.add(package("libc6;1.0-1~deb13u1;"), suite="trixie-security")
    mirror.write()
    assert {each.name: each.version for each in resolve().packages}["libc6"] == "1.0-1"


def test_left_out__every_entry__has_a_reason():
    """Nobody has to guess why a package is missing."""
    assert all(reason for reason in LEFT_OUT.values())


def test_resolve_base__built_from_another_source__is_told(resolve, mirror):
    """Security notices name the source, with its own version where that differs."""
    mirror.add(replace(package("libc6;1.0-1+b1;"), source="glibc (1.0-1)"), suite="trixie-security")
    mirror.write()

    found = {item.name: item.source for item in resolve(PYTHON).packages}

    assert found["libc6"] == "glibc (1.0-1)"
    assert set(found.values()) == {"glibc (1.0-1)", ""}
