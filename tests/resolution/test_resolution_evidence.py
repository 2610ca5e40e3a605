"""What distributions ask for is read from their metadata's lines, nearly always without a full parse."""

from __future__ import annotations

from importlib.metadata import distributions

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jupyter_containerize.resolution.evidence import asked_name, required_name

LINES = {
    "name": "Some.Name_x",
    "version": "numpy>=1.2,<2",
    "version in brackets": "numpy (>=1.2)",
    "any of a release": "numpy==1.*",
    "epoch and label": "numpy==1!2.0+cpu",
    "extras": "jupyter[Lab, all]>=1",
    "marker": 'tomli>=1 ; python_version < "3.11"',
    "extra": "pytest; extra == 'test'",
    "extra among others": 'pytest>=7; (os_name == "nt") and extra == "test"',
    "url": "a @ https://host/a.whl",
    "url with a marker": 'a @ https://host/a.whl ; extra == "x"',
    "no name": ">=1",
    "two names": "a b",
    "open bracket": "a[x",
    "nothing": "",
}


def _parsed(line):
    try:
        parsed = Requirement(line)
    except InvalidRequirement:
        return None
    return canonicalize_name(parsed.name), "extra" in str(parsed.marker or "")


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_asked_name__any_line__is_what_a_parser_says(line):
    """The short way and the long one agree."""
    assert asked_name(line) == _parsed(line)


def test_asked_name__lines_of_what_is_installed__is_what_a_parser_says():
    """Also for all the metadata that there is here."""
    lines = {line for item in distributions() for line in item.requires or ()}

    assert {line: asked_name(line) for line in lines} == {line: _parsed(line) for line in lines}


@pytest.mark.parametrize(("line", "name"), [("B>1", "b"), ("b; extra == 'x'", None), ("a b", None)])
def test_required_name__by_who_asks__is_none_for_an_extra_alone(line, name):
    """What only an extra asks for was not asked for."""
    assert required_name(line) == name
