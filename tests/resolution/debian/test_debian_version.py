"""Debian's order of versions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.resolution.debian.version import satisfies, version_key

# Each is lower than the next.
ASCENDING = [
    "0~~",
    "0~~a",
    "0~",
    "0",
    "0.1",
    "1.0~beta1~svn1245",
    "1.0~beta1",
    "1.0~rc1-1",
    "1.0",
    "1.0-1~deb12u1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1.1",
    "1.0-2",
    "1.0-10",
    "1.0a-1",
    "1.0+dfsg-1",
    "1.0.0-1",
    "1.2-3-1",
    "1.10-1",
    "3.11.2-6+deb12u3",
    "3.11.2-6+deb12u10",
    "20230311+deb12u1",
    "1:0.1",
    "2:0",
    "10:0",
]

EQUAL = [("1.0", "1.0-0"), ("1.0", "0:1.0"), ("1.0", "1.00"), ("1.0-1", "1.0-01"), ("1", "1-")]


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(ASCENDING)))
def test_version_key__two_versions__sort_as_debian_does(lower, higher):
    """The key of the lower version is the lower key."""
    assert version_key(lower) < version_key(higher)


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_version_key__written_differently__is_equal(one, other):
    """Versions that Debian holds for the same have the same key."""
    assert version_key(one) == version_key(other)


@given(st.text("019a~+.-", max_size=8), st.text("019a~+.-", max_size=8))
def test_version_key__a_tilde_after__comes_before_all_else(version, rest):
    """What ends in a tilde comes before the same without, whatever follows the tilde."""
    assert version_key(f"1{version}.0~{rest.replace('-', '')}") < version_key(f"1{version}.0")


@pytest.mark.parametrize(
    ("version", "comparison", "wanted", "expected"),
    [
        ("1.0-1", "=", "1.0-1", True),
        ("1.0-1", ">=", "1.0-1", True),
        ("1.0-1", ">>", "1.0-1", False),
        ("1.0-1", "<<", "1.0-2", True),
        ("1.0-2", "<=", "1.0-1", False),
    ],
)
def test_satisfies__each_comparison__means_what_policy_says(version, comparison, wanted, expected):
    """A relation's comparison is applied to Debian's order."""
    assert satisfies(version, comparison, wanted) is expected
