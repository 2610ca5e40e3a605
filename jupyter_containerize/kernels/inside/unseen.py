"""Call one program of ours in a kernel that somebody works with, and leave nothing behind.

The builder sends this file's text. It runs inside the kernel: the standard library only, Python 3.9 or newer.
Whoever asks has put a token into a folder; it is taken first. If it is not there any more, the asking is over, and
nothing happens: a request that waited behind a long cell never runs late.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from typing import Any


def run(request: dict[str, Any]) -> None:
    """Take the token, call the function, and write how that went.

    Request: token (file), outcome (file), path (of the program), function, request (JSON text for it).
    """
    try:
        os.rename(request["token"], request["token"] + ".taken")
    except OSError:
        return
    outcome: dict[str, Any] = {"problem": None, "interrupted": False}
    before = set(sys.modules)
    try:
        with muted():
            getattr(loaded(request["path"]), request["function"])(request["request"])
    except KeyboardInterrupt:
        outcome["interrupted"] = True
    except BaseException:
        # Anything that got out would be shown to the people who work here, and kept as their last error.
        outcome["problem"] = traceback.format_exc()
    finally:
        forget(before)
    # The folder has gone if the asking is over.
    with contextlib.suppress(OSError):
        with open(request["outcome"] + ".part", "w", encoding="utf-8") as file:
            json.dump(outcome, file)
        os.replace(request["outcome"] + ".part", request["outcome"])


def loaded(path: str) -> Any:
    """Return a program as a module that no import statement finds."""
    module = types.ModuleType("_jupyter_containerize_unseen")
    sys.modules[module.__name__] = module
    with open(path, encoding="utf-8") as source:
        exec(compile(source.read(), path, "exec"), module.__dict__)  # noqa: S102  # our own file
    return module


def forget(before: set[str]) -> None:
    """Take what we loaded out of ``sys.modules``; a cloudpickle that was there before stays."""
    for name in set(sys.modules) - before:
        if name.startswith("_jupyter_containerize") or name.partition(".")[0] == "cloudpickle":
            del sys.modules[name]


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Keep what this thread prints to itself; other threads print as before."""
    kept = sys.stdout, sys.stderr
    ours = Muted(sys.stdout), Muted(sys.stderr)
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        # Unless somebody else has replaced them meanwhile.
        if sys.stdout is ours[0]:
            sys.stdout = kept[0]
        if sys.stderr is ours[1]:
            sys.stderr = kept[1]


class Muted:
    """A stream that drops what one thread writes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._thread = threading.get_ident()

    def write(self, text: str) -> Any:
        """Drop the text, if it is this thread's."""
        return len(text) if threading.get_ident() == self._thread else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


if __name__ == "__jupyter_containerize__":
    run(globals()["REQUEST"])
