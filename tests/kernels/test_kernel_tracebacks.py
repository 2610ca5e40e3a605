"""The failing line is read from what each IPython prints."""

from __future__ import annotations

import pytest

from jupyter_containerize.kernels.tracebacks import failing_line, plain_text

SOURCE = "a = 1\n\nfail()\n"
CASES = {
    "IPython 8 and 9": (
        "ValueError  Traceback\nCell In[7], line 3\n----> 3 fail()\n\nCell In[2], line 12, in fail()\n",
        3,
    ),
    "syntax error": ("  Cell In[1], line 2\n    if:\n      ^\nSyntaxError: invalid syntax\n", 2),
    "IPython 8.0": ("Input In [4], in <cell line: 3>()\n      1 a = 1\n----> 3 fail()\n", 3),
    "IPython 7": ("<ipython-input-3-9f> in <module>\n      1 a = 1\n      2 \n----> 3 fail()\n", 3),
    "under a magic": ("File <timed exec>:3\n", None),
    "a line that the cell lacks": ("Cell In[1], line 40\n", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("traceback", "line"), CASES.values(), ids=CASES)
def test_failing_line__any_ipython__is_the_cells_own(traceback, line):
    """The line is that of the cell's own frame, or none where the traceback has none."""
    assert failing_line(traceback, SOURCE) == line


def test_failing_line__blank_lines_above__counts_them():
    """IPython drops blank lines at the top of a cell; the user sees them."""
    assert failing_line("Cell In[1], line 1\n", "\n  \nfail()") == 3


def test_plain_text__coloured__has_no_escapes():
    """What terminals take for colours is gone, and nothing else."""
    assert plain_text("\x1b[0;31mValueError\x1b[0m[1m: no\x1b[38;5;28m!\x1b[?25h") == "ValueError[1m: no!"
