"""Reads a notebook's code without running it: imports, what could serve, and what serving needs.

Facts first (``analyze``), then the choice of what serves (``choose``), then the part of the notebook
that the choice needs (``slice_for``) and the files beside it that go along (``local_files``). The
user's code is parsed, never run or imported; the only files read are local modules.
"""

from jupyter_containerize.analysis.analyze import analyze
from jupyter_containerize.analysis.entries.choice import choose
from jupyter_containerize.analysis.files import local_files
from jupyter_containerize.analysis.run_names import find_unbound
from jupyter_containerize.analysis.secrets import find_secrets, holds_secret
from jupyter_containerize.analysis.slicing import SliceOptions, slice_for
from jupyter_containerize.domain.notebook import Analysis

__all__ = [
    "Analysis",
    "SliceOptions",
    "analyze",
    "choose",
    "find_secrets",
    "find_unbound",
    "holds_secret",
    "local_files",
    "slice_for",
]
