"""A worker for tests: does, in order, what its arguments say, and speaks as a real one does.

The request arrives on stdin first.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

REPORT = {
    "reference": "iris:latest",
    "tags": ["iris:latest"],
    "digest": "sha256:" + 64 * "a",
    "size_bytes": 12,
    "layers": [{"digest": "sha256:" + 64 * "b", "size_bytes": 10, "role": "code", "title": "app", "reused": False}],
    "timings": {"detect": 0.1},
    "selftest": {"ran": True, "passed": True, "engine": "docker", "reason": ""},
    "run_command": "docker run iris:latest",
}
PLAN = {
    "notebook": "iris.ipynb",
    "reference": "iris:latest",
    "destination": "",
    "entries": ["predict"],
    "images": [],
    "warnings": [],
    "comparison": [],
}
CANCELLED = {"code": "JC-BUILD-01", "title": "cancelled", "saw": "", "todo": "", "details": "", "location": ""}
FAILED = {**CANCELLED, "code": "JC-NOTEBOOK-02", "title": "Not a notebook", "saw": "iris.ipynb", "exit_code": 2}


REQUEST = json.loads(sys.stdin.readline())
STOPPED = threading.Event()


def say(**event: object) -> None:
    """Report an event."""
    raw(json.dumps(event))


def raw(value: str) -> None:
    """Write a line as it is."""
    sys.stdout.write(value + "\n")
    sys.stdout.flush()


def until(file: str) -> None:
    """Wait for a file that the test makes."""
    while not Path(file).exists():
        time.sleep(0.01)


def child(file: str) -> None:
    """Start a process in our group that holds our stdout open; write its id to the file."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(file).write_text(str(process.pid), encoding="utf-8")


def cancelled(_value: str) -> None:
    """Wait to be stopped, and say so."""
    STOPPED.wait()
    say(event="build_failed", problem=CANCELLED)
    sys.exit(1)


def notebook(_value: str) -> None:
    """Log what the request's notebook holds and where we are."""
    log(f"{Path(REQUEST['notebook']).read_text(encoding='utf-8')} in {Path.cwd()}")


def log(value: str) -> None:
    """Report a line."""
    say(event="log_line", text=value, level="info")


STEPS = {
    "log": log,
    "notebook": notebook,
    "request": lambda _: log(json.dumps(REQUEST)),
    "raw": raw,
    "until": until,
    "child": child,
    "cancelled": cancelled,
    "phase": lambda value: say(event="phase_started", phase=value),
    "progress": lambda value: say(
        event="progress", phase="build", step="wheels", done=int(value), total=3, unit="items"
    ),
    "stderr": lambda value: sys.stderr.write(value + "\n"),
    "pid": lambda value: Path(value).write_text(str(os.getpid()), encoding="utf-8"),
    "deaf": lambda _: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "hang": lambda _: threading.Event().wait(),
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda value: sys.exit(int(value)),
    "done": lambda _: say(event="build_done", report=REPORT),
    "planned": lambda _: say(event="plan_done", plan=PLAN),
    "failed": lambda _: say(event="build_failed", problem=FAILED),
}

signal.signal(signal.SIGTERM, lambda *_: STOPPED.set())
for step in sys.argv[1:]:
    name, _, argument = step.partition("=")
    STEPS[name](argument)
