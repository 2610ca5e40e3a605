"""One server process on its own core, from its start to its end."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from load import Question
from shell import SERVER_CORE, pinned

_PATIENCE_SECONDS = 120
_POLL_SECONDS = 0.002
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How a server is started. ``env`` is all that it gets beside PATH and HOME."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def started(server: Server, question: Question, work: Path, *, core: int | None = SERVER_CORE) -> Iterator[int]:
    """Start it, wait for the first right answer, and end it and its children at last; gives its process id."""
    with begun(server, work, core=core) as process:
        wait_for_answer(process, question, work / "server.log")
        yield process.pid
        if process.poll() is not None:
            sys.exit(f"{server.name} ended with {process.returncode}:\n{_tail(work / 'server.log')}")


@contextlib.contextmanager
def begun(server: Server, work: Path, *, core: int | None = SERVER_CORE) -> Iterator[subprocess.Popen[bytes]]:
    """Start it and end it. What it prints goes nowhere, what it complains of into a file."""
    command = server.command if core is None else pinned(core, *server.command)
    home = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with (work / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=server.cwd,
            env={**home, **server.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def wait_for_answer(process: subprocess.Popen[bytes], question: Question, log: Path) -> None:
    """Ask until it answers 200, and see that the answer is right."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"the server ended with {process.returncode}:\n{_tail(log)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, content = ask(question)
            if status == _OK:
                if question.answer not in content:
                    sys.exit(f"{question.url} answers {content}, not {question.answer}")
                return
        time.sleep(_POLL_SECONDS)
    status, content = ask(question)
    sys.exit(f"{question.url} answers {status} {content}:\n{_tail(log)}")


def ask(question: Question) -> tuple[int, str]:
    """Ask once, the first of the bodies; return status and answer."""
    parts = urlsplit(question.url)
    client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    with contextlib.closing(client):
        client.request("POST", parts.path, question.bodies[0], {"content-type": "application/json"})
        response = client.getresponse()
        return response.status, response.read().decode()


def seconds_to_answer(server: Server, question: Question, work: Path) -> float:
    """Return the seconds from the process's start to its first 200. Not kept on a core: starting uses more."""
    began = time.perf_counter()
    with begun(server, work, core=None) as process:
        wait_for_answer(process, question, work / "server.log")
        return time.perf_counter() - began


def seconds_of(command: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Return the seconds of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def processor_seconds(pid: int) -> float:
    """Return the processor time so far of a server that was begun here: of its session, and of all below it."""
    return sum(family(pid).values()) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> dict[int, int]:
    """Return the clock ticks of each process of a session, and of each that descends from one, by process id.

    Some servers give their workers sessions of their own.
    """
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # What is before the last parenthesis is the program's name, which may hold anything.
            fields = stat.read_text().rpartition(")")[2].split()
            process = int(stat.parent.name)
            parents[process], ticks[process] = int(fields[1]), int(fields[11]) + int(fields[12])
            if int(fields[3]) == pid:
                found.add(process)
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {process: ticks[process] for process in found}


def _end(process: subprocess.Popen[bytes]) -> None:
    members = family(process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    for member in members:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]
