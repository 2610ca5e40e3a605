"""Puts one input through everything that reads a notebook, and lets it take three seconds of processor time."""

from __future__ import annotations

import faulthandler
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_containerize.analysis import analyze, choose, slice_for
from jupyter_containerize.analysis.secrets import find_secrets
from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import Location, Notebook
from jupyter_containerize.notebooks import read_metadata, read_notebook, read_outputs
from jupyter_containerize.resolution import dependencies
from jupyter_containerize.resolution.declared import files_beside, in_metadata, in_script_block

# Processor time, so that a busy machine makes little difference. The slowest input takes a third of a second on a quick
# machine; on a slow one, and where other machines share its processors, it took three times as long.
LIMIT_SECONDS = 3.0
# For what never comes back to the interpreter, where no signal is seen: the process ends with a traceback.
_LAST_RESORT_SECONDS = 120.0

# What lies beside every notebook: modules that parse and modules that do not, a cycle, a package, a src layout.
_BESIDE: dict[str, bytes] = {
    "helper.py": b"import other\nfrom package import part\nimport requests\n",
    "other.py": b"import helper\ntry:\n    import yaml\nexcept ImportError:\n    import ruamel.yaml\n",
    "package/__init__.py": b"from . import part\nfrom .part import *\n",
    "package/part.py": b"from .. import helper\nfrom ...far import away\nimport scipy.stats\n",
    "src/project/__init__.py": b"import attrs\n",
    "broken.py": b"import (\nimport numpy\n",
    "null.py": b"import a\x00b\n",
    "latin.py": b"# -*- coding: latin-1 -*-\nname = '\xe9'\nimport pandas\n",
    "wrong_coding.py": b"# -*- coding: nonsense -*-\nimport pandas\n",
    "deep.py": b"import numpy\nvalue = " + b"(" * 300 + b"1" + b")" * 300 + b"\n",
    "operators.py": b"value = " + b" + ".join([b"1"] * 3000) + b"\nimport numpy\n",
    "second.ipynb": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "import torch"}]}',
    "requirements.txt": b"numpy>=1\n-r more.txt\n-e .\nbroken ===\n",
    "more.txt": b"-r requirements.txt\n",
}


class TookTooLong(BaseException):
    """One input took more processor time than it may; not an ``Exception``, so that nothing takes it for its own."""


def lay_beside(folder: Path) -> None:
    """Fill a folder with what a notebook may find beside it."""
    for name, content in _BESIDE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read_one(content: bytes, folder: Path, *, limit_seconds: float = LIMIT_SECONDS) -> bool:
    """Read bytes as a notebook in ``folder``, through to what serving needs; return whether they were one.

    Raises:
        TookTooLong: with the place where it was.
        Exception: whatever is not ours to raise; a ``UserError`` is an answer.
    """
    path = folder / "input.ipynb"
    path.write_bytes(content)
    with _watched(limit_seconds):
        try:
            notebook = read_notebook(path)
        except UserError:
            return False
        _read_through(notebook, path)
        return True


def read_beside(folder: Path) -> None:
    """Read what the files in a folder declare.

    Raises:
        TookTooLong: as ``read_one``.
        Exception: any: what cannot be read there is a finding.
    """
    with _watched(LIMIT_SECONDS):
        files_beside(folder, boundary=folder)


def _read_through(notebook: Notebook, path: Path) -> None:
    analysis = analyze(notebook, root=path.parent, boundary=path.parent)
    find_secrets(notebook, [(output.cell, output.text) for output in read_outputs(path)])
    declared = in_metadata(read_metadata(path), str(path))
    dependencies(analysis, declared=declared)
    for cell in notebook.cells:
        in_script_block(cell.source, Location(path=str(path), cell=cell.index))
    try:
        candidate = choose(analysis, notebook)[0]
        slice_for(notebook, analysis, candidate.symbol)
    except UserError:
        return


@contextmanager
def _watched(limit_seconds: float) -> Iterator[None]:
    def ring(_number: int, frame: object) -> None:
        raise TookTooLong(str(frame))

    before = signal.signal(signal.SIGPROF, ring)
    faulthandler.dump_traceback_later(_LAST_RESORT_SECONDS, exit=True)
    signal.setitimer(signal.ITIMER_PROF, limit_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGPROF, before)
