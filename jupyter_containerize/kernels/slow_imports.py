"""Leaves out, for the length of an import, what a library imports only if it is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_out(module: str) -> Iterator[None]:
    """Let an optional module be missing while something else is imported, unless it is loaded already.

    nbformat brings jsonschema, which takes whatever checkers of formats it finds. The one of IRIs builds 39 grammars
    when it is imported, a second of work, and no schema of a notebook has an IRI in it.
    """
    if module in sys.modules:
        yield
        return
    # Source: Python, "The import system", 5.3.1: None makes the import fail as if the module were not installed.
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
