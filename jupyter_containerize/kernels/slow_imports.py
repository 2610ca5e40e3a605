"""Leaves out, for the length of an import, what a library imports only if it is there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

CHECKER_OF_IRIS: Final = "rfc3987_syntax"
# What drives a kernel brings these, in this order; together they take up to a second.
_OF_THE_DRIVER: Final = ("zmq.asyncio", "jupyter_client.manager", "jsonschema", "nbformat", "nbclient")


def import_driver(check: Callable[[], None]) -> None:
    """Import what drives a kernel; ``check`` is called between its parts, and may raise."""
    with left_out(CHECKER_OF_IRIS):
        for name in _OF_THE_DRIVER:
            check()
            importlib.import_module(name)
    check()


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
