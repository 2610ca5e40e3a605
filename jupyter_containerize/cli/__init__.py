"""The terminal door: arguments in, progress out, an exit code at the end."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from jupyter_containerize.cli.arguments import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``jupyter containerize`` and return its exit code."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    # Imported here, so that --help and --version answer at once.
    from jupyter_containerize.cli.commands import COMMANDS  # noqa: PLC0415

    # What was imported stays: no collection of garbage need look at it again.
    gc.freeze()
    return COMMANDS[arguments.command](arguments)
