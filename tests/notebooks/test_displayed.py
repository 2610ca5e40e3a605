"""What a notebook's file shows as the value of a cell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_containerize.notebooks import displayed
from jupyter_containerize.notebooks.errors import NotebookNotFound
from jupyter_containerize.notebooks.outputs import LONGEST_TEXT


def value(text: Any) -> dict[str, Any]:
    """Return the output of a cell that ends with an expression."""
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": text}}


CASES: dict[str, tuple[list[Any], str | None]] = {
    "text": ([value("3.5")], "3.5"),
    "lines": ([value(["a\n", "b"])], "a\nb"),
    "beside others": ([{"output_type": "stream", "text": "printed"}, value("1")], "1"),
    "the last of several": ([value("1"), value("2")], "2"),
    "escapes": ([value("\u00e9\u4e2d '\"\\")], "\u00e9\u4e2d '\"\\"),
    "printed alone": ([{"output_type": "stream", "name": "stdout", "text": "1"}], None),
    "displayed alone": ([{"output_type": "display_data", "data": {"text/plain": "1"}}], None),
    "no text form": ([{"output_type": "execute_result", "data": {"image/png": "aaaa"}}], None),
    "wrong shapes": ([value({"a": 1}) | {"data": []}, 7, {"output_type": ["x"]}, {}], None),
    "too long": ([value("x" * LONGEST_TEXT)], None),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("outputs", "text"), CASES.values(), ids=CASES)
def test_displayed__outputs_of_a_cell__its_value(tmp_path, outputs, text):
    """Only what stands after Out[n] counts."""
    cells = [
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": "1", "outputs": outputs},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}), encoding="utf-8")
    assert displayed(path) == ({} if text is None else {2: text})


def test_displayed__version_3__its_own_names(tmp_path):
    """The old format has another word, and the text beside it."""
    cell = {"cell_type": "code", "input": "1", "outputs": [{"output_type": "pyout", "text": ["1", "2"]}]}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}), encoding="utf-8")
    assert displayed(path) == {1: "12"}


def test_displayed__no_file__says_so(tmp_path):
    """The reader's errors are this one's."""
    with pytest.raises(NotebookNotFound):
        displayed(tmp_path / "none.ipynb")
