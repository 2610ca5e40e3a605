"""What installs something never runs at build, wherever it stands, and all other lines keep their numbers."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze, slice_for
from tests.notebooks.made import notebook_of

SERVES = "def predict(x: float) -> float:\n    return x * w"

# A cell, and what is left of it in both programs; None: nothing, the cell is absent.
CASES: dict[str, tuple[str, str | None]] = {
    "pip": ("%pip install -q shap\nw = 2.0", "pass\nw = 2.0"),
    "alone": ("%pip install shap\n!pip uninstall -y shap", None),
    "shell": ("!pip install shap==1 && conda install -y shap\nw = 2.0", "pass\nw = 2.0"),
    "system packages": ("!sudo apt-get update -qq && apt-get install -y tree\nw = 2.0", "pass\nw = 2.0"),
    "continued": ("!pip install \\\n  shap \\\n  attrs\nw = 2.0", "pass\n\n\nw = 2.0"),
    "conda": ("%conda install shap\nw = 2.0", "pass\nw = 2.0"),
    "uv": ("!uv pip install shap\nw = 2.0", "pass\nw = 2.0"),
    "in a block": ("try:\n    import json\nexcept ImportError:\n    !pip install json\nw = 2.0", "    pass\n"),
    "in Python": (
        "import sys\nsubprocess.run(\n    [sys.executable, '-m', 'pip', 'install', 'x'],\n)\nw = 2.0",
        "pass\n\n\nw = 2.0",
    ),
    "a script": ("%%bash\nset -e\npip install shap", None),
    "a requirements file": ("%pip install -r requirements.txt\nw = 2.0", "pass\nw = 2.0"),
    "only looking": ("%pip list\nw = 2.0", "%pip list\nw = 2.0"),
    "another command": ("!make && pip install .\nw = 2.0", "!make && pip install .\nw = 2.0"),
    "another script": ("%%bash\nmkdir data\npip install shap", "%%bash\nmkdir data\npip install shap"),
}


@pytest.mark.parametrize("name", CASES)
def test_slice__installation__is_in_no_program(name: str) -> None:
    """The whole notebook, which the part is compared with, does not install either."""
    source, left = CASES[name]
    notebook = notebook_of(source, "w = 2.0", SERVES, "predict(2.0)")
    found = slice_for(notebook, analyze(notebook, root=None), "predict")
    whole = [cell.source for cell in found.whole_program if cell.index == 1]
    if left is None:
        assert whole == []
        assert all(cell.index != 1 for cell in found.program)
        assert all(not item.training and item.installs for item in found.statements if item.location.cell == 1)
    else:
        assert left in whole[0]
        assert len(whole[0].splitlines()) == len(source.splitlines())
    untouched = left is not None and left == source
    assert [place.cell for place in found.installs] == ([] if untouched else [1])
