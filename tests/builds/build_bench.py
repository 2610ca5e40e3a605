"""Real queues on real folders, with small scripts for workers."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.builds.record import BuildRecord
from jupyter_containerize.domain.build import BuildRequest

SCRIPT = Path(__file__).with_name("worker_script.py")
DEADLINE_SECONDS = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; the deadline only ends a test that has gone wrong."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("what the test waits for did not happen")
        threading.Event().wait(0.01)


class Bench:
    """A queue whose workers do what their steps say, and the usual questions to it."""

    def __init__(self, folder: Path, notebook: Path) -> None:
        self.folder = folder
        self.notebook = notebook
        self.queues: list[BuildQueue] = []

    def queue(self, *steps: str, **options: object) -> BuildQueue:
        """Return a new queue on the folder."""
        queue = BuildQueue(self.folder, [sys.executable, str(SCRIPT), *steps], **options)
        self.queues.append(queue)
        return queue

    def start(self, queue: BuildQueue, **fields: str) -> str:
        """Queue a build and return its id."""
        return queue.start(BuildRequest(notebook=self.notebook, **fields), path="work/iris.ipynb").id

    def finished(self, queue: BuildQueue, build_id: str) -> BuildRecord:
        """Return the record when the build has finished."""
        wait_for(lambda: queue.history.get(build_id).state.finished)
        return queue.history.get(build_id)

    def texts(self, queue: BuildQueue, build_id: str) -> list[str]:
        """Return the build's log lines."""
        events = (item.event for item in queue.history.events(build_id=build_id))
        return [str(event["text"]) for event in events if event["event"] == "log_line"]

    def states(self, queue: BuildQueue, build_id: str) -> list[str]:
        """Return what the events say of the build's life."""
        events = (item.event for item in queue.history.events(build_id=build_id))
        return [str(event.get("state", event["event"])) for event in events if event["event"] != "log_line"]
