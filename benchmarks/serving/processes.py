"""What a process costs before anybody asks much of it: time to the first answer, and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import ours
from image import Unpacked
from load import closed
from running import begun, free_port, seconds_of, seconds_to_answer, wait_for_answer

Row = dict[str, float]

# What unpickles the objects, and leaves without taking itself apart.
_LOAD = """\
import os, pathlib, pickle, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.pkl")):
    model = pickle.loads(path.read_bytes())
"""
_LEAVE = f"{_LOAD}os._exit(0)\n"
# It has answered once, too: what a library imports then is not the server's either.
_STAY = f"{_LOAD}model.predict([[6.1, 2.9, 4.7, 1.4]])\nimport time\ntime.sleep(600)\n"
_SETTLED_SECONDS = 3


def cold_round(image: Unpacked, work: Path) -> Row:
    """Return seconds: the image to its first answer; the notebook's environment, and the image's, to the object.

    The notebook's environment is the one that runs this, and has pandas and what else the notebook's author has.
    """
    port = free_port()
    question = ours.rows_question(port, "/model")
    state = str(image.app / "state")
    inside = ours.contained(image, port, "python", "-c", _LEAVE, "/workspace/state")
    return {
        "ours": seconds_to_answer(ours.contained(image, port), question, work),
        "notebook": seconds_of((sys.executable, "-c", _LEAVE, state)),
        "ours, no container": seconds_to_answer(ours.here(image.app, port), question, work),
        "unpickling in the image": seconds_of(inside.command, inside.env),
    }


def memory_round(image: Unpacked, work: Path) -> Row:
    """Return megabytes: of the server after its first answer and after a load, and of libraries and model alone."""
    port = free_port()
    question = ours.rows_question(port, "/model")
    with begun(ours.contained(image, port), work, core=None) as process:
        wait_for_answer(process, question, work / "server.log")
        first = _megabytes(process)
        closed(question, 64, 2, work)
        later = _megabytes(process)
    alone = ours.contained(image, port, "python", "-c", _STAY, "/workspace/state")
    with begun(alone, work, core=None) as process:
        time.sleep(_SETTLED_SECONDS)
        bare = _megabytes(process)
    sizes = {"first answer": first, "after load": later, "bare import": bare}
    return {f"{name}, {kind}": value for name, found in sizes.items() for kind, value in found.items()}


def _megabytes(process: subprocess.Popen[bytes]) -> Row:
    """Return RSS and PSS of all Python processes of a container."""
    total = {"RSS": 0.0, "PSS": 0.0}
    for pid in _below(process.pid):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        sizes = {line.split(":")[0].upper(): int(line.split()[1]) * 1024 / 1e6 for line in lines[1:]}
        if b"bwrap" not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
            total = {kind: total[kind] + sizes[kind] for kind in total}
    return total


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _below(int(child)))]
