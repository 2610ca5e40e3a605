"""The two names that a notebook finds without importing them, for its code when it runs without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What they do shows in a browser only, or speeds nothing but work in a notebook up.
_WITHOUT_EFFECT = frozenset(
    {"autoreload", "autosave", "colors", "config", "load_ext", "matplotlib", "pdb", "precision", "pylab", "reload_ext"}
)


def display(*values: Any, **_settings: Any) -> None:
    """Print what a notebook would show; pictures and their like by their type."""
    for value in values:
        print(value)  # noqa: T201  # the job's own output


class Shell:
    """Stands for IPython's, as far as magics without effect go."""

    def __init__(self, namespace: Mapping[str, Any] | None = None) -> None:
        self.user_ns = dict(namespace or {})

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """Do nothing for a magic that only changes how a notebook looks.

        Raises:
            NotImplementedError: it would have done something.
        """
        if name not in _WITHOUT_EFFECT:
            raise NotImplementedError(f"%{name} {line}".rstrip() + " needs a notebook")

    def run_cell_magic(self, name: str, line: str, _cell: str) -> None:
        """Refuse: what a cell magic does with its cell, only IPython knows.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"%%{name} {line}".rstrip() + " needs a notebook")

    def system(self, command: str) -> None:
        """Refuse: an image may have no shell, and nothing that a command needs.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"!{command} needs a notebook")

    getoutput = system


_SHELL = Shell()
NAMES: Mapping[str, Any] = {"display": display, "get_ipython": lambda: _SHELL}
