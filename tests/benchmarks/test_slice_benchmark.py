"""The slice benchmark reads its manifest, splits it, samples inputs and compares answers as its README says."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "benchmarks" / "slice"


@pytest.fixture(scope="module")
def parts():
    """The benchmark's modules, which import each other by name."""
    names = ("manifest", "sampling", "comparing", "layout", "distributions", "asking")
    sys.path.insert(0, str(_FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(_FOLDER))
        for name in names:
            sys.modules.pop(name, None)


NOTEBOOK = {
    "nbformat": 3,
    "nbformat_minor": 0,
    "metadata": {},
    "worksheets": [
        {
            "cells": [
                {
                    "cell_type": "code",
                    "collapsed": False,
                    "input": ["from old import thing\n", "thing.fit()"],
                    "language": "python",
                    "metadata": {},
                    "outputs": [],
                }
            ]
        }
    ],
}

ALIKE = {
    "the same": ([1, "a", None], [1, "a", None], True),
    "within 1e-9": (0.1 + 0.2, 0.3, True),
    "beyond": (1.0, 1.0 + 1e-6, False),
    "whole and real": (1, 1.0, True),
    "not a number twice": ([float("nan")], [float("nan")], True),
    "a bool is no number": (True, 1, False),
    "another length": ([1], [1, 2], False),
    "other keys": ({"a": 1}, {"b": 1}, False),
    "the same error with an address": ({"!": "ValueError", "text": "0x1"}, {"!": "ValueError", "text": "0x2"}, True),
    "another error": ({"!": "ValueError", "text": ""}, {"!": "KeyError", "text": ""}, False),
    "infinite": (float("inf"), float("inf"), True),
}


@pytest.mark.parametrize(("one", "other", "expected"), ALIKE.values(), ids=ALIKE)
def test_alike__two_answers__numbers_by_size_and_errors_by_type(parts, one, other, expected):
    """Whether two answers count as one is what the README says."""
    assert parts["comparing"].alike(one, other) is expected


def test_read_manifest__ours__is_whole_and_split_about_three_to_two(parts):
    """The manifest can be read, names enough notebooks and repositories, and every call can be written."""
    entries = parts["manifest"].read_manifest(_FOLDER / "manifest.toml")
    assert len(entries) >= 40
    assert len({entry.repository for entry in entries}) >= 15
    assert 0.4 < sum(entry.public for entry in entries) / len(entries) < 0.8
    for entry in entries:
        assert len(entry.commit) == 40
        compile(entry.predict, entry.identifier, "exec")
        compile(entry.call, entry.identifier, "eval")


def test_read_manifest__an_id_twice__is_refused(parts, tmp_path):
    """Two entries never share an id, and so a cache folder."""
    one = (
        '[[notebook]]\nid = "a"\nrepository = "o/n"\ncommit = "c"\npath = "p.ipynb"\nlicence = "MIT"\n'
        'predict = "def predict(): pass"\nexample = {}\n'
    )
    (tmp_path / "m.toml").write_text(one + one)
    with pytest.raises(parts["manifest"].ManifestBroken, match="twice: a"):
        parts["manifest"].read_manifest(tmp_path / "m.toml")


def test_around__an_example__gives_it_and_others_of_its_shape(parts):
    """The first input is the example; the others have its names and types, and come out the same again."""
    example = {"age": 40, "rate": 0.5, "kind": "male", "text": "you have won a prize", "row": [1.0, 2], "yes": True}
    inputs = parts["sampling"].around(example, "seed")
    assert inputs[0] == example
    assert inputs == parts["sampling"].around(example, "seed")
    assert any(given["age"] != 40 for given in inputs)
    for given in inputs:
        assert {name: type(value) for name, value in given.items()} == {n: type(v) for n, v in example.items()}
        assert 20 <= given["age"] <= 60
        assert given["kind"] == "male"
        assert given["yes"] is True
        assert [type(item) for item in given["row"]] == [float, int]


def _entry(parts, **changes):
    manifest = parts["manifest"]
    return manifest.Entry(
        identifier="one",
        repository="o/n",
        commit="c",
        path="p.ipynb",
        licence="MIT",
        predict="def predict(x): return x",
        example={"x": 1.5},
        edits=(manifest.Edit(find="old", replace="new"),),
        **changes,
    )


def test_extended__an_old_notebook__is_edited_and_ends_with_predict_and_its_call(parts):
    """A notebook of format 3 becomes one of format 4 that calls predict in its last cell."""
    written = json.loads(parts["layout"].extended(_entry(parts), json.dumps(NOTEBOOK)))
    sources = ["".join(cell["source"]) for cell in written["cells"]]
    assert written["nbformat"] == 4
    assert sources == ["from new import thing\nthing.fit()", "def predict(x): return x", "predict(x=1.5)"]


def test_extended__an_edit_that_finds_nothing__is_refused(parts):
    """An edit that no longer matches is said, not skipped."""
    text = json.dumps(NOTEBOOK).replace("old", "older").replace("older", "other")
    with pytest.raises(parts["manifest"].ManifestBroken, match="nothing has 'old'"):
        parts["layout"].extended(_entry(parts), text)


def test_with_required__a_circle__ends_with_all_of_it(parts):
    """What distributions require is followed to its end, circles included; what is not installed is left out."""
    installed = parts["distributions"].Installed(
        modules={"a": ["a-dist"], "b": ["b-dist"]},
        requires={"a-dist": ["b-dist", "gone"], "b-dist": ["a-dist"]},
        size_bytes={"a-dist": 5, "b-dist": 7},
    )
    assert installed.providing(["a.b.c", "json"]) == {"a-dist"}
    assert installed.total_bytes({"a-dist"}) == 12


def test_ask__in_a_namespace__writes_answers_and_state_that_serves_alike(parts, tmp_path):
    """What the kernel stores is enough for a namespace that has nothing else."""
    pytest.importorskip("cloudpickle")
    asking = parts["asking"]
    request = {
        "inputs": [{"x": 2}, {"x": "a"}],
        "answers": str(tmp_path / "answers.json"),
        "state": str(tmp_path / "state.pkl"),
        "live_in": ["factor"],
        "source": "def predict(x):\n    return [x + factor]\n",
    }
    asking.ask({"factor": 3}, request)
    found = json.loads((tmp_path / "answers.json").read_text())
    assert found["answers"][0] == [5]
    assert found["answers"][1]["!"] == "TypeError"
    assert found["refused"] == {}
    before = sys.modules["__main__"]
    try:
        served = asking.serve(tmp_path / "state.pkl")
    finally:
        sys.modules["__main__"] = before
    assert served["answers"] == found["answers"]
