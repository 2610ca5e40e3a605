"""How a person stops a command."""

from __future__ import annotations

import signal

from jupyter_containerize.domain.build import CancelToken


def cancelled_by_signals() -> CancelToken:
    """Return a token that Ctrl+C and a polite end of the process cancel."""
    cancel = CancelToken()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancel.cancel())
    return cancel
