"""A few threads that make calls. None can be made to leave a call; one that is in it is known."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

Step = Callable[[], Any]
Back = Callable[[Any], None]


class Threads:
    """Runs steps. The threads are made when they are first needed, and do not keep the process from ending."""

    def __init__(self, most: int, name: str) -> None:
        self.most = most
        self._name = name
        self._steps: SimpleQueue[tuple[Step, Back, asyncio.AbstractEventLoop]] = SimpleQueue()
        self._made = 0
        # Steps that were given and have not ended. Only the event loop counts up, every thread counts down.
        self._under_way: deque[None] = deque()

    @property
    def under_way(self) -> int:
        """How many steps have not ended, those that wait included."""
        return len(self._under_way)

    def submit(self, step: Step, back: Back) -> None:
        """Run a step; ``back`` gets what it returned, or the error that it raised, in the event loop."""
        loop = asyncio.get_running_loop()
        self._under_way.append(None)
        if self._made < self.most and len(self._under_way) > self._made:
            self._made += 1
            threading.Thread(target=self._run, name=f"{self._name}-{self._made}", daemon=True).start()
        self._steps.put((step, back, loop))

    def _run(self) -> None:
        while True:
            self._take()

    def _take(self) -> None:
        # A frame of its own: what a step has held is let go before the next one is waited for.
        step, back, loop = self._steps.get()
        try:
            ended = step()
        except BaseException as error:
            # Also SystemExit: the thread is needed.
            ended = error
        self._under_way.pop()
        try:
            loop.call_soon_threadsafe(back, ended)
        except RuntimeError:
            # The loop is closed: nobody is interested any more.
            return
