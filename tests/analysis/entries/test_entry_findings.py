"""What is said of what serves: prepared inputs, and status cells."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze, choose
from jupyter_containerize.analysis.entries.findings import entry_findings
from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.domain.notebook import Finding
from tests.notebooks.made import notebook_of

_START = "from sklearn.preprocessing import StandardScaler\nfrom sklearn.svm import SVC\ns = StandardScaler()"
_SPLIT = "from sklearn.model_selection import train_test_split"

# Cells after the first, and where the inputs were prepared: cell and line.
PREPARED: dict[str, tuple[list[str], tuple[int, int] | None]] = {
    "scaled": (["Z = s.fit_transform(X)", "m = SVC()\nm.fit(Z, y)"], (2, 1)),
    "scaled in the call": (["s.fit(X)\nZ = s.transform(X)", "m = SVC().fit(Z, y)"], (2, 2)),
    "scaled and split": (
        [_SPLIT + "\nZ = s.fit_transform(X)\na, b, c, d = train_test_split(Z, y)", "m = SVC()\nm.fit(a, c)"],
        (2, 2),
    ),
    "scaled columns of a frame": (["df[c] = s.fit_transform(df[c])", "m = SVC()\nm.fit(df[['a']], y)"], (2, 1)),
    "scaled by one made on the spot": (["Z = StandardScaler().fit_transform(X)", "m = SVC().fit(Z, y)"], (2, 1)),
    "scaled, and a copy": (["Z = s.fit_transform(X)\nW = Z.copy()", "m = SVC().fit(W, y)"], (2, 1)),
    "not used": (["Z = s.fit_transform(X)", "m = SVC().fit(X, y)"], None),
    "bound again": (["Z = s.fit_transform(X)\nZ = load()", "m = SVC().fit(Z, y)"], None),
    "the answers only": (["z = s.fit_transform(y)", "m = SVC().fit(X, z)"], None),
    "fitted again on the raw ones": (["Z = s.fit_transform(X)", "m = SVC()\nm.fit(Z, y)\nm.fit(X, y)"], None),
    "a transform of pandas": (["Z = X.groupby('a').transform('mean')", "m = SVC().fit(Z, y)"], None),
    "in a pipeline": (
        ["from sklearn.pipeline import make_pipeline", "m = make_pipeline(s, SVC())\nm.fit(X, y)"],
        None,
    ),
}


def findings_of(cells: list[str]) -> tuple[Finding, ...]:
    """Return the findings of what is chosen in a notebook with these cells."""
    notebook = notebook_of(*cells)
    return entry_findings(read_code(notebook), choose(analyze(notebook, root=None), notebook))


@pytest.mark.parametrize("name", PREPARED)
def test_entry_findings__inputs__prepared_or_not(name):
    """Where the inputs of a model were made is said, with cell and line."""
    cells, place = PREPARED[name]
    found = findings_of([_START, *cells])
    if place is None:
        assert found == ()
    else:
        [finding] = found
        assert finding.code == "JC-ANALYSIS-25"
        assert f"cell {place[0]}, line {place[1]}" in finding.message


def test_entry_findings__status_cell__is_said():
    """The cell is named; what it would have set is not."""
    [finding] = findings_of(["# POST /a\nprint(REQUEST)", "# ResponseInfo POST /a\nprint('{}')"])
    assert (finding.code, str(finding.location)) == ("JC-ANALYSIS-26", "made.ipynb[2]:1")


def test_entry_findings__function__has_none():
    """A function prepares its inputs itself, or not."""
    assert findings_of([_START, "Z = s.fit_transform(X)", "def predict(x): return x"]) == ()


def test_entry_findings__function_reads_the_request__is_said():
    """It would see the sample that the notebook was tried with, or nothing."""
    cells = ["REQUEST = '{}'", "def ask():\n    x = 1\n    return REQUEST", "# POST /a\nprint(ask(), REQUEST)"]
    [finding] = findings_of(cells)
    assert (finding.code, str(finding.location)) == ("JC-ANALYSIS-28", "made.ipynb[2]:3")


@pytest.mark.parametrize("function", ["def ask(REQUEST):\n    return REQUEST", "def ask(x):\n    return x"])
def test_entry_findings__function_is_given_the_request__is_fine(function):
    """A parameter is not the notebook's name."""
    assert findings_of([function, "# POST /a\nprint(ask(REQUEST))"]) == ()
