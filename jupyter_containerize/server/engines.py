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
PATIENCE_SECONDS: Final = 0.05
"""How long a list waits for a new answer where there is an old one."""
FIRST_SECONDS: Final = 3.0
"""How long it waits for the first."""


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

    def digests(self) -> frozenset[str]:
        """Return the newest answer that comes in time; nothing where there is none."""
        with self._news:
            patience = FIRST_SECONDS if self._digests is None else PATIENCE_SECONDS
            self._news.wait_for(lambda: not self._asking, patience)
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

    def known(self) -> Mapping[str, frozenset[str]]:
        """Return the digests, of manifests or configs, that each engine knows, as far as they come in time."""
        self.begin()
        return {name: engine.digests() for name, engine in self._engines.items()}
