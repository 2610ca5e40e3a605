"""Reads .ipynb files of any age into cells, and the cells into Python that a parser can read.

Nothing here runs code, uses a network or starts a process.
"""

from jupyter_containerize.notebooks.magics import Transformed, python_source
from jupyter_containerize.notebooks.reader import parse_notebook, read_notebook

__all__ = ["Transformed", "parse_notebook", "python_source", "read_notebook"]
