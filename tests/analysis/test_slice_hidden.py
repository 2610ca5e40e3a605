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
