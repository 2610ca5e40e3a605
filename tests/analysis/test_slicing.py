"""A slice keeps what the function needs, and answers as the notebook does."""

from __future__ import annotations

import ast

import pytest

from jupyter_containerize.analysis import analyze, slice_for
from jupyter_containerize.analysis.errors import FunctionUnreadable, SymbolNotFound
from jupyter_containerize.domain.notebook import Location, Severity, Slice
from tests.analysis.running import ask, run_notebook, run_slice
from tests.analysis.slice_cases import CASES
from tests.notebooks.made import notebook_of


def slice_of(*cells: str, symbol: str = "predict") -> Slice:
    """Return the slice of a notebook with these cells."""
    notebook = notebook_of(*cells)
    return slice_for(notebook, analyze(notebook, root=None), symbol)


@pytest.mark.parametrize("name", CASES)
def test_slice_for__case__keeps_what_is_needed(name):
    """Functions, imports, live-in names and undefined names are those of the table."""
    case = CASES[name]
    serving = slice_of(*case.cells)
    tree = ast.parse(serving.source)
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    undefined = [finding.message.split("'")[1] for finding in serving.findings if finding.severity is Severity.WARNING]
    assert (tuple(functions), sorted(imports), serving.live_in, tuple(undefined)) == (
        case.defines,
        sorted(case.imports),
        case.live_in,
        case.undefined,
    )


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.ask])
def test_slice_for__case__answers_as_the_notebook_does(name):
    """Run with nothing but the captured objects, the slice gives the notebook's own answer."""
    case = CASES[name]
    notebook = notebook_of(*case.cells)
    serving = slice_for(notebook, analyze(notebook, root=None), "predict")
    # The state is of another run: asking may change it.
    assert ask(case.ask, run_slice(serving, run_notebook(notebook))) == ask(case.ask, run_notebook(notebook))


def test_slice_for__source__is_readable():
    """The module keeps the user's text and comments, and says which cell each part is from."""
    serving = slice_of(
        "import os, math\nimport json",
        "# Not this one.\n\n# The weights\n# of the model.\n@staticmethod\n"
        "def weigh(x):  # in grams\n    # inner\n    return math.floor(x)",
        "x = 1",
        "def predict(x):\n    '''Say it.'''\n    return json.dumps(weigh(x))\n\n\nprint(1)",
    )
    assert serving.source == (
        "# cell 1\n"
        "import math\n"
        "import json\n"
        "\n\n"
        "# cell 2\n"
        "# The weights\n"
        "# of the model.\n"
        "@staticmethod\n"
        "def weigh(x):  # in grams\n"
        "    # inner\n"
        "    return math.floor(x)\n"
        "\n\n"
        "# cell 4\n"
        "def predict(x):\n"
        "    '''Say it.'''\n"
        "    return json.dumps(weigh(x))\n"
    )
    assert serving.cells == (1, 2, 4)


def test_slice_for__magics_inside__become_pass_with_a_finding():
    """A magic in the function is left out where it stands, bytes and columns right, and said."""
    serving = slice_of(
        "def predict(x):\n    y = 'é'; get_ipython().system('ls'); get_ipython().system('ls'); y = x\n"
        "    if x:\n        %cd x\n    return y"
    )
    assert serving.source.endswith(
        "def predict(x):\n    y = 'é'; pass; pass; y = x\n    if x:\n        pass\n    return y\n"
    )
    assert [(finding.severity, str(finding.location)) for finding in serving.findings] == [
        (Severity.INFO, "made.ipynb[1]:2"),
        (Severity.INFO, "made.ipynb[1]:2"),
        (Severity.INFO, "made.ipynb[1]:4"),
    ]


def test_slice_for__value_of_a_magic__is_kept_and_found():
    """A magic whose value is used cannot be left out; that it will fail is said."""
    serving = slice_of("def predict(x):\n    files = !ls\n    return files")
    assert "get_ipython().getoutput('ls')" in serving.source
    assert [str(finding.location) for finding in serving.findings] == ["made.ipynb[1]:2"]


def test_slice_for__undefined_name__says_where():
    """The finding carries the cell and the line of the first use."""
    serving = slice_of("x = 1", "\ndef predict(x):\n    y = x\n    return missing(y)")
    assert [finding.location for finding in serving.findings] == [Location(path="made.ipynb", cell=2, line=4)]


def test_slice_for__bindings__are_the_last_statements():
    """Each live-in name has the place where the notebook last bound it."""
    serving = slice_of("w = 1", "\nw = 2\n\nv = 3", "def predict(x):\n    return w + v", "unrelated = 1")
    assert serving.bindings == (
        ("v", Location(path="made.ipynb", cell=2, line=4)),
        ("w", Location(path="made.ipynb", cell=2, line=2)),
    )


def test_slice_for__imports__have_their_places():
    """Kept import sites carry module, names, guard and location; others are not there."""
    serving = slice_of(
        "import os\nfrom xml import dom, sax\nimport math, json",
        "def predict(x):\n    import csv\n    return dom, math",
    )
    assert [(site.module, site.names, site.guarded, str(site.location)) for site in serving.imports] == [
        ("xml", ("dom",), False, "made.ipynb[1]:2"),
        ("math", (), False, "made.ipynb[1]:3"),
        ("csv", (), False, "made.ipynb[2]:2"),
    ]


@pytest.mark.parametrize("cell", ["x = 1", "predict = len", "if True:\n    def predict(x): pass"])
def test_slice_for__no_such_function__raises(cell):
    """Only a function that is defined at top level can be sliced."""
    with pytest.raises(SymbolNotFound) as caught:
        slice_of("def other(x):\n    return x", cell)
    assert caught.value.functions_seen == ("other",)


@pytest.mark.parametrize("body", ["global x, x", "break", "await x", "x = 1\n    global x"])
def test_slice_for__function_that_does_not_compile__raises(body):
    """What parses but cannot be compiled is reported with its line."""
    with pytest.raises(FunctionUnreadable) as caught:
        slice_of("x = 1", f"\n@cache\ndef predict(a, a):\n    {body}")
    assert caught.value.location.cell == 2
    assert caught.value.location.line in {3, 4, 5}


def test_slice_for__helper_that_does_not_compile__is_an_error_finding():
    """The slice stays a valid module, and the finding stops the build."""
    serving = slice_of("x = 1\ndef helper():\n    break", "def predict(a):\n    return helper()")
    assert "helper():" not in serving.source.replace("return helper()", "")
    assert [(finding.severity, str(finding.location)) for finding in serving.findings] == [
        (Severity.ERROR, "made.ipynb[1]:3")
    ]
