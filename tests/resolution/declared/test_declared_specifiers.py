"""Specifiers are put together, and contradictions are seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from jupyter_containerize.resolution.declared import combine, exact_of

TOGETHER = {
    "nothing": ([], ("", True)),
    "any": (["", ""], ("", True)),
    "same": (["==1.2", "==1.2"], ("==1.2", True)),
    "range": ([">=1.2", "<2", ">=1.2,<2"], ("<2,>=1.2", True)),
    "pin in range": (["==1.2", ">=1,<2"], ("<2,==1.2,>=1", True)),
    "pin out of range": (["==2.2", "<2"], ("<2,==2.2", False)),
    "two pins": (["==1.2", "==1.3"], ("==1.2,==1.3", False)),
    "same pin, written differently": (["==1.2", "==1.2.0"], ("==1.2.0", True)),
    "pin in series": (["==1.2.*", "==1.2.3"], ("==1.2.*,==1.2.3", True)),
    "pin out of series": (["==1.2.*", "==1.3.3"], ("==1.2.*,==1.3.3", False)),
    "two series": (["==1.2.*", "==1.3.*"], ("==1.2.*,==1.3.*", False)),
    "empty range": ([">=2", "<2"], ("<2,>=2", False)),
    "point": ([">=2", "<=2"], ("<=2,>=2", True)),
    "point left out": ([">=2", "<=2", "!=2"], ("!=2,<=2,>=2", False)),
    "open range": ([">1.2", "<1.3"], ("<1.3,>1.2", True)),
    "nothing between": ([">1.2", "<1.2.1"], ("<1.2.1,>1.2", True)),
    "series left out": ([">=1.2", "!=1.2.*"], ("!=1.2.*,>=1.2", True)),
    "series left out of itself": (["==1.2.*", "!=1.2.*"], ("!=1.2.*,==1.2.*", False)),
    "series left out, bound": ([">=1.2", "!=1.2.*", "<1.3"], ("!=1.2.*,<1.3,>=1.2", False)),
    "compatible": (["~=1.2", ">=1.5"], (">=1.5,~=1.2", True)),
    "not compatible": (["~=1.2", ">=2"], (">=2,~=1.2", False)),
    "upper only": (["<1"], ("<1", True)),
    "pre-release": (["==1.0rc1", "<1.0"], ("<1.0,==1.0rc1", False)),
    "from a pre-release": ([">=1.0rc1", "<1.0.1"], ("<1.0.1,>=1.0rc1", True)),
    "no specifier": ([">=1", "latest"], (">=1", True)),
    "epoch": (["==1!1.0", ">=2"], ("==1!1.0,>=2", True)),
    "arbitrary": (["===1.2-x"], ("===1.2-x", True)),
    "label": (["==1.2+cpu", ">=1.2"], ("==1.2+cpu,>=1.2", True)),
}


@pytest.mark.parametrize(("specifiers", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_combine__specifiers__are_sorted_and_contradictions_seen(specifiers, expected):
    """All clauses are there once, in order; the second value says whether a version can suit them."""
    text, possible = combine(specifiers)
    assert (SpecifierSet(text), possible) == (SpecifierSet(expected[0]), expected[1])
    assert combine(list(reversed(specifiers))) == (text, possible)


NUMBERS = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
CLAUSES = st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS).map("".join) | st.tuples(
    st.sampled_from(["==", "!="]), NUMBERS
).map(lambda pair: f"{pair[0]}{pair[1]}.*")


@given(st.lists(CLAUSES, max_size=4), st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_combine__a_version_suits_all__is_possible(specifiers, release):
    """What some version suits is never called a contradiction."""
    version = ".".join(map(str, release))
    if all(version in SpecifierSet(item) for item in specifiers):
        assert combine(specifiers)[1]


EXACT = {
    "==1.2": "1.2",
    "== 1.2": "1.2",
    "===1.2": "1.2",
    "==1.2+cpu": "1.2+cpu",
    "==1.2rc1": "1.2rc1",
    ">=1,==1.2": "1.2",
    "==1.2.*": None,
    ">=1.2": None,
    "~=1.2": None,
    "": None,
    "1.2": None,
}


@pytest.mark.parametrize(("specifier", "expected"), EXACT.items(), ids=EXACT)
def test_exact_of__specifier__is_the_pinned_version(specifier, expected):
    """Only a pin is exact."""
    assert exact_of(specifier) == expected
