"""The runtime's own libraries: a private copy in the image, so that the user's environment may pin any other.

In a checkout, where there is no private copy, the installed ones are taken.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_PRIVATE = f"{__package__}._vendor"


def _own(name: str) -> Any:
    """Return a library, imported.

    Raises:
        ImportError: it is neither here nor installed; or it is here, and not for this Python.
    """
    try:
        with _out_of_sight(name):
            return importlib.import_module(f"{_PRIVATE}.{name}")
    except ModuleNotFoundError as error:
        # What a private copy fails to import itself must be told, and not be covered by a library of the user's.
        if error.name not in (_PRIVATE, f"{_PRIVATE}.{name}"):
            raise
    return importlib.import_module(name)


@contextmanager
def _out_of_sight(name: str) -> Iterator[None]:
    """Hide an imported library of that name from the block, and what the block enters under it from everybody else.

    A module made by Cython knows the name that it was compiled with: it takes its siblings from there if they are
    imported already, and enters itself there too, where the user's own library would find it instead of its part.
    """
    theirs = {module: sys.modules.pop(module) for module in _modules_of(name)}
    try:
        yield
    finally:
        for module in _modules_of(name):
            del sys.modules[module]
        sys.modules.update(theirs)


def _modules_of(name: str) -> list[str]:
    return [module for module in sys.modules if module == name or module.startswith(f"{name}.")]


httptools: Any = _own("httptools")
