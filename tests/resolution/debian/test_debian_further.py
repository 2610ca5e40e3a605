"""Packages beside the base: their closure, who asked, and the lock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_archive import PYTHON, Offline, package

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian import PackageMissing
from jupyter_containerize.resolution.debian.errors import BaseTooOld
from jupyter_containerize.resolution.debian.further import resolve_more
from jupyter_containerize.transport import Transport


@pytest.fixture
def more(resolve, mirror, tmp_path):
    """Resolve a base, and packages beside it."""

    def call(*wanted, base=None, offline=False, renew=False, **reasons):
        base = base or resolve(PYTHON)
        return resolve_more(
            base,
            {name: reasons.get(name, ()) for name in wanted},
            transport=Offline() if offline else Transport(timeout_seconds=5, retries=0),
            cache=tmp_path / "cache",
            cancel=CancelToken(),
            archive=mirror.archive(),
            renew=renew,
        )

    return call


def texts(packages):
    """Return names and versions."""
    return [f"{each.name} {each.version}" for each in packages]


# What the archive has, what is wanted, and what comes.
SOLVABLE = {
    "nothing": ([], [], []),
    "what the base has": ([], ["libc6"], []),
    "one that needs the base": (["liba;1;libc6 (>= 1.0)"], ["liba"], ["liba 1"]),
    "a chain": (["liba;1;libb", "libb;2;libc6, libx (>= 1)", "libx;1;"], ["liba"], ["liba 1", "libb 2", "libx 1"]),
    "an alternative that the base has": (["liba;1;libb | libc6", "libb;1;"], ["liba"], ["liba 1"]),
    "what the base provides": (["libc6;1.0-1;;libvirtual (= 2)", "liba;1;libvirtual (>= 2)"], ["liba"], ["liba 1"]),
    "what nobody follows": (
        ["liba;1;debconf, libglx-mesa0, libb", "libb;1;", "libglx-mesa0;1;"],
        ["liba"],
        ["liba 1", "libb 1"],
    ),
    "a library that a base does without": (["liba;1;libtinfo6", "libtinfo6;6;"], ["liba"], ["liba 1", "libtinfo6 6"]),
    "asked for though nobody follows it": (
        ["liba;1;libglx-mesa0", "libglx-mesa0;1;"],
        ["liba", "libglx-mesa0"],
        ["liba 1", "libglx-mesa0 1"],
    ),
}


@pytest.mark.parametrize("case", SOLVABLE)
def test_resolve_more__wanted_packages__come_with_what_the_base_lacks(case, more, mirror):
    """The closure, minus what is there."""
    packages, wanted, expected = SOLVABLE[case]
    mirror.add(*map(package, packages))
    mirror.write()
    assert texts(more(*wanted)) == expected


def test_resolve_more__every_package__says_who_asked(more, mirror):
    """A library that a wheel needs, a name, or another package; never nobody."""
    mirror.add(package("liba;1;libb"), package("libd;1;libb"), package("libb;1;"))
    mirror.write()
    found = {each.name: each.needed_by for each in more("liba", "libd", liba=("liba.so.1 of x/y.so",))}
    assert found == {"liba": ("liba.so.1 of x/y.so",), "libb": ("liba", "libd"), "libd": ("asked for by name",)}


def test_resolve_more__no_such_package__is_missing(more, mirror):
    """The error says who wanted it."""
    mirror.add(package("liba;1;libnone (>= 2)"))
    mirror.write()
    for wanted, relation, by in (("nothing", "nothing", "the notebook"), ("liba", "libnone (>= 2)", "liba")):
        with pytest.raises(PackageMissing) as caught:
            more(wanted)
        assert (caught.value.relation, caught.value.wanted_by) == (relation, by)


def test_resolve_more__another_version_of_the_base_is_wanted__is_told(more, resolve, mirror):
    """A base that was kept while the archive went on does not fit any more."""
    old = resolve(PYTHON)
    mirror.add(package("libc6;2.0-1;"), package("liba;1;libc6 (= 2.0-1)"))
    mirror.write()
    with pytest.raises(BaseTooOld) as caught:
        more("liba", base=old)
    assert (caught.value.relation, caught.value.wanted_by, caught.value.installed) == (
        "libc6 (= 2.0-1)",
        "liba",
        "1.0-1",
    )
    assert texts(more("liba")) == ["liba 1"]


def test_resolve_more__the_archive_goes_on__gives_the_same_until_asked_otherwise(more, mirror):
    """A newer version moves nothing as long as the old one is there; ``renew`` takes it."""
    mirror.add(package("liba;1;libb"), package("libb;1;"))
    mirror.write()
    first = more("liba")
    mirror.add(package("liba;2;libb"), suite="trixie-updates")
    mirror.write()
    assert more("liba") == first
    assert texts(more("liba", renew=True)) == ["liba 2", "libb 1"]
    assert texts(more("liba")) == ["liba 2", "libb 1"]


def test_resolve_more__the_archive_dropped_a_package__solves_again(more, mirror):
    """What cannot be fetched any more is no answer."""
    mirror.add(package("liba;1;"))
    mirror.write()
    more("liba")
    mirror.add(package("liba;2;"))
    mirror.write()
    assert texts(more("liba")) == ["liba 2"]


def test_resolve_more__another_base__is_another_question(more, resolve, mirror):
    """The same packages are for the very base that they were solved against."""
    mirror.add(package("liba;1;libc6"))
    mirror.write()
    base = resolve(PYTHON)
    more("liba")
    mirror.add(package("liba;2;libc6"), suite="trixie-updates")
    mirror.write()
    smaller = replace(base, packages=tuple(each for each in base.packages if each.name != "netbase"))
    assert texts(more("liba", base=smaller)) == ["liba 2"]


def test_resolve_more__offline_after_success__is_the_same(more, resolve, mirror):
    """What was resolved once is at hand without a network."""
    mirror.add(package("liba;1;"))
    mirror.write()
    base = resolve(PYTHON)
    online = more("liba", base=base)
    assert more("liba", base=base, offline=True) == online


def test_resolve_more__lock_damaged__is_made_again(more, mirror, tmp_path):
    """A half-written answer counts as none."""
    mirror.add(package("liba;1;"))
    mirror.write()
    first = more("liba")
    (kept,) = tmp_path.glob("cache/*/locked-*.json")
    kept.write_text('[{"name": "x"}]')
    assert more("liba") == first


def test_resolve_more__base_asked_again__keeps_its_own_list(more, resolve, mirror, tmp_path):
    """Asking for more does not throw away what the base's next build reads."""
    mirror.add(package("liba;1;"))
    mirror.write()
    resolve(PYTHON)
    before = (next(tmp_path.glob("cache/*/packages.json"))).read_bytes()
    more("liba")
    assert next(tmp_path.glob("cache/*/packages.json")).read_bytes() == before
    assert len(list(tmp_path.glob("cache/*/further-*.json"))) == 1


def test_resolve_more__locked_before_sources_were_told__has_them(more, mirror, tmp_path):
    """What an earlier version kept stays as it is, and what it did not know is added."""
    mirror.add(replace(package("liba;1;"), source="alpha"))
    mirror.write()
    assert [item.source for item in more("liba")] == ["alpha"]
    for place in tmp_path.rglob("locked-*.json"):
        place.write_text(place.read_text().replace('"source": "alpha"', '"source": ""'))

    assert [item.source for item in more("liba")] == ["alpha"]
