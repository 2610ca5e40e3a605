"""What a notebook's metadata wants of its distributions, and what of it cannot be understood."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_containerize.domain.environment import DependencyEdits
from jupyter_containerize.domain.notebook import Declared, Location, Manager
from jupyter_containerize.notebooks import settings_of

PATH = "a.ipynb"


def read(value: Any) -> tuple[DependencyEdits, list[str]]:
    """Return the edits, and the messages of the findings."""
    found, findings = settings_of({"containerize": {"dependencies": value}}, (), path=PATH)
    assert {item.code for item in findings} <= {"JC-NOTEBOOK-31"}
    return found.dependencies, [item.message for item in findings]


def added(name: str, **fields: Any) -> Declared:
    """Return what is asked for in the metadata."""
    return Declared(manager=Manager.PIP, name=name, location=Location(path=PATH), rule="metadata", **fields)


WHEEL = "https://example.org/demo-1.0-py3-none-any.whl"
GOOD: dict[str, tuple[Any, dict[str, Any]]] = {
    "a pin, its name in another spelling": ({"pin": {"Scikit_Learn": "1.5"}}, {"pin": (("scikit-learn", "1.5"),)}),
    "a build of a version": ({"pin": {"torch": "2.3.0+cpu"}}, {"pin": (("torch", "2.3.0+cpu"),)}),
    "two things added": (
        {"add": ["requests[socks]>=2", "certifi; python_version<'4'"]},
        {
            "add": (
                added("certifi", marker='python_version < "4"'),
                added("requests", specifier=">=2", extras=("socks",)),
            )
        },
    ),
    "one thing added": ({"add": "six"}, {"add": (added("six"),)}),
    "a wheel on the web": ({"add": [f"demo @ {WHEEL}"]}, {"add": (added("demo", url=WHEEL),)}),
    "a wheel for one system": (
        {"add": [f"demo @ {WHEEL} ; sys_platform == 'linux'"]},
        {"add": (added("demo", url=WHEEL, marker='sys_platform == "linux"'),)},
    ),
    "excluded": ({"exclude": ["matplotlib", "Seaborn"]}, {"exclude": ("matplotlib", "seaborn")}),
    "nothing of each": ({"pin": {}, "add": [], "exclude": []}, {}),
}


@pytest.mark.parametrize(("value", "fields"), GOOD.values(), ids=GOOD)
def test_edits__allowed__are_read_without_a_word(value: Any, fields: dict[str, Any]) -> None:
    """Names are normalised and sorted."""
    assert read(value) == (DependencyEdits(path=PATH, **fields), [])


BAD: dict[str, tuple[Any, dict[str, Any], list[str]]] = {
    "no object": (["pandas"], {"path": ""}, ["containerize.dependencies is ['pandas']"]),
    "unknown part": ({"remove": ["a"]}, {}, ["dependencies.remove is ['a']"]),
    "pin is a list": ({"pin": ["a==1"]}, {}, ["dependencies.pin is ['a==1']"]),
    "pin to a range": ({"pin": {"a": ">=1", "b": "1"}}, {"pin": (("b", "1"),)}, ["dependencies.pin.a is '>=1'"]),
    "pin to a number": ({"pin": {"a": 1.0}}, {}, ["dependencies.pin.a is 1.0"]),
    "pin of no name": ({"pin": {"a b": "1"}}, {}, ["dependencies.pin is 'a b'"]),
    "pinned twice": ({"pin": {"a": "1", "A": "2"}}, {"pin": (("a", "1"),)}, ["dependencies.pin.A is '2'"]),
    "added is no requirement": ({"add": ["a b", "six"]}, {"add": (added("six"),)}, ["dependencies.add is 'a b'"]),
    "added is a number": ({"add": [3]}, {}, ["dependencies.add is 3"]),
    "added from a folder": ({"add": ["./demo"]}, {}, ["dependencies.add is './demo'"]),
    "added from a repository": (
        {"add": ["demo @ git+https://example.org/demo.git"]},
        {},
        ["dependencies.add is 'an address'"],
    ),
    "excluded is no name": ({"exclude": ["a>1"]}, {}, ["dependencies.exclude is 'a>1'"]),
    "pinned and excluded": (
        {"pin": {"a": "1"}, "add": ["b"], "exclude": ["a", "b"]},
        {"exclude": ("a", "b")},
        ["dependencies.pin is 'a'", "dependencies.add is 'b'"],
    ),
    "far too many": (
        {"exclude": [f"p{number}" for number in range(1000)]},
        {"exclude": tuple(sorted(f"p{number}" for number in range(500)))},
        ["1000 entries"],
    ),
}


@pytest.mark.parametrize(("value", "fields", "told"), BAD.values(), ids=BAD)
def test_edits__not_allowed__are_told_and_left_out(value: Any, fields: dict[str, Any], told: list[str]) -> None:
    """One finding for each; the others count."""
    edits, messages = read(value)
    assert edits == DependencyEdits(**{"path": PATH, **fields})
    assert len(messages) == len(told)
    assert all(part in message for part, message in zip(told, messages, strict=True))


def test_edits__password_in_an_address__is_not_repeated() -> None:
    """What is refused because it holds a secret is not shown."""
    edits, messages = read({"add": ["demo @ https://me:hunter2@example.org/demo-1.0-py3-none-any.whl"]})
    assert not edits
    assert "hunter2" not in "".join(messages)
