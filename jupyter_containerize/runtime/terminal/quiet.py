"""Standard output for the answer alone: whatever else is printed goes to standard error.

A function's own prints, and those of libraries written in C, would end up in the middle of an answer's JSON.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def own_output() -> Iterator[BinaryIO]:
    """Give the real standard output, in bytes, while everybody else's is standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    printed = sys.stdout
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        with os.fdopen(kept, "wb", closefd=False) as output:
            yield output
    finally:
        sys.stdout = printed
        os.dup2(kept, 1)
        os.close(kept)
