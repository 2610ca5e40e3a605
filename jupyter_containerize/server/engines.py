"""Which images the engines of this machine have, asked beside the calls: an engine may be slow, a list must not be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from jupyter_containerize.publishing import engine_images
from jupyter_containerize.publishing.podman_images import podman_images

FRESH_SECONDS: Final = 2.0
"""How long an answer is as good as a new one."""
PATIENCE_SECONDS: Final = 0.015
"""How long a list waits for new answers: about as long as the Docker Engine needs, and a tenth of what Podman does."""


class Engine:
    """What one engine has; safe to use from several threads."""

    def __init__(self, ask: Callable[[], frozenset[str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._news = threading.Condition()
        self._digests: frozenset[str] | None = None
        self._asked_at = 0.0
        self._asking = False

    def begin(self) -> None:
        """Ask anew if the last answer is old; does not wait."""
        with self._news:
            fresh = self._digests is not None and self._clock() - self._asked_at < FRESH_SECONDS
            if self._asking or fresh:
                return
            self._asking = True
        threading.Thread(target=self._run, name="containerize-engine", daemon=True).start()

    def settled(self, patience_seconds: float) -> bool:
        """Wait for an answer that is on its way; return whether none is on its way any more."""
        with self._news:
            return self._news.wait_for(lambda: not self._asking, max(0.0, patience_seconds))

    def digests(self) -> frozenset[str]:
        """Return the newest answer; nothing before there is one."""
        with self._news:
            return self._digests or frozenset()

    def _run(self) -> None:
        found: frozenset[str] = frozenset()
        at = self._clock()
        try:
            found = self._ask()
        finally:
            with self._news:
                self._digests, self._asked_at, self._asking = found, at, False
                self._news.notify_all()


class Engines:
    """All engines of this machine."""

    def __init__(self) -> None:
        self._engines: Mapping[str, Engine] = {"docker": Engine(engine_images), "podman": Engine(podman_images)}

    def begin(self) -> None:
        """Ask anew where the last answer is old; does not wait."""
        for engine in self._engines.values():
            engine.begin()

    def known(self) -> tuple[Mapping[str, frozenset[str]], bool]:
        """Return the digests, of manifests or configs, that each engine knows, and whether that is all news there is.

        Where it is not, an engine has not answered yet what it has now: what it had before is returned.
        """
        self.begin()
        until = time.monotonic() + PATIENCE_SECONDS
        settled = [engine.settled(until - time.monotonic()) for engine in self._engines.values()]
        # After that: what comes in between is newer.
        return {name: engine.digests() for name, engine in self._engines.items()}, all(settled)
