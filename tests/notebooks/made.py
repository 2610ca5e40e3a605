"""Makes notebooks of cell sources for the tests."""

from __future__ import annotations

from jupyter_containerize.domain.notebook import Notebook
from jupyter_containerize.notebooks import parse_notebook


def content_of(*sources: str, metadata: object = None, minor: int = 5) -> dict[str, object]:
    """Return nbformat 4 JSON with one code cell per source, without cell ids."""
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in sources
    ]
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata or {}, "cells": cells}


def notebook_of(*sources: str) -> Notebook:
    """Return a Python notebook with one code cell per source."""
    return parse_notebook(content_of(*sources), path="made.ipynb")
