"""A locked environment survives the way through pylock.toml, which others can read too."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage, SystemPackage
from jupyter_containerize.resolution import from_pylock, to_pylock
from jupyter_containerize.resolution.errors import LockUnreadable, ResolverFailed
from jupyter_containerize.resolution.tags import best_wheel, target_tags

SHA = "0" * 64
ENVIRONMENT = LockedEnvironment(
    python_minor="3.11",
    platform="x86_64-manylinux_2_36",
    packages=(
        LockedPackage(
            name="numpy",
            version="2.0",
            filename="numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl",
            url="https://host/numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl",
            sha256=SHA,
            size_bytes=7,
        ),
        LockedPackage(
            name="six",
            version="1.0",
            filename="six-1.0-py3-none-any.whl",
            url="https://host/six-1.0-py3-none-any.whl",
            sha256=SHA,
            size_bytes=None,
        ),
    ),
    system_packages=(
        SystemPackage(
            name="libc6",
            version="2.36-9+deb12u9",
            architecture="amd64",
            url="https://debian/libc6.deb",
            sha256=SHA,
            size_bytes=9,
        ),
        SystemPackage(
            name="libgomp1",
            version="12.2.0-14",
            architecture="amd64",
            url="https://debian/libgomp1.deb",
            sha256=SHA,
            size_bytes=7,
            needed_by=("libgomp.so.1 of lightgbm/lib/lib_lightgbm.so", 'a "name"'),
            source="gcc-12",
        ),
    ),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_to_pylock__round_trip__is_equal():
    """What was written is read back, and is a lock file by the standard."""
    text = to_pylock(ENVIRONMENT)
    assert from_pylock(text) == ENVIRONMENT
    assert to_pylock(from_pylock(text)) == text
    standard = Pylock.from_dict(tomllib.loads(text))
    assert [package.name for package in standard.packages] == ["numpy", "six"]


@given(name=TEXT, url=TEXT, size=st.none() | st.integers(min_value=0, max_value=2**63 - 1))
def test_to_pylock__any_text__survives(name, url, size):
    """No character breaks the format."""
    package = LockedPackage(name=name, version="1", filename="f", url=url, sha256=SHA, size_bytes=size)
    environment = LockedEnvironment(python_minor="3.11", platform="x86_64-manylinux_2_36", packages=(package,))
    assert from_pylock(to_pylock(environment)) == environment


@pytest.mark.parametrize("text", ["", "[[", 'lock-version = "1.0"', "tool = 3", "[tool.jupyter-containerize]\n"])
def test_from_pylock__garbage__says_what_is_wrong(text):
    """What we did not write is an error, not half a lock."""
    with pytest.raises(LockUnreadable):
        from_pylock(text)


def test_from_pylock__package_without_wheel__is_an_error():
    """A package needs its wheel."""
    text = to_pylock(ENVIRONMENT).replace("wheels = [{", "wheels = [] # [{", 1)
    with pytest.raises(LockUnreadable):
        from_pylock(text)


CHOICES = {
    "own build before pure": (["a-1-py3-none-any.whl", "a-1-cp311-cp311-linux_x86_64.whl"], 1),
    "nearer glibc first": (
        ["a-1-cp311-cp311-manylinux2014_x86_64.whl", "a-1-cp311-cp311-manylinux_2_28_x86_64.whl"],
        1,
    ),
    "too new a glibc": (["a-1-cp311-cp311-manylinux_2_39_x86_64.whl"], None),
    "stable abi": (["a-1-cp37-abi3-manylinux1_x86_64.whl", "a-1-py3-none-any.whl"], 0),
    "python 2 and 3": (["a-1-py2.py3-none-any.whl"], 0),
    "no wheel name": (["a-1.tar.gz", "a.whl"], None),
    "higher build": (["a-1-1-py3-none-any.whl", "a-1-2-py3-none-any.whl"], 1),
    "none": ([], None),
}


@pytest.mark.parametrize(("filenames", "best"), CHOICES.values(), ids=CHOICES)
def test_best_wheel__choices__takes_what_fits_best(filenames, best):
    """The most specific wheel that the image can load is taken, in any order."""
    tags = target_tags("3.11", "x86_64-manylinux_2_36")
    expected = None if best is None else filenames[best]
    assert best_wheel(filenames, tags) == best_wheel(reversed(filenames), tags) == expected


def test_target_tags__aarch64__starts_at_its_first_glibc():
    """Machines that are younger than a glibc have no wheels for it."""
    platforms = {tag.platform for tag in target_tags("3.13", "aarch64-manylinux_2_41")}
    assert {"manylinux_2_41_aarch64", "manylinux2014_aarch64", "linux_aarch64", "any"} <= platforms
    assert "manylinux_2_12_aarch64" not in platforms


def test_target_tags__unknown_platform__is_our_error():
    """A platform of another shape is not guessed at."""
    with pytest.raises(ResolverFailed):
        target_tags("3.11", "windows")
