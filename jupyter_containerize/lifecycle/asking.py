"""Asks a container of this machine something, without ever being deaf to a cancel."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from jupyter_containerize.domain.build import CancelToken

_TICK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; ``body`` is that of an error too."""

    status: int
    body: bytes


@dataclass
class _Asked:
    """One request under way in a thread; whoever waits takes what it leaves here."""

    request: urllib.request.Request
    timeout_seconds: float
    ended: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    failed: OSError | None = None

    def work(self) -> None:
        try:
            with urllib.request.urlopen(self.request, timeout=self.timeout_seconds) as response:  # noqa: S310  # loopback
                self.answer = Answer(status=response.status, body=response.read())
        except urllib.error.HTTPError as error:
            with error:
                self.answer = Answer(status=error.code, body=error.read())
        except OSError as error:
            self.failed = error
        except Exception as error:  # noqa: BLE001  # an answer that is no HTTP is one that did not come
            self.failed = OSError(f"{type(error).__name__}: {error}")
        finally:
            self.ended.set()


def ask(request: urllib.request.Request, *, timeout_seconds: float, cancel: CancelToken) -> Answer:
    """Return the answer to a request.

    The request goes out in a thread of its own, which a cancel leaves alone: its connection ends with the container.

    Raises:
        OSError: none came.
        Cancelled: asked for while it was waited for.
    """
    asked = _Asked(request, timeout_seconds)
    threading.Thread(target=asked.work, name="asking", daemon=True).start()
    while not asked.ended.wait(_TICK_SECONDS):
        cancel.check()
    if asked.answer is None:
        raise asked.failed or OSError("no answer")
    return asked.answer
