"""IPython's syntax becomes Python, and every line stays where the user wrote it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

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
    "does not parse": ("print 'a'\nx = 1", "print 'a'\nx = 1", None),
    "does not parse, with a magic": ("%cd x\nprint 'a'", "get_ipython().run_line_magic('cd', 'x')\nprint 'a'\n", None),
    "magic with a space": ("% matplotlib inline", "get_ipython().run_line_magic('matplotlib', 'inline')\n", None),
    "magic assigned": ("a = %env X", "a = get_ipython().run_line_magic('env', 'X')\n", None),
    "magics in a function": (
        "def f():\n    !ls\n    x = !ls\n    return x",
        "def f():\n    get_ipython().system('ls')\n    x = get_ipython().getoutput('ls')\n    return x\n",
        None,
    ),
    "a cell magic not at the start": ("x = 1\n%%time", "x = 1\nget_ipython().run_line_magic('%time', '')\n", None),
    "captured": ("!!ls", "get_ipython().getoutput('ls')\n", None),
    "variables in a command": ("!pip install {x} $y", "get_ipython().system('pip install {x} $y')\n", None),
    "an apostrophe in a command": ("!echo it's\nx = 1", 'get_ipython().system("echo it\'s")\nx = 1\n', None),
    "help before": ("?df", "get_ipython().run_line_magic('pinfo', 'df')\n", None),
    "source": ("df.head??", "get_ipython().run_line_magic('pinfo2', 'df.head')\n", None),
    "search": ("*head*?", "get_ipython().run_line_magic('psearch', '*head*')\n", None),
    "a question": ("x = 1  # why?\n!ls", "x = 1  # why?\nget_ipython().system('ls')\n", None),
    "IPython's prompts": ("In [1]: x = 1\n   ...: y = 2", "x = 1\ny = 2\n", None),
    "a remainder": ("x = (a\n% b)\n%cd x", "x = (a\n% b)\nget_ipython().run_line_magic('cd', 'x')\n", None),
    "in a string, and not": ("x = '\\\n%cd x'\n!ls", "x = '\\\n%cd x'\nget_ipython().system('ls')\n", None),
    "line ends of Windows": ("!ls\r\nx = 1\r\n", "get_ipython().system('ls')\nx = 1\r\n", None),
    "without %": ("pip install x", "get_ipython().run_line_magic('pip', 'install x')\n", None),
    "without %, any magic": ("timeit f(1)", "get_ipython().run_line_magic('timeit', 'f(1)')", None),
    "without %, below empty lines": ("\n \r\nrun a", "\n\nget_ipython().run_line_magic('run', 'a')", None),
    "without %, prose": ("this is x", "this is x", None),
    "without % among lines": ("pip install x\ny", "get_ipython().run_line_magic('pip', 'install x')\ny\n", None),
    "behind a colon": ("if x: !ls\ny", "if x: get_ipython().system('ls')\ny\n", None),
    "below an open bracket": ("f(\n!ls\nx = 1", "f(\nget_ipython().system('ls')\nx = 1\n", None),
    "a placeholder": ("f(____\n%cd x\nx = 1", "f(____\nget_ipython().run_line_magic('cd', 'x')\nx = 1\n", None),
    "%%time below a comment": ("# a\n\n%%time\nx = 1", "\n\n\nx = 1", "time"),
    "%%bash below a comment": ("# a\n%%bash\nls", None, "bash"),
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


LONELY: dict[str, tuple[list[str], str]] = {
    "a magic": (["ls"], "get_ipython().run_line_magic('ls', '')"),
    "with arguments": (["x = 1", "ls -l"], "get_ipython().run_line_magic('ls', '-l')"),
    "below a cell magic": (["%%time\npwd"], "\nget_ipython().run_line_magic('pwd', '')"),
    "a variable": (["ls = 1", "ls"], "ls"),
    "a loop's variable": (["for history in x:\n    pass", "history"], "history"),
    "an import": (["from a import b as store", "store"], "store"),
    "a function": (["def time(): pass", "time"], "time"),
    "a variable in a broken cell": (["print 'a'\nls = 1", "ls"], "ls"),
    "no magic": (["df"], "df"),
    "among lines": (["ls\nls"], "ls\nls"),
    "assigned": (["ls = 1"], "ls = 1"),
}


@pytest.mark.parametrize("name", LONELY)
def test_parse_notebook__line_without_percent__is_a_magic_unless_a_variable(name):
    """IPython runs a cell of one such line as a magic, and a variable hides the magic."""
    sources, python = LONELY[name]
    assert notebook_of(*sources).cells[-1].python == python


OWN_MAGIC = "@register_cell_magic{}\ndef backend(line, cell):\n    if line == 'jax':\n        {}(cell)"

OWN_MAGICS: dict[str, tuple[str, str | None]] = {
    "runs its body": (OWN_MAGIC.format("", "get_ipython().run_cell"), "\nimport jax"),
    "by another name": (OWN_MAGIC.format("('backend')", "exec").replace("def backend", "def f"), "\nimport jax"),
    "writes its body": (OWN_MAGIC.format("", "print"), None),
    "not its own": ("x = 1", None),
}


@pytest.mark.parametrize("name", OWN_MAGICS)
def test_parse_notebook__own_cell_magic__has_python_if_it_runs_it(name):
    """A cell magic that the notebook defines holds Python if the definition runs it."""
    source, python = OWN_MAGICS[name]
    assert notebook_of(source, "%%backend jax\nimport jax").cells[-1].python == python


LINES = st.sampled_from(
    [
        "x = 1",
        "%cd x",
        "!ls \\",
        "  -l",
        "y = !ls",
        "f?",
        "%time a = 1",
        "if x:",
        "    %ls",
        "",
        "(",
        ")",
        "'''",
        "#c",
        "?x",
        "x = %cd",
    ]
)
PIECES = ["x = 1", "%cd x", "!ls \\\n  -l", "y = !ls", "f?", "if x:\n    %ls\n    z = %cd", "g(1,\n  2)", "?x", "#c?"]


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_python_source__any_lines__keep_their_numbers(source):
    """No mixture of lines raises, and a marker at the end stays on its line."""
    # The empty line ends a continued command.
    marked = f"{source}\n\nmarker = 1"
    python = python_source(cell_of(marked)).source
    assert python is not None
    assert [number for number, line in enumerate(python.split("\n")) if "marker" in line] == [marked.count("\n")]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("\n".join))
def test_python_source__what_ipython_reads__is_what_ipython_makes_of_it(source):
    """Our Python of a cell is the Python of IPython's own transformer, but for the empty lines that we add."""
    expected = TransformerManager().transform_cell(source)
    ours = python_source(cell_of(source)).source
    assert ours is not None
    assert ast.dump(ast.parse(ours)) == ast.dump(ast.parse(expected))


LONG = [
    "(\n",
    "'''\n\\'",
    '"""',
    '"""\\',
    "%cd\n(",
    "f(\n!ls\n",
    "a",
    "a ",
    "a.",
    "pip x\n",
    "x=%cd ",
    "%%time\n",
    "\n",
    " ",
    "#\n",
]


@pytest.mark.parametrize("piece", LONG)
def test_python_source__very_long_cell__is_read_in_one_pass(piece):
    """No text takes more than a moment, however often it repeats a piece."""
    for start in ("", "print 1\n%cd x\n"):
        source = f"{start}{piece * 10_000}-?"
        assert python_source(cell_of(source)).source is not None
        # Without metadata, so that the language is looked for, too.
        assert notebook_of(source, "ls", f"@cell_magic({piece * 10_000}.ex(").language == "python"
