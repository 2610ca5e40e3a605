"""The queue, with real worker processes that do as the test tells them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from jupyter_containerize.builds.errors import BuildNotFinished, BuildNotFound
from jupyter_containerize.builds.record import BuildState
from jupyter_containerize.domain.build import BuildRequest
from tests.builds.build_bench import Bench, wait_for


def _alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _pid(file: Path) -> int:
    wait_for(lambda: file.exists() and file.read_text(encoding="utf-8") != "")
    return int(file.read_text(encoding="utf-8"))


def test_start__worker_makes_an_image__report_recorded(bench: Bench) -> None:
    """A build that ends well shows its report, its times and its last phase."""
    queue = bench.queue("phase=detect", "log=hello", "phase=export", "progress=1", "done")
    record = bench.finished(queue, bench.start(queue, tag="iris:1", destination="docker"))
    assert record.state is BuildState.SUCCEEDED
    assert record.report is not None
    assert record.report["reference"] == "iris:latest"
    assert (record.path, record.tag, record.destination) == ("work/iris.ipynb", "iris:1", "docker")
    assert (record.phase, record.progress, record.problem) == ("export", None, None)
    assert record.started is not None
    assert record.finished is not None
    assert record.created <= record.started <= record.finished
    assert bench.states(queue, record.id) == [
        "queued",
        "running",
        "phase_started",
        "phase_started",
        "progress",
        "build_done",
    ]
    assert record.last_seq == queue.history.last_seq()


def test_start__running_step__progress_and_phase_shown(bench: Bench, tmp_path: Path) -> None:
    """While a build runs, its record shows how far it is."""
    queue = bench.queue("phase=build", "progress=2", f"until={tmp_path / 'go'}", "done")
    build_id = bench.start(queue)
    wait_for(lambda: queue.history.get(build_id).progress is not None)
    record = queue.history.get(build_id)
    assert (record.state, record.phase) == (BuildState.RUNNING, "build")
    assert record.progress == {"step": "wheels", "done": 2, "total": 3, "unit": "items"}
    (tmp_path / "go").touch()
    bench.finished(queue, build_id)


def test_start__worker_reports_a_problem__failed_with_it(bench: Bench) -> None:
    """A build that fails shows the worker's own problem."""
    queue = bench.queue("phase=detect", "failed", "exit=1")
    record = bench.finished(queue, bench.start(queue))
    assert record.state is BuildState.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "JC-NOTEBOOK-02"
    assert record.phase == "detect"


@pytest.mark.parametrize(
    ("step", "seen"),
    [("kill", "SIGKILL"), ("exit=3", "3"), ("exit=0", "0")],
)
def test_start__worker_dies_without_a_word__failed_with_how_it_died(bench: Bench, step: str, seen: str) -> None:
    """The signal or the exit code of a worker that reported nothing is told."""
    queue = bench.queue("stderr=last words", step)
    record = bench.finished(queue, bench.start(queue))
    assert record.state is BuildState.FAILED
    assert record.problem is not None
    assert record.problem["code"] == "JC-BUILD-04"
    assert seen in " ".join(map(str, record.problem.values()))


def test_start__worker_program_missing__failed_with_the_reason(bench: Bench) -> None:
    """A worker that cannot be started is a failed build, not a build that runs for ever."""
    queue = bench.queue()
    queue._command = ("/nonexistent/python",)
    record = bench.finished(queue, bench.start(queue))
    assert record.problem is not None
    assert record.problem["code"] == "JC-BUILD-04"


def test_start__helper_holds_the_pipe_of_a_killed_worker__build_ends_and_helper_goes(
    bench: Bench, tmp_path: Path
) -> None:
    """A killed worker's helpers neither keep the build running nor stay behind."""
    queue = bench.queue(f"child={tmp_path / 'pid'}", "kill")
    record = bench.finished(queue, bench.start(queue))
    assert record.state is BuildState.FAILED
    child = _pid(tmp_path / "pid")
    wait_for(lambda: not _alive(child))


def test_start__two_builds__run_in_the_order_of_asking(bench: Bench, tmp_path: Path) -> None:
    """With room for one, the second build waits until the first has ended."""
    queue = bench.queue(f"until={tmp_path / 'go'}", "done")
    first, second = bench.start(queue), bench.start(queue)
    wait_for(lambda: queue.history.get(first).state is BuildState.RUNNING)
    assert queue.history.get(second).state is BuildState.QUEUED
    (tmp_path / "go").touch()
    bench.finished(queue, second)
    seqs = {(item.build, item.event.get("state", item.event["event"])): item.seq for item in queue.history.events()}
    assert seqs[first, "build_done"] < seqs[second, "running"]
    assert [record.id for record in queue.builds()] == [second, first]


