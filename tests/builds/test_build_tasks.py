"""What the queue does beside builds, and databases that know nothing of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jupyter_containerize.builds import history
from jupyter_containerize.builds.history import VERSION, History
from jupyter_containerize.builds.log import log_text
from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.builds.record import BuildRecord, BuildState
from jupyter_containerize.builds.tasks import Task, TaskKind, kind_of
from jupyter_containerize.builds.wire import request_from_line, request_to_line
from jupyter_containerize.domain.build import BuildRequest
from tests.builds.build_bench import Bench

# What the worker script calls a plan.
PLAN = {
    "notebook": "iris.ipynb",
    "reference": "iris:latest",
    "destination": "",
    "entries": ["predict"],
    "images": [],
    "warnings": [],
    "comparison": [],
}
FIRST = """
INSERT INTO builds (id, owner, path, tag, destination, state, created, report, last_seq)
VALUES ('old', 'gone', 'a.ipynb', 'a:1', '', 'succeeded', '2026-01-01T00:00:00.000+00:00', '{"digest": "x"}', 1)
"""


def _plan(bench: Bench, queue: BuildQueue, path: str = "work/iris.ipynb") -> BuildRecord:
    task = Task(notebook=bench.notebook, kind=TaskKind.PLAN, than="iris:1")
    return bench.finished(queue, queue.start(task, path=path).id)


@pytest.mark.parametrize("kind", TaskKind)
def test_request_from_line__task__same_task(kind: TaskKind) -> None:
    """A task survives the way to the worker, and what is planned is a build like any other."""
    task = Task(notebook=Path("/a/n.ipynb"), tag="iris:1", destination="docker", kind=kind, than="iris:0")
    assert request_from_line(request_to_line(task)) == task
    assert task.as_build() == BuildRequest(notebook=Path("/a/n.ipynb"), tag="iris:1", destination="docker")
    assert (kind_of(task), kind_of(task.as_build())) == (kind, TaskKind.BUILD)


def test_start__plan__kept_in_the_record_alone(bench: Bench) -> None:
    """A plan is large: neither the list nor an event has it, and the event says that it is there."""
    queue = bench.queue("phase=detect", "planned")
    record = _plan(bench, queue)
    assert (record.kind, record.state, record.plan, record.report) == (
        TaskKind.PLAN,
        BuildState.SUCCEEDED,
        PLAN,
        None,
    )
    (listed,) = queue.builds()
    assert (listed.kind, listed.plan, listed.state) == (TaskKind.PLAN, None, BuildState.SUCCEEDED)
    events = queue.history.events(build_id=record.id)
    assert events[-1].event == {"event": "plan_done"}
    assert log_text(events).endswith("done\n")


def test_start__plan_again__takes_the_place_of_the_notebooks_earlier_ones(bench: Bench) -> None:
    """Plans come by the dozen while a notebook is written; builds and other notebooks' plans stay."""
    queue = bench.queue("planned")
    build = bench.start(queue)
    bench.finished(queue, build)
    other = _plan(bench, queue, "other.ipynb").id
    first = _plan(bench, queue).id
    second = _plan(bench, queue).id
    assert {record.id for record in queue.builds()} == {build, other, second}
    assert queue.history.events(build_id=first)[-1].event == {"event": "state", "state": "forgotten"}


def test_start__build__its_worker_gets_no_task(bench: Bench) -> None:
    """A build's request is what it always was."""
    queue = bench.queue("request", "done")
    build = bench.start(queue)
    bench.finished(queue, build)
    assert '"than"' not in bench.texts(queue, build)[0]


def test_history__of_the_first_format__read_and_written(tmp_path: Path) -> None:
    """Builds that an earlier release recorded are still there, as builds."""
    path = tmp_path / "builds.db"
    with sqlite3.connect(path) as db:
        db.executescript(history._SCHEMA)
        db.execute(FIRST)
        db.execute("PRAGMA user_version = 1")
    db.close()
    found = History(path)
    (old,) = found.all()
    assert (old.id, old.kind, old.plan, old.report) == ("old", TaskKind.BUILD, None, {"digest": "x"})
    new = BuildRecord(id="new", path="", state=BuildState.QUEUED, created="now", kind=TaskKind.PUSH)
    found.add(new, owner="me")
    assert found.get("new").kind is TaskKind.PUSH
    found.close()
    again = History(path)
    assert [record.id for record in again.all()] == ["new", "old"]
    again.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        # A server of the earlier release that still runs goes on writing.
        db.execute(FIRST.replace("'old'", "'late'"))
    db.close()
