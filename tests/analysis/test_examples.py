"""Our own example notebooks are read, sliced and run for real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_containerize.analysis import analyze, choose, local_files, slice_for
from jupyter_containerize.notebooks import read_notebook
from tests.analysis.running import ask, run_notebook, run_slice

EXAMPLES = Path(__file__).parents[2] / "examples"

EXPECTED: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "iris": (("model", "species"), []),
    "house_prices": (("CITIES", "columns", "model"), ["pandas"]),
    "news_topics": (("LEAST_CONFIDENCE", "classifier"), []),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_examples__slice__answers_as_the_saved_notebook(name, monkeypatch):
    """The slice needs no more than expected, and answers the example with what the notebook shows."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(EXAMPLES)
    path = EXAMPLES / f"{name}.ipynb"
    notebook = read_notebook(path)
    analysis = analyze(notebook, root=EXAMPLES)
    [chosen] = choose(analysis, notebook)
    serving = slice_for(notebook, analysis, chosen.symbol)

    assert chosen.reasons == (
        "it is named 'predict'",
        "its parameters have types",
        f"cell {len(notebook.cells)} calls it",
    )
    assert (analysis.findings, serving.findings, local_files(analysis, serving, root=EXAMPLES)) == ((), (), ())
    assert (serving.live_in, [site.module for site in serving.imports]) == EXPECTED[name]

    assert serving.example is not None
    call = ", ".join(f"{name}={source}" for name, source in serving.example.arguments)
    answer = ask(f"predict({call})", run_slice(serving, run_notebook(notebook)))
    assert answer == _saved_answer(path)


def test_examples__folder__is_covered():
    """Every example notebook is in the table."""
    assert {path.stem for path in EXAMPLES.glob("*.ipynb")} == set(EXPECTED)


def _saved_answer(path: Path) -> object:
    [output] = json.loads(path.read_text(encoding="utf-8"))["cells"][-1]["outputs"]
    return ask("".join(output["data"]["text/plain"]), {})