def test_start__room_for_two__both_run(bench: Bench, tmp_path: Path) -> None:
    """``max_concurrent`` builds run at the same time."""
    queue = bench.queue(f"until={tmp_path / 'go'}", "done", max_concurrent=2)
    builds = [bench.start(queue) for _ in range(3)]
    wait_for(lambda: all(queue.history.get(build).state is BuildState.RUNNING for build in builds[:2]))
    assert queue.history.get(builds[2]).state is BuildState.QUEUED
    (tmp_path / "go").touch()
    assert {bench.finished(queue, build).state for build in builds} == {BuildState.SUCCEEDED}


def test_start__notebook_in_no_file__worker_reads_a_copy_that_goes_when_it_ends(bench: Bench) -> None:
    """Content that is handed over lies in a file under its own name while the build runs."""
    queue = bench.queue("notebook", "done")
    request = BuildRequest(notebook=Path("cloud.ipynb"))
    build_id = queue.start(request, path="drive:cloud.ipynb", content=b"the notebook").id
    bench.finished(queue, build_id)
    assert bench.texts(queue, build_id) == [f"the notebook in {bench.folder / 'staging' / build_id}"]
    wait_for(lambda: not (bench.folder / "staging" / build_id).exists())


def test_start__relative_paths__counted_from_the_notebooks_folder(bench: Bench) -> None:
    """A worker's working directory is the folder of the notebook."""
    queue = bench.queue("notebook", "done")
    build_id = bench.start(queue)
    bench.finished(queue, build_id)
    assert bench.texts(queue, build_id) == [f"{{}} in {bench.notebook.parent}"]


def test_start__more_builds_than_are_kept__oldest_finished_forgotten(bench: Bench) -> None:
    """The history does not grow without end."""
    queue = bench.queue("done", kept_builds=2)
    builds = [bench.start(queue) for _ in range(4)]
    for build in builds[1:]:
        bench.finished(queue, build)
    bench.finished(queue, last := bench.start(queue))
    kept = [record.id for record in queue.builds()]
    assert kept == [last, *reversed(builds[-2:])]
    assert queue.history.events(build_id=builds[0])[-1].event == {"event": "state", "state": "forgotten"}


def test_cancel__running__stops_cleanly_and_next_one_runs(bench: Bench) -> None:
    """A running worker is asked to stop; the build is cancelled, without a problem."""
    queue = bench.queue("log=begun", "cancelled")
    first, second = bench.start(queue), bench.start(queue)
    wait_for(lambda: bench.texts(queue, first) == ["begun"])
    queue.cancel(first)
    record = bench.finished(queue, first)
    assert (record.state, record.problem) == (BuildState.CANCELLED, None)
    assert bench.states(queue, first) == ["queued", "running", "cancelled"]
    wait_for(lambda: queue.history.get(second).state is BuildState.RUNNING)


def test_cancel__queued__never_runs(bench: Bench, tmp_path: Path) -> None:
    """A build that waits is cancelled on the spot."""
    queue = bench.queue(f"until={tmp_path / 'go'}", "done")
    first, second = bench.start(queue), bench.start(queue)
    assert queue.cancel(second).state is BuildState.CANCELLED
    (tmp_path / "go").touch()
    bench.finished(queue, first)
    assert bench.states(queue, second) == ["queued", "cancelled"]


def test_cancel__worker_does_not_listen__killed_after_the_grace(bench: Bench, tmp_path: Path) -> None:
    """A worker that ignores the signal is killed, with the processes that it started."""
    queue = bench.queue("deaf", f"child={tmp_path / 'child'}", f"pid={tmp_path / 'pid'}", "hang", grace_seconds=0.1)
    build_id = bench.start(queue)
    worker, child = _pid(tmp_path / "pid"), _pid(tmp_path / "child")
    queue.cancel(build_id)
    assert bench.finished(queue, build_id).state is BuildState.CANCELLED
    wait_for(lambda: not _alive(worker) and not _alive(child))


def test_cancel__finished__changes_nothing(bench: Bench) -> None:
    """Cancelling too late is no mistake."""
    queue = bench.queue("done")
    before = bench.finished(queue, bench.start(queue))
    assert queue.cancel(before.id) == before


