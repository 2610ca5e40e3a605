"""A worker that does what the first code cell of the notebook says, a step a line, and speaks as a real one does.

    phase NAME / finished NAME SECONDS / log TEXT / warning TEXT / lines COUNT / sleep SECONDS / until FILE / done
    failed
    progress DONE TOTAL UNIT STEP...    a TOTAL of - is not known

FILE lies in the server's folder.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

STOPPED = threading.Event()
REPORT = {
    "reference": "iris:latest",
    "tags": ["iris:latest"],
    "digest": "sha256:" + 8 * "c0ffee42",
    "size_bytes": 90_780_593,
    "layers": [
        {"digest": "sha256:" + 64 * "a", "size_bytes": 60_000_000, "role": "os", "title": "Debian", "reused": True},
        {"digest": "sha256:" + 64 * "b", "size_bytes": 30_780_593, "role": "code", "title": "App", "reused": False},
    ],
    "timings": {"detect": 1.9, "analyze": 0.1, "restore": 0.2, "build": 3.4, "export": 1.3},
    "selftest": {"ran": True, "passed": True, "engine": "bubblewrap", "reason": ""},
    "run_command": "docker run --rm -p 8080:8080 iris:latest",
}
PROBLEM = {
    "code": "JC-KERNELS-08",
    "title": "The kernel was killed",
    "saw": "It ended with SIGKILL while cell 3 ran: most likely the machine has run out of memory.",
    "todo": "Give the machine more memory, or take less data.",
    "details": "",
    "location": "",
    "exit_code": 4,
}


def say(**event: object) -> None:
    """Report an event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def pause(seconds: float) -> None:
    """Wait, unless the build is stopped."""
    if STOPPED.wait(seconds):
        say(event="build_failed", problem={**PROBLEM, "code": "JC-BUILD-01", "title": "Cancelled"})
        sys.exit(1)


def until(name: str) -> None:
    """Wait for a file that the test makes."""
    while not (Path(os.environ["UI_FOLDER"]) / name).exists():
        pause(0.05)


def lines(count: str) -> None:
    """Report many lines, as fast as they are taken."""
    for number in range(int(count)):
        say(event="log_line", text=f"line {number:,} of the long log", level="info")


def progress(text: str) -> None:
    """Report how far a step is."""
    done, total, unit, step = text.split(maxsplit=3)
    known = None if total == "-" else int(total)
    say(event="progress", phase="build", step=step, done=int(done), total=known, unit=unit)


def finished(text: str) -> None:
    """End a phase."""
    phase, seconds = text.split()
    say(event="phase_finished", phase=phase, seconds=float(seconds))


STEPS = {
    "phase": lambda name: say(event="phase_started", phase=name),
    "finished": finished,
    "log": lambda text: say(event="log_line", text=text, level="info"),
    "warning": lambda text: say(event="log_line", text=text, level="warning"),
    "lines": lines,
    "progress": progress,
    "sleep": lambda seconds: pause(float(seconds)),
    "until": until,
    "done": lambda _: say(event="build_done", report=REPORT),
    "failed": lambda _: say(event="build_failed", problem=PROBLEM),
}

signal.signal(signal.SIGTERM, lambda *_: STOPPED.set())
request = json.loads(sys.stdin.readline())
# As a real one: with its server it ends.
threading.Thread(target=lambda: (sys.stdin.read(), os.kill(os.getpid(), signal.SIGTERM)), daemon=True).start()
notebook = json.loads(Path(request["notebook"]).read_text(encoding="utf-8"))
code = next(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
for line in "".join(code).splitlines():
    name, _, argument = line.strip().partition(" ")
    STEPS[name](argument)
