"""The text of outputs is found, and nothing else of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_containerize.notebooks import OutputText, read_metadata, read_outputs
from jupyter_containerize.notebooks.errors import NotANotebook, NotebookNotFound
from jupyter_containerize.notebooks.outputs import LONGEST_TEXT

OUTPUTS: dict[str, tuple[object, list[str]]] = {
    "stream": ({"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}, ["a\nb\n"]),
    "stream as one text": ({"output_type": "stream", "text": 'a "quote"\n'}, ['a "quote"\n']),
    "error": (
        {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["\x1b[0m one", " two"]},
        ["KeyError", "'a'", "\x1b[0m one two"],
    ),
    "forms": (
        {"output_type": "display_data", "data": {"text/plain": ["<x>"], "text/html": "<b>x</b>", "image/png": "iVBOR"}},
        ["<x>", "<b>x</b>"],
    ),
    "a drawing": ({"data": {"image/svg+xml": "<svg/>", "application/pdf": "JVBE", "audio/wav": "UklG"}}, []),
    "JSON": ({"data": {"application/json": {"key": ["a", 1]}}}, ['{"key": ["a", 1]}']),
    "a list of JSON": ({"data": {"application/vnd.x+json": [1, {"a": "b"}]}}, ['[1, {"a": "b"}]']),
    "JavaScript": ({"data": {"application/javascript": ["a()"]}}, ["a()"]),
    "version 3": ({"output_type": "pyout", "html": ["<b>"], "png": "iVBOR", "text": ["x"]}, ["x", "<b>"]),
    "other letters": ({"text": "\u6f22\u5b57 \U0001f600 \u00e9"}, ["\u6f22\u5b57 \U0001f600 \u00e9"]),
    "nothing": ({"text": None, "data": {"text/plain": [], "text/html": ""}}, []),
    "of the wrong shape": ({"text": 3, "data": ["text/plain"], "traceback": {}}, ["3", "{}"]),
    "no output": ("x", []),
    "a long text": ({"text": "\u6f22" * (LONGEST_TEXT + 9)}, ["\u6f22" * LONGEST_TEXT]),
    "many lines": ({"text": ["\U0001f600\n"] * LONGEST_TEXT}, ["\U0001f600\n" * (LONGEST_TEXT // 2)]),
    "long JSON": ({"data": {"application/json": [1] * LONGEST_TEXT}}, [("[" + "1, " * LONGEST_TEXT)[:LONGEST_TEXT]]),
}


def write(path: Path, content: object, *, ascii_only: bool = True) -> Path:
    """Write JSON as an editor would."""
    path.write_text(json.dumps(content, ensure_ascii=ascii_only), encoding="utf-8")
    return path


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("name", OUTPUTS)
def test_read_outputs__output__has_its_text(name, ascii_only, tmp_path):
    """Each kind of output gives the texts of the table, with the index of its cell."""
    output, texts = OUTPUTS[name]
    cells = ["no cell", {"cell_type": "markdown"}, {"cell_type": "code", "outputs": [output]}]
    path = write(tmp_path / "a.ipynb", {"nbformat": 4, "cells": cells}, ascii_only=ascii_only)
    assert list(read_outputs(path)) == [OutputText(cell=2, text=text) for text in texts]


def test_read_outputs__version_3__has_its_outputs(tmp_path):
    """Worksheets have outputs too."""
    cells = [{"cell_type": "code", "outputs": [{"output_type": "stream", "text": "x"}]}]
    path = write(tmp_path / "a.ipynb", {"nbformat": 3, "worksheets": [{"cells": cells}]})
    assert list(read_outputs(path)) == [OutputText(cell=1, text="x")]


@pytest.mark.parametrize("content", [{}, {"nbformat": 4, "cells": 1}, {"cells": [{"outputs": 1}, {"outputs": [1]}]}])
def test_read_outputs__no_outputs__are_none(content, tmp_path):
    """A file without cells or outputs has no text."""
    assert list(read_outputs(write(tmp_path / "a.ipynb", content))) == []


def test_read_outputs__no_file__raises_at_once(tmp_path):
    """Errors come before the first output is asked for."""
    with pytest.raises(NotebookNotFound):
        read_outputs(tmp_path / "missing.ipynb")


METADATA: dict[str, tuple[object, object]] = {
    "there": (
        {"metadata": {"language_info": {"version": "3.11.4"}, "x": [1]}},
        {"language_info": {"version": "3.11.4"}, "x": [1]},
    ),
    "missing": ({}, {}),
    "no object": ({"metadata": ["x"]}, {}),
    "beside broken cells": ({"metadata": {"a": 1}, "cells": 7}, {"a": 1}),
}


@pytest.mark.parametrize("name", METADATA)
def test_read_metadata__metadata__is_as_written(name, tmp_path):
    """The notebook's own metadata comes whole, whatever its cells are."""
    content, metadata = METADATA[name]
    assert read_metadata(write(tmp_path / "a.ipynb", content)) == metadata


def test_read_metadata__no_notebook__says_so(tmp_path):
    """What is no JSON object has no metadata."""
    with pytest.raises(NotANotebook):
        read_metadata(write(tmp_path / "a.ipynb", [1]))
