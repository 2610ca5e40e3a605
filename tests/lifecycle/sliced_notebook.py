"""A small notebook with a slice made by hand: training, serving, both and neither."""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.notebook import (
    CandidateKind,
    Finding,
    ImportSite,
    Location,
    ServingCandidate,
    Severity,
    Slice,
    SlicedStatement,
)
from jupyter_containerize.domain.serving import Dependency, DependencyKind
from jupyter_containerize.lifecycle import ChosenPart, SliceView
from tests.notebooks.made import notebook_of

SOURCES = (
    "import numpy\nimport seaborn\nimport sklearn.svm  # a comment",
    "data = [1, 2]\n\nseaborn.set_theme(\n    'dark'\n)",
    "model = sklearn.svm.SVC()",
    "print(data)",
    "def predict(x: float) -> float:\n    return numpy.floor(model + x)",
)


def at(cell: int, line: int = 1) -> Location:
    """Return a place in the notebook."""
    return Location(path="made.ipynb", cell=cell, line=line)


def statement(cell: int, lines: range, marks: str, reason: str) -> SlicedStatement:
    """Return a statement; ``marks`` has a ``t`` for training and an ``s`` for serving."""
    return SlicedStatement(
        location=at(cell, lines[0]),
        end_line=lines[-1],
        training="t" in marks,
        serving="s" in marks,
        reason=reason,
    )


STATEMENTS = (
    statement(1, range(1, 2), "ts", "predict needs 'numpy'"),
    statement(1, range(2, 3), "", "only draws"),
    statement(1, range(3, 4), "t", "cell 3 needs 'sklearn'"),
    statement(2, range(1, 2), "t", "cell 3 needs 'data'"),
    statement(2, range(3, 6), "", "only draws"),
    statement(3, range(1, 2), "t", "predict needs 'model', and there is no room for so much beside it"),
    statement(4, range(1, 2), "", "only shows"),
    statement(5, range(1, 3), "s", "it serves"),
)

PREDICT = ServingCandidate(
    symbol="predict", kind=CandidateKind.FUNCTION, location=at(5), reasons=("it is named 'predict'",)
)

FINDING = Finding(code="JC-ANALYSIS-99", message="It is so", severity=Severity.WARNING, location=at(3), hint="Look.")

PART = Slice(
    symbol="predict",
    source="",
    live_in=("model",),
    imports=(ImportSite(module="numpy", location=at(1)),),
    cells=(1, 5),
    example=None,
    bindings=(("model", at(3)),),
    findings=(FINDING,),
    entries=(PREDICT,),
    statements=STATEMENTS,
)


def row(distribution: str, *places: tuple[str, Location], kind: DependencyKind = DependencyKind.DIRECT) -> Dependency:
    """Return a dependency with evidence at (detail, place)."""
    evidence = tuple(Evidence(rule="import", detail=detail, location=place) for detail, place in places)
    return Dependency(
        distribution=distribution, version=None, source="newest", import_names=(), evidence=evidence, kind=kind
    )


ROWS = (
    row("flask", ("flask", at(1)), kind=DependencyKind.DECLARED),
    row("numpy", ("numpy", at(1)), ("numpy", at(4))),
    row("scikit-learn", ("sklearn.svm", at(1, 3))),
    row("seaborn", ("seaborn", at(1, 2)), ("seaborn", at(2, 4))),
)


def view(part: Slice = PART, rows: tuple[Dependency, ...] = ROWS) -> SliceView:
    """Return what ``sliced`` would give."""
    request = BuildRequest(notebook=Path("made.ipynb"))
    notebook = notebook_of(*SOURCES)
    chosen = ChosenPart(notebook=notebook, entries=part.entries, part=part, request=request, findings=part.findings)
    return SliceView(notebook=notebook, chosen=chosen, dependencies=rows)
