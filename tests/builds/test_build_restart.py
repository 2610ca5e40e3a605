"""What becomes of builds when a server process ends without a word."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from jupyter_containerize.builds.record import BuildState
from tests.builds.build_bench import SCRIPT, Bench, wait_for

SERVER = """
import sys, threading
from pathlib import Path
from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.domain.build import BuildRequest
queue = BuildQueue(Path(sys.argv[1]), [sys.executable, *sys.argv[3:]])
for name in ("running", "queued"):
    print(queue.start(BuildRequest(notebook=Path(sys.argv[2])), path="iris.ipynb").id, flush=True)
threading.Event().wait()
"""


def test_queue__server_was_killed__its_builds_are_interrupted_and_stay_in_the_list(bench: Bench) -> None:
    """A build whose server crashed is interrupted for the next server; its log is kept."""
    command = [sys.executable, "-c", SERVER, str(bench.folder), str(bench.notebook), str(SCRIPT), "log=begun", "hang"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        running, queued = (server.stdout.readline().strip() for _ in range(2))
        observer = bench.queue()
        wait_for(lambda: bench.texts(observer, running) == ["begun"])
        server.kill()
    after = bench.queue()
    assert [(record.id, record.state) for record in after.builds()] == [
        (queued, BuildState.INTERRUPTED),
        (running, BuildState.INTERRUPTED),
    ]
    assert bench.states(after, running) == ["queued", "running", "interrupted"]
    assert bench.texts(after, running) == ["begun"]


def test_builds__server_killed_while_another_looks_on__interrupted_without_a_restart(bench: Bench) -> None:
    """A server that was there all along notices when it lists the builds."""
    observer = bench.queue()
    command = [sys.executable, "-c", SERVER, str(bench.folder), str(bench.notebook), str(SCRIPT), "hang"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        server.kill()
    wait_for(lambda: all(record.state is BuildState.INTERRUPTED for record in observer.builds()))


ORPHAN = """
import sys, threading, types
from jupyter_containerize.builds import worker

def run(request, emit, cancel):
    print("a library that prints", flush=True)
    cancel.event.wait() if sys.argv[1] == "listens" else threading.Event().wait()
    cancel.check()

worker.ORPHAN_GRACE_SECONDS = 60.0 if sys.argv[1] == "listens" else 0.1
rooms = worker._rooms()
worker._rooms = lambda: (run, rooms[1])
sys.exit(worker.main())
"""


def _orphan(kind: str, notebook: Path) -> subprocess.Popen[str]:
    request = f'{{"notebook": "{notebook}", "selftest": "auto"}}\n'
    process = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(request)
    process.stdin.close()
    return process


def test_worker__server_gone__cancels_its_build(bench: Bench) -> None:
    """A worker whose stdin has closed stops its build in good order; only events are on stdout."""
    with _orphan("listens", bench.notebook) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        assert process.wait() == 1
    assert '"JC-BUILD-01"' in said
    assert "prints" not in said


def test_worker__server_gone_and_build_does_not_stop__kills_its_group(bench: Bench) -> None:
    """A worker that cannot stop its build does not outlive its server."""
    with _orphan("deaf", bench.notebook) as process:
        assert process.wait() == -signal.SIGKILL
    assert not Path(f"/proc/{process.pid}").exists()
