"""The runtime's own libraries: a private copy in the image, so that the user's environment may pin any other.

In a checkout, where there is no private copy, the installed ones are taken.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_PRIVATE = f"{__package__}._vendor"


def _own(name: str) -> Any:
    """Return a library, imported.

    Raises:
        ImportError: it is neither here nor installed; or it is here, and not for this Python.
    """
    before = frozenset(sys.modules)
    try:
        library = importlib.import_module(f"{_PRIVATE}.{name}")
    except ModuleNotFoundError as error:
        # What a private copy fails to import itself must be told, and not be covered by a library of the user's.
        if error.name not in (_PRIVATE, f"{_PRIVATE}.{name}"):
            raise
        return importlib.import_module(name)
    # A module made by Cython enters itself under the name that it was compiled with too, where the user's own
    # library would find it instead of its part.
    for entered in [module for module in sys.modules if module.startswith(f"{name}.") and module not in before]:
        del sys.modules[entered]
    return library


httptools: Any = _own("httptools")
