"""The terminal door: arguments in, progress out, an exit code at the end."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

# What a shell says of a program that Ctrl+C ended, and `explain` of a build.
_CANCELLED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``jupyter containerize`` and return its exit code."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        # Before the command listens for it, which takes half a second: nothing was begun.
        return _CANCELLED


def _run(argv: Sequence[str]) -> int:
    # What is imported stays: looking for garbage in it is a fifth of the start.
    gc.disable()
    from jupyter_containerize.cli.arguments import parse  # noqa: PLC0415

    arguments = parse(argv)
    # Imported here, so that --help and --version answer at once.
    from jupyter_containerize.cli.commands import COMMANDS  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return COMMANDS[arguments.command](arguments)
