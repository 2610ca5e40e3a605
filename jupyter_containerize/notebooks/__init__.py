"""Reads .ipynb files of any age into cells, and the cells into Python that a parser can read.

Nothing here runs code, uses a network or starts a process.
"""

from jupyter_containerize.notebooks.language import PYTHON
from jupyter_containerize.notebooks.made_from import digest_with_settings, saved_digest
from jupyter_containerize.notebooks.magics import Transformed, python_source
from jupyter_containerize.notebooks.order import in_execution_order, order_findings
from jupyter_containerize.notebooks.outputs import OutputText, displayed, read_outputs
from jupyter_containerize.notebooks.reader import parse_notebook, read_metadata, read_notebook, require_python
from jupyter_containerize.notebooks.settings import read_settings, settings_of
from jupyter_containerize.notebooks.writing import write_block, write_metadata

__all__ = [
    "PYTHON",
    "OutputText",
    "Transformed",
    "digest_with_settings",
    "displayed",
    "in_execution_order",
    "order_findings",
    "parse_notebook",
    "python_source",
    "read_metadata",
    "read_notebook",
    "read_outputs",
    "read_settings",
    "require_python",
    "saved_digest",
    "settings_of",
    "write_block",
    "write_metadata",
]
