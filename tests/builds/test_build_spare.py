"""A worker that waits is as good as a new one, and goes away."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_containerize.builds.process import WORKER_COMMAND
from jupyter_containerize.builds.spare import Spare
from jupyter_containerize.domain.build import BuildRequest
from tests.builds.build_bench import Bench, wait_for


@pytest.fixture
def request_of(tmp_path: Path) -> BuildRequest:
    """Return a request for a notebook that is none."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "broken.ipynb").write_text("[]", encoding="utf-8")
    return BuildRequest(notebook=folder / "broken.ipynb")


@pytest.fixture
def spare() -> Iterator[Spare]:
    """Return a spare with the real worker."""
    spare = Spare(WORKER_COMMAND, grace_seconds=10.0, idle_seconds=60.0)
    yield spare
    spare.close()


def gone(pid: int) -> bool:
    """Tell whether a process has ended and was waited for."""
    return not Path(f"/proc/{pid}").exists()


def waiting(spare: Spare) -> int:
    """Return the id of the worker that waits."""
    assert spare._worker is not None
    return spare._worker.pid


def test_take__worker_that_waits__does_the_build_in_the_notebooks_folder(spare, request_of):
    """The process that was there before the request builds; relative paths start at the notebook."""
    spare.begin()
    pid = waiting(spare)
    worker = spare.take(request_of)
    assert worker is not None
    assert worker.pid == pid
    events = worker.events()
    first = next(events)
    folder = Path(f"/proc/{pid}/cwd")
    assert gone(pid) or folder.resolve() == request_of.notebook.parent
    rest = [first, *events]
    worker.wait()
    assert rest[-1]["event"] == "build_failed"
    assert rest[-1]["problem"]["code"].startswith("JC-NOTEBOOK")
    assert spare.take(request_of) is None


def test_take__environment_changed_since__is_left_to_a_new_worker(spare, request_of, monkeypatch):
    """A worker in waiting has the environment of its start."""
    spare.begin()
    pid = waiting(spare)
    monkeypatch.setenv("SOMETHING_NEW", "1")
    assert spare.take(request_of) is None
    assert gone(pid)


def test_take__worker_that_died__is_left_to_a_new_worker(request_of):
    """One that has ended meanwhile is not given a request."""
    spare = Spare((sys.executable, "-c", "pass"), grace_seconds=1.0, idle_seconds=60.0)
    spare.begin()
    worker = spare._worker
    assert worker is not None
    wait_for(lambda: worker.ended)
    assert spare.take(request_of) is None


def test_begin__nobody_wants_it__ends(request_of):
    """After its time it is gone."""
    spare = Spare(WORKER_COMMAND, grace_seconds=1.0, idle_seconds=0.05)
    spare.begin()
    wait_for(lambda: spare._worker is None)
    assert spare.take(request_of) is None


def test_close__worker_that_waits__ends_it_and_there_is_no_other(spare):
    """A server that stops leaves none."""
    spare.begin()
    pid = waiting(spare)
    spare.close()
    assert gone(pid)
    spare.begin()
    assert spare._worker is None


def test_queue__second_build__is_done_by_the_worker_that_waited(bench: Bench, tmp_path: Path):
    """After a build one waits, and the next build is its."""
    queue = bench.queue(f"pid={tmp_path / 'pid'}", "done", spare_seconds=60.0)
    bench.finished(queue, bench.start(queue))
    wait_for(lambda: queue._spare._worker is not None)
    pid = waiting(queue._spare)
    build_id = bench.start(queue)
    assert bench.finished(queue, build_id).state.value == "succeeded"
    assert (tmp_path / "pid").read_text() == str(pid)


def test_queue__cancelled_build_of_a_worker_that_waited__is_cancelled(bench: Bench, tmp_path: Path):
    """It is stopped as any other."""
    queue = bench.queue(f"until={tmp_path / 'go'}", "done", spare_seconds=60.0)
    first = bench.start(queue)
    (tmp_path / "go").touch()
    bench.finished(queue, first)
    wait_for(lambda: queue._spare._worker is not None)
    (tmp_path / "go").unlink()
    second = bench.start(queue)
    wait_for(lambda: queue.history.get(second).state.value == "running")
    queue.cancel(second)
    assert bench.finished(queue, second).state.value == "cancelled"
