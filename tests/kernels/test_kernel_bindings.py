"""The last place that binds a name at top level is found, magics or not."""

from __future__ import annotations

from kernel_notebooks import notebook_of

from jupyter_containerize.kernels.bindings import binding_locations

CELLS = (
    "import numpy as np, os.path\nfrom math import *\nx = 1",
    "%matplotlib inline\n!ls\nx += 1\na, (b, *c) = 1, (2, 3)",
    "\n\nif True:\n    with open('f') as f:\n        deep = 1\nfor i in []: pass",
    "def g():\n    inner = 1\nclass K:\n    member = 1\nsquares = [n for n in []]",
    "this is not Python",
    "(w := 5)\nfiles = !ls",
)
PLACES = {
    "np": (1, 1),
    "os": (1, 1),
    "*": (1, 2),
    "x": (2, 3),
    "a": (2, 4),
    "b": (2, 4),
    "c": (2, 4),
    "f": (3, 4),
    "deep": (3, 5),
    "i": (3, 6),
    "g": (4, 1),
    "K": (4, 3),
    "squares": (4, 5),
    "w": (6, 1),
    "files": (6, 2),
}


def test_binding_locations__all_kinds__gives_cell_and_line():
    """Assignments, imports, definitions, loops and with blocks bind; what is inside functions does not."""
    found = {name: (place.cell, place.line) for name, place in binding_locations(notebook_of(*CELLS)).items()}
    assert found == PLACES
