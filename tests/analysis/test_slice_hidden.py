"""What serving needs though nothing imports it is found in the kept code alone."""

from __future__ import annotations

from jupyter_containerize.analysis import analyze, slice_for
from tests.notebooks.made import notebook_of


def test_slice__call_in_the_serving_function__is_a_hidden_need():
    """The plot of the exploration needs matplotlib; serving does not."""
    notebook = notebook_of(
        "import pandas as pd",
        "df = pd.DataFrame({'x': [1]})\ndf.plot()",
        "def predict(path: str) -> int:\n    return len(pd.read_parquet(path))",
    )
    analysis = analyze(notebook, root=None)
    serving = slice_for(notebook, analysis, "predict")
    assert {need.distributions[0] for need in analysis.hidden} == {"matplotlib", "pyarrow"}
    assert [(need.distributions[0], need.location.cell, need.location.line) for need in serving.hidden] == [
        ("pyarrow", 3, 2)
    ]


def test_slice__files_and_variables__are_those_of_the_kept_code():
    """A setting that only the exploration reads is no setting of the image."""
    notebook = notebook_of(
        "import os\nos.environ['EXPLORE']\nopen('explore.csv')",
        "def load():\n    return open('weights.bin', 'rb')",
        "def predict(x: int) -> int:\n    return len(load().read()) * int(os.getenv('FACTOR', '1'))",
    )
    serving = slice_for(notebook, analyze(notebook, root=None), "predict")
    assert [(item.name, item.required, item.location.cell) for item in serving.variables] == [("FACTOR", False, 3)]
    assert [(item.text, item.location.cell) for item in serving.file_uses] == [("weights.bin", 2)]
