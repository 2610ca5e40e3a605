"""The benchmark's score is what its definition says, worked out by hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / "benchmarks" / "inference" / "truth.py"
_SPEC = importlib.util.spec_from_file_location("inference_truth", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
truth = importlib.util.module_from_spec(_SPEC)
sys.modules["inference_truth"] = truth
_SPEC.loader.exec_module(truth)

NOTEBOOK = {
    "required": [["scikit-learn"], ["opencv-python", "opencv-python-headless"]],
    "hidden": [["pyarrow", "fastparquet"], ["opencv-python"]],
    "transitive_local": ["scipy"],
    "optional": ["torch"],
    "declared": ["tqdm"],
}
# What is predicted -> hits, wrong names and missed groups, by mode.
CASES = {
    "all": (
        ["scikit-learn", "opencv-python", "pyarrow", "scipy"],
        {"required": (2, [], []), "needed": (4, [], [])},
    ),
    "another that will do, and names as people write them": (
        ["Scikit_Learn>=1.0", "opencv-python-headless", "fastparquet[x]", "SciPy"],
        {"required": (2, [], []), "needed": (4, [], [])},
    ),
    "neither right nor wrong": (
        ["scikit-learn", "opencv-python", "torch", "tqdm"],
        {"required": (2, [], []), "needed": (2, [], ["pyarrow", "scipy"])},
    ),
    "wrong": (
        ["scikit-learn", "sklearn"],
        {
            "required": (1, ["sklearn"], ["opencv-python"]),
            "needed": (1, ["sklearn"], ["opencv-python", "pyarrow", "scipy"]),
        },
    ),
    "a crash": (
        None,
        {
            "required": (0, [], ["scikit-learn", "opencv-python"]),
            "needed": (0, [], ["scikit-learn", "opencv-python", "pyarrow", "scipy"]),
        },
    ),
}


@pytest.mark.parametrize("mode", ["required", "needed"])
@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_score__one_notebook__counts_groups_and_names(tmp_path, names, expected, mode):
    """A group is hit once, a neutral name is nothing, and a crash misses everything."""
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({"one": NOTEBOOK}))
    score = truth.score({} if names is None else {"one": names}, truth.read_truth(file), mode)
    assert (score.hits, list(score.wrong), list(score.missed)) == expected[mode]
    assert score.exact == int(not score.wrong and not score.missed)


def test_score__figures__are_over_all_notebooks(tmp_path):
    """Hits are added up before shares are taken."""
    file = tmp_path / "truth.json"
    file.write_text(json.dumps({"one": {"required": [["a"], ["b"]]}, "two": {"required": [["a"]]}}))
    score = truth.score({"one": ["a", "c"], "two": ["a"]}, truth.read_truth(file), "required")
    assert (score.precision, score.recall, score.exact_rate) == (2 / 3, 2 / 3, 1 / 2)
    assert score.f1 == pytest.approx(2 / 3)
