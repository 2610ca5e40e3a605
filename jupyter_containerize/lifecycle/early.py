"""Layers go to a registry as soon as each is finished, while others are being made.

What is there without a manifest has no name: a build that fails later leaves blobs that the registry collects.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.publishing import Destination, RegistryDestination
from jupyter_containerize.publishing.registries import push_layers

logger = logging.getLogger(__name__)


class Early:
    """Sends in a thread of its own; what goes wrong there is left to the export, which sends what is missing."""

    def __init__(self, destination: Destination, job: Job) -> None:
        self._reference = destination.reference if isinstance(destination, RegistryDestination) else None
        self._store = job.store
        self._stop = CancelToken(parent=job.watch.cancel)
        self._waiting: SimpleQueue[Layer | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin with the first layer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until all is sent, or stop when the block failed."""
        if error is not None:
            self._stop.cancel()
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def send(self, layer: Layer) -> None:
        """Send a finished layer, if the image goes to a registry."""
        if self._reference is None:
            return
        self._waiting.put(layer)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="early", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        if self._reference is None:
            return
        try:
            while layers := self._next():
                push_layers(self._reference, layers, self._store, cancel=self._stop)
        except Exception:
            logger.debug("early sending ended", exc_info=True)

    def _next(self) -> Sequence[Layer]:
        """Return all that wait now, at least one; none at the end."""
        layers: list[Layer] = []
        while not layers or not self._waiting.empty():
            layer = self._waiting.get()
            if layer is None:
                # Said once more, for the next time.
                self._waiting.put(None)
                break
            layers.append(layer)
        return layers
