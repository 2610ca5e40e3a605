"""IPython's syntax becomes Python, and every line stays where the user wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.notebooks import Transformed, python_source
from tests.notebooks.made import notebook_of

CASES: dict[str, tuple[str, str | None, str | None]] = {
    "plain": ("x = 1", "x = 1", None),
    "line magic": ("%matplotlib inline\nx = 1", "get_ipython().run_line_magic('matplotlib', 'inline')\nx = 1\n", None),
    "shell": ("!ls\nx = 1", "get_ipython().system('ls')\nx = 1\n", None),
    "shell over lines": ("!ls \\\n  -l\nx = 1", "get_ipython().system('ls    -l')\n\nx = 1\n", None),
    "shell assigned": ("files = !ls", "files = get_ipython().getoutput('ls')\n", None),
    "help": ("df.head?\nx = 1", "get_ipython().run_line_magic('pinfo', 'df.head')\nx = 1\n", None),
    "inside if": ("if a:\n    %cd x\n    b", "if a:\n    get_ipython().run_line_magic('cd', 'x')\n    b\n", None),
    "%time": ("%time model = fit(1)\nx", "model = fit(1)\nx\n", None),
    "%time assigned": ("a = %time fit(1)", "a = fit(1)\n", None),
    "%time of no Python": ("%time !ls", "get_ipython().run_line_magic('time', '!ls')\n", None),
    "%timeit": ("%timeit f(1)", "get_ipython().run_line_magic('timeit', 'f(1)')\n", None),
    "indented": ("  x = 1\n  y = 2", "x = 1\ny = 2\n", None),
    "prompts": (">>> x = 1\n>>> y = 2", "x = 1\ny = 2\n", None),
    "empty lines first": ("\n\n%cd x\ny", "\n\nget_ipython().run_line_magic('cd', 'x')\ny\n", None),
    "magic in a string": ("x = '''\n%cd x\n'''", "x = '''\n%cd x\n'''", None),
    "%%time": ("%%time\nx = 1", "\nx = 1", "time"),
    "%%time after empty lines": ("\n \n%%time\n\nx = 1", "\n\n\n\nx = 1", "time"),
    "%%capture with options": ("%%capture out --no-stderr\n!ls\nx", "\nget_ipython().system('ls')\nx\n", "capture"),
    "two cell magics": ("%%capture\n%%timeit -n 3\nx = 1", "\n\nx = 1", "timeit"),
    "%%time of bash": ("%%time\n%%bash\nls", None, "bash"),
    "%%bash": ("%%bash\nls", None, "bash"),
    "%%html": ("%%html\n<b>x</b>", None, "html"),
    "%%writefile": ("%%writefile a.py\nx = 1", None, "writefile"),
    "%%R": ("%%R -o y\ny <- 1", None, "R"),
    "%% alone": ("%%bash", None, "bash"),
    "does not parse": ("print 'a'\nx = 1", "print 'a'\nx = 1\n", None),
    "empty": ("", "", None),
}


def cell_of(source: str, kind: CellKind = CellKind.CODE) -> Cell:
    """Return a cell as the reader would have it before the transformation."""
    return Cell(id="a", index=1, kind=kind, source=source)


@pytest.mark.parametrize("name", CASES)
def test_python_source__case__is_python_line_for_line(name):
    """Each kind of IPython syntax gives the Python of the table."""
    source, python, magic = CASES[name]
    assert python_source(cell_of(source)) == Transformed(source=python, cell_magic=magic)


def test_python_source__markdown__is_no_code():
    """Only code cells have Python."""
    assert python_source(cell_of("x = 1", CellKind.MARKDOWN)) == Transformed(source=None, cell_magic=None)


def test_parse_notebook__cells__carry_their_python():
    """Analysis gets the transformed source with the cell."""
    notebook = notebook_of("%cd x", "%%bash\nls")
    assert [(cell.python, cell.magic) for cell in notebook.cells] == [
        ("get_ipython().run_line_magic('cd', 'x')\n", ""),
        (None, "bash"),
    ]


LINES = st.sampled_from(
    ["x = 1", "%cd x", "!ls \\", "  -l", "y = !ls", "f?", "%time a = 1", "if x:", "    %ls", "", "(", ")", "'''", "#c"]
)


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_python_source__any_lines__keep_their_numbers(source):
    """No mixture of lines raises, and a marker at the end stays on its line."""
    # The empty line ends a continued command.
    marked = f"{source}\n\nmarker = 1"
    python = python_source(cell_of(marked)).source
    assert python is not None
    assert [number for number, line in enumerate(python.split("\n")) if "marker" in line] == [marked.count("\n")]
