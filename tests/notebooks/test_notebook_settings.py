"""What a notebook says of its own image, and what of it cannot be understood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_containerize.domain.build import CellOrder, NotebookSettings
from jupyter_containerize.domain.notebook import Severity
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.notebooks import parse_notebook, read_settings, settings_of

CELLS = ("import a", "connection = connect()", "def predict(x):\n    return x", "print(1)")


def content(settings: Any = None, tags: dict[int, list[str]] | None = None, sources: Any = CELLS) -> dict[str, Any]:
    """Return a notebook with ids ``one`` to ``four``, these settings and the tags of some cells."""
    ids = ("one", "two", "three", "four")
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {"tags": (tags or {}).get(index, [])},
            "outputs": [],
            "source": source,
        }
        for index, (name, source) in enumerate(zip(ids, sources, strict=True), start=1)
    ]
    metadata = {} if settings is None else {"containerize": settings}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def settings(made: dict[str, Any]) -> tuple[NotebookSettings, list[str]]:
    """Return a notebook's settings, and the messages of its findings."""
    found, findings = settings_of(made["metadata"], parse_notebook(made, path="a.ipynb").cells, path="a.ipynb")
    assert {(item.code, item.severity) for item in findings} <= {("JC-NOTEBOOK-31", Severity.WARNING)}
    assert all(item.hint and item.location.path == "a.ipynb" for item in findings)
    return found, [item.message for item in findings]


GOOD: dict[str, tuple[Any, NotebookSettings]] = {
    "nothing": (None, NotebookSettings()),
    "empty": ({}, NotebookSettings()),
    "one to serve": ({"serve": "predict"}, NotebookSettings(serve=("predict",))),
    "several, dotted": ({"serve": ["model.predict", "Box.run"]}, NotebookSettings(serve=("model.predict", "Box.run"))),
    "state": ({"state": "live"}, NotebookSettings(state=StateSource.LIVE)),
    "order, in capitals": ({"order": "Execution"}, NotebookSettings(order=CellOrder.EXECUTION)),
    "cells by number and id": (
        {"keep": [4, "one"], "drop": "2"},
        NotebookSettings(keep=(1, 4), drop=(2,)),
    ),
    "a parameter to join": ({"batch": "rows"}, NotebookSettings(batch=("rows",))),
    "parameters to join": ({"batch": ["rows", "model.predict:x"]}, NotebookSettings(batch=("rows", "model.predict:x"))),
    "one cell": ({"keep": 3, "recreate": "db"}, NotebookSettings(keep=(3,), recreate=("db",))),
    "an extra": ({"extras": "grpc"}, NotebookSettings(extras=("grpc",))),
    "null": ({"serve": None, "state": None, "keep": None}, NotebookSettings()),
}


@pytest.mark.parametrize(("value", "expected"), GOOD.values(), ids=GOOD)
def test_settings_of__metadata__is_read(value, expected):
    """Everything allowed is understood, without a word."""
    assert settings(content(value)) == (expected, [])


BAD: dict[str, tuple[Any, NotebookSettings, list[str]]] = {
    "no object": (["predict"], NotebookSettings(), ["containerize is ['predict']"]),
    "unknown key": ({"sevre": "x"}, NotebookSettings(), ["'sevre'"]),
    "unknown state": ({"state": "frozen"}, NotebookSettings(), ["containerize.state is 'frozen'"]),
    "state of the wrong type": ({"state": 1}, NotebookSettings(), ["containerize.state is 1"]),
    "no name": ({"serve": ["a b", "predict"]}, NotebookSettings(serve=("predict",)), ["containerize.serve is 'a b'"]),
    "no parameter": ({"batch": "a b"}, NotebookSettings(), ["containerize.batch is 'a b'"]),
    "keyword": ({"recreate": ["class"]}, NotebookSettings(), ["containerize.recreate is 'class'"]),
    "dotted name to recreate": ({"recreate": "a.b"}, NotebookSettings(), ["containerize.recreate is 'a.b'"]),
    "no such cell": ({"keep": [9, "nine", 1]}, NotebookSettings(keep=(1,)), ["keep is 9", "keep is 'nine'"]),
    "truth for a number": ({"drop": True}, NotebookSettings(), ["drop is True"]),
    "object for a list": ({"drop": {"a": 1}}, NotebookSettings(), ["drop is {'a': 1}"]),
    "kept and dropped": ({"keep": 2, "drop": [2, 3]}, NotebookSettings(keep=(2,), drop=(3,)), ["Cell [2]"]),
    "unknown extra": ({"extras": ["soap", "grpc"]}, NotebookSettings(extras=("grpc",)), ["extras is 'soap'"]),
    "very long": ({"state": "x" * 500}, NotebookSettings(), ["xxx..."]),
}


@pytest.mark.parametrize(("value", "expected", "said"), BAD.values(), ids=BAD)
def test_settings_of__wrong_value__is_a_finding_and_left_out(value, expected, said):
    """The rest counts; the message says what was seen."""
    found, messages = settings(content(value))
    assert found == expected
    assert len(messages) == len(said)
    assert all(part in message for part, message in zip(said, messages, strict=True))


def test_settings_of__tags__join_the_metadata():
    """A tag does for one cell what the lists do by number."""
    tags = {1: ["containerize-keep", "other"], 4: ["containerize-drop"], 2: ["startup"]}
    found, messages = settings(content({"keep": 3, "recreate": ["db", "connection"]}, tags))
    assert found == NotebookSettings(keep=(1, 3), drop=(4,), recreate=("db", "connection"))
    assert messages == []


STARTUP: dict[str, tuple[str, tuple[str, ...]]] = {
    "assignment": ("a = b = connect()", ("a", "b")),
    "unpacking": ("a, (b, *c) = connect()", ("a", "b", "c")),
    "annotated": ("a: int = 1\nb: int", ("a",)),
    "with": ("with connect() as c, lock as (d, e):\n    f = c.cursor()", ("c", "d", "e", "f")),
    "try": ("try:\n    a = one()\nexcept Bad:\n    a = two()", ("a",)),
    "if": ("if fast:\n    a = one()\nelse:\n    b = two()", ("a", "b")),
    "magic": ("%load_ext sql\na = 1", ("a",)),
    "attribute and item": ("a.b = 1\nc['d'] = 2\ne = 3", ("e",)),
    "more than it makes": ("import x\ndef f():\n    g = 1\nh = f()", ("h",)),
}


@pytest.mark.parametrize(("source", "names"), STARTUP.values(), ids=STARTUP)
def test_settings_of__startup_cell__recreates_what_it_binds(source, names):
    """The names that plain statements of the cell bind are made anew at start."""
    found, messages = settings(content(tags={2: ["startup"]}, sources=("", source, "", "")))
    assert (found.recreate, messages) == (names, [])


@pytest.mark.parametrize("source", ["print(1)", "def connect(): ...", "a = = 1", "%%bash\nls"])
def test_settings_of__startup_cell_without_names__says_so(source):
    """A tag that does nothing is told."""
    found, messages = settings(content(tags={2: ["startup"]}, sources=("x = 1", source, "", "")))
    assert found == NotebookSettings()
    assert messages == ["Cell [2] is tagged startup and binds no name"]


def test_read_settings__file_and_content__say_the_same(tmp_path):
    """A saved notebook and one that an editor sends are read alike."""
    made = content({"serve": "predict", "keep": "four"})
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    assert read_settings(path) == read_settings(made) == NotebookSettings(serve=("predict",), keep=(4,))
