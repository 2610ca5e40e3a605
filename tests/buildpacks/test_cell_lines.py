"""Each line of the serving code is known by its place in the notebook."""

from __future__ import annotations

import pytest

from jupyter_containerize.buildpacks.cell_lines import cell_lines
from jupyter_containerize.domain.notebook import Location, Slice, SlicedStatement

SOURCE = """# cell 2
import json
import math


# cell 5
# What follows halves.
@cached
def half(x):
    return x / 2


# cell 9
def predict(x):
    return half(x)
"""
Place = tuple[int, int]
CASES: dict[str, tuple[str, list[Place], list[tuple[int, int, int]]]] = {
    "all known": (SOURCE, [(2, 1), (2, 3), (5, 4), (9, 1)], [(2, 2, 1), (3, 2, 3), (8, 5, 4), (14, 9, 1)]),
    "joined statements": (SOURCE, [(2, 1), (5, 4), (9, 1)], [(2, 2, 1), (8, 5, 4), (14, 9, 1)]),
    "no cells said": ("def predict(x):\n    return x\n", [(1, 1)], []),
    "no Python": ("# cell 1\ndef", [(1, 1)], []),
    "nothing": ("", [], []),
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cell_lines__serving_code__gives_the_first_line_of_each_statement(case: str) -> None:
    """Decorators belong to what they decorate, comments above do not."""
    source, places, expected = CASES[case]
    statements = tuple(
        SlicedStatement(
            location=Location(path="a.ipynb", cell=cell, line=line),
            end_line=line,
            training=False,
            serving=True,
            reason="",
        )
        for cell, line in places
    )
    serving = Slice(
        symbol="predict", source=source, live_in=(), imports=(), cells=(), example=None, statements=statements
    )
    assert cell_lines(serving) == expected