def test_cancel__signal_from_outside__recorded_as_cancelled(bench: Bench, tmp_path: Path) -> None:
    """A worker that somebody else stopped says so itself."""
    queue = bench.queue(f"pid={tmp_path / 'pid'}", "log=ready", "cancelled")
    build_id = bench.start(queue)
    wait_for(lambda: bench.texts(queue, build_id) == ["ready"])
    os.kill(_pid(tmp_path / "pid"), 15)
    assert bench.finished(queue, build_id).state is BuildState.CANCELLED


def test_cancel__build_of_another_server__that_server_stops_it(bench: Bench) -> None:
    """Two servers on one data directory can cancel each other's builds."""
    queue = bench.queue("log=begun", "cancelled")
    build_id = bench.start(queue)
    wait_for(lambda: bench.texts(queue, build_id) == ["begun"])
    other = bench.queue()
    assert other.cancel(build_id).state is BuildState.RUNNING
    assert bench.finished(queue, build_id).state is BuildState.CANCELLED


def test_cancel__unknown__not_found(bench: Bench) -> None:
    """An id that nobody has is told with the id."""
    with pytest.raises(BuildNotFound) as caught:
        bench.queue().cancel("nope")
    assert caught.value.build_id == "nope"


def test_wait__worker_hangs_after_its_last_word__killed_and_next_one_runs(bench: Bench, tmp_path: Path) -> None:
    """The outcome counts when it is reported; a worker that lingers does not hold up the queue."""
    queue = bench.queue(f"pid={tmp_path / 'pid'}", "done", "hang", grace_seconds=0.1)
    first = bench.start(queue)
    assert bench.finished(queue, first).state is BuildState.SUCCEEDED
    assert bench.finished(queue, bench.start(queue)).state is BuildState.SUCCEEDED
    wait_for(lambda: not _alive(_pid(tmp_path / "pid")))


def test_forget__running__refused(bench: Bench) -> None:
    """Only a finished build can be removed."""
    queue = bench.queue("cancelled")
    build_id = bench.start(queue)
    with pytest.raises(BuildNotFinished) as caught:
        queue.forget(build_id)
    assert caught.value.build_id == build_id


def test_forget__finished__record_and_log_gone(bench: Bench) -> None:
    """What is forgotten leaves one event, so that other pages notice."""
    queue = bench.queue("log=secret", "done")
    build_id = bench.start(queue)
    bench.finished(queue, build_id)
    queue.forget(build_id)
    assert queue.builds() == ()
    assert [item.event for item in queue.history.events()] == [{"event": "state", "state": "forgotten"}]
    with pytest.raises(BuildNotFound):
        queue.forget(build_id)


def test_close__running_and_queued__both_interrupted_and_worker_gone(bench: Bench, tmp_path: Path) -> None:
    """A server that ends in good order takes its workers with it and says what became of the builds."""
    queue = bench.queue(f"pid={tmp_path / 'pid'}", "cancelled")
    running, queued = bench.start(queue), bench.start(queue)
    pid = _pid(tmp_path / "pid")
    bench.queues.remove(queue)
    queue.close()
    assert not _alive(pid)
    later = bench.queue()
    assert {later.history.get(build).state for build in (running, queued)} == {BuildState.INTERRUPTED}


def test_builds__other_server_lives__its_build_goes_on(bench: Bench, tmp_path: Path) -> None:
    """A second server on the same folder does not take a running build for an abandoned one."""
    queue = bench.queue(f"until={tmp_path / 'go'}", "done")
    build_id = bench.start(queue)
    wait_for(lambda: queue.history.get(build_id).state is BuildState.RUNNING)
    assert bench.queue().builds()[0].state is BuildState.RUNNING
    (tmp_path / "go").touch()
    assert bench.finished(queue, build_id).state is BuildState.SUCCEEDED


def test_subscribe__events_of_ours_and_of_others__told_of_both(bench: Bench) -> None:
    """A subscriber hears of what this and other servers record, and stops hearing when it leaves."""
    queue, other = bench.queue("done"), bench.queue("done")
    told = threading.Event()
    unsubscribe = queue.subscribe(told.set)
    for origin in (queue, other):
        told.clear()
        seq = queue.history.last_seq()
        bench.finished(origin, bench.start(origin))
        wait_for(told.is_set)
        assert queue.history.events(after=seq)
    unsubscribe()
    assert not queue._subscribers
