"""A process that answers for one serving code after the other, each time from the same clean state.

Runs in the kernel's interpreter as part of ``answer.py``: the standard library only, Python 3.9 or newer, Linux.

It loads the objects and runs the imports with which the serving code begins: that is what loading an application does
first, too, and both are part of the name by which it is found. Each request is answered by a fork of it, which loads
the serving code and ends. Where a fork would not be as good as a new process, one request is answered without one,
and that is the end of it.

A request is a line of JSON with ``application``, ``report`` and ``output`` (files and folders), or ``end``; what comes
back is one with ``status`` (0: the report is written) and ``stays``, or the end of the connection.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import shutil
import signal
import socket
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TICK_SECONDS = 2.0
_PATIENCE_SECONDS = 5.0
_LONGEST_SECONDS = 3600.0
_MOST_OTHERS = 1
_MOST_TURNS = 16
_SOCKET = "socket"


def stay(answering: Any, request: str) -> None:
    """Answer the first request, if there is one, and then those that come.

    Args:
        answering: the module ``answer``.
        request: JSON with ``application`` (a folder with what is loaded first), ``folder`` (where the socket is to
            be; its parent has those of others), ``idle_seconds``, ``most_bytes`` of memory, ``owner`` (the id of the
            process with which this one ends; 0: none) and ``connection`` (an inherited socket with the first
            request; -1: none).
    """
    asked = json.loads(request)
    connection = asked["connection"]
    first = None if connection < 0 else socket.socket(fileno=connection)
    standby = Standby(answering, asked)
    if first is not None:
        with first:
            if not standby.handle(first):
                return
    _turn_output(os.devnull)
    standby.serve()


class Standby:
    """What is loaded, and the state of it that forks may begin from."""

    def __init__(self, answering: Any, asked: dict[str, Any]) -> None:
        self._answering = answering
        self._asked = asked
        self._folder = Path(asked["folder"])
        self._at_term: Any = signal.SIG_DFL
        numbers = random.getstate()
        self._objects = self._load(Path(asked["application"]))
        self._files = dict(_files_of_modules())
        self._fit = (
            self._objects is not None
            and _only_drawn(numbers)
            and _numpy_is_as_new()
            and len(sys._current_frames()) == 1  # threading does not know all
            and _resident_bytes() <= asked["most_bytes"]
        )

    def _load(self, application: Path) -> dict[str, Any] | None:
        """Load what every request begins with; ``None`` where that fails, so that the answer tells how."""
        loading = self._answering.runtime_module("loading")
        before = list(sys.path)
        loading.lead_imports(application)
        objects = {
            item["name"]: loading.read_object(application, item) for item in loading.read_card(application)["objects"]
        }
        try:
            text = (application / "imports.py").read_text(encoding="utf-8")
            exec(compile(text, "<imports>", "exec", dont_inherit=True), {"__name__": "serving"})  # noqa: S102  # as loading does
        except (Exception, SystemExit):
            return None
        finally:
            sys.path[:] = before
        return objects

    def serve(self) -> None:
        """Answer until nobody asks any more, or what was loaded is no longer what is there."""
        if not self._fit:
            return
        began = asked = time.monotonic()
        with _listening(self._folder) as listener:
            _end_others(self._folder)
            bound = os.stat(self._folder / _SOCKET)
            while not self._alone(bound):
                now = time.monotonic()
                if now - asked > self._asked["idle_seconds"] or now - began > _LONGEST_SECONDS:
                    return
                if not select.select([listener], [], [], _TICK_SECONDS)[0]:
                    continue
                connection, _ = listener.accept()
                with connection:
                    if not _is_ours(connection) or not self.handle(connection):
                        return
                asked = time.monotonic()
                with contextlib.suppress(OSError):
                    os.utime(self._folder)

    def handle(self, connection: socket.socket) -> bool:
        """Answer a request, and tell whether another one can be."""
        connection.settimeout(_PATIENCE_SECONDS)
        try:
            with connection.makefile("rb") as lines:
                request = json.loads(lines.readline() or b"null")
        except (OSError, ValueError):
            request = None
        if request is None:
            # Somebody looked whether there is anyone.
            return self._fit
        if request.get("end") or dict(_files_of_modules(self._files)) != self._files:
            return False
        forked = self._fork(request) if self._fit else None
        if forked is None:
            self._fit = False
            status = self._answer(request)
        else:
            status = _wait(*forked, connection)
            signal.signal(signal.SIGTERM, self._at_term)
        said = json.dumps({"status": status, "stays": self._fit}).encode() + b"\n"
        with contextlib.suppress(OSError):
            connection.sendall(said)
        return self._fit

    def _answer(self, request: dict[str, Any]) -> int:
        """Answer in this very process, and return what its exit code would be."""
        _turn_output(request["output"])
        try:
            if self._objects is not None:
                # Loaded by the same function already, and from the same files.
                loaded = self._objects
                self._answering.runtime_module("loading").read_object = lambda _folder, item: loaded[item["name"]]
            self._answering.answer(request["application"], request["report"])
        except (Exception, SystemExit, KeyboardInterrupt):
            traceback.print_exc()
            return 1
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
        return 0

    def _fork(self, request: dict[str, Any]) -> tuple[int, int] | None:
        """Return the id of a process that answers and what it reports its end to; ``None``: that would not be right."""
        go_reader, go_writer = os.pipe()
        done_reader, done_writer = os.pipe()
        with warnings.catch_warnings():
            # Python warns where there are other threads; whether they are left is what counts.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(go_writer)
                if os.read(go_reader, 1):
                    os.setpgid(0, 0)
                    _new_numpy_numbers()
                    status = self._answer(request)
            finally:
                # Not by the interpreter's own way: what is done at its end belongs to the process that stays.
                os.write(done_writer, b"%d" % status)
                os._exit(status)
        os.close(go_reader)
        os.close(done_writer)
        # A library's threads are not in the fork. Those that it ends for a fork, as OpenBLAS does, start again there.
        alone = len(os.listdir("/proc/self/task")) == 1
        if alone:
            self._at_term = signal.signal(signal.SIGTERM, lambda *_: _end_with(child)) or signal.SIG_DFL
            os.write(go_writer, b"1")
        os.close(go_writer)
        if alone:
            return child, done_reader
        os.close(done_reader)
        os.waitpid(child, 0)
        return None

    def _alone(self, bound: os.stat_result) -> bool:
        """Return whether the store or the process to end with is gone."""
        owner = self._asked["owner"]
        if owner and not os.path.isdir(f"/proc/{owner}"):
            return True
        try:
            return not os.path.samestat(os.stat(self._folder / _SOCKET), bound)
        except OSError:
            return True


def _wait(child: int, done: int, connection: socket.socket) -> int:
    """Return the child's exit code; it is killed when the other side goes away."""
    with open(done, "rb"):
        select.select([done, connection.fileno()], [], [])
        # Another side that wants nothing any more has closed; it has nothing else to say.
        said = os.read(done, 8) if select.select([done], [], [], 0)[0] else b""
    if not said:
        _kill(child)
    os.waitpid(child, 0)
    return int(said) if said else 1


def _kill(child: int) -> None:
    """Kill a fork with what it started; it may not lead its group yet."""
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)


def _end_with(child: int) -> None:
    """End this process and its fork at once: nobody waits for the answer, and nothing shall stay."""
    _kill(child)
    os._exit(1)


@contextlib.contextmanager
def _listening(folder: Path) -> Iterator[socket.socket]:
    """Listen in a folder that only its owner may enter, and leave nothing of it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _only_ours(folder):
        raise SystemExit(0)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with listener:
        try:
            _at(folder, listener.bind)
        except OSError:
            # Another one was quicker, or one was killed. What it left is taken away, and a later build's may stay.
            if not _answers(folder):
                shutil.rmtree(folder, ignore_errors=True)
            raise SystemExit(0) from None
        listener.listen(2)
        try:
            yield listener
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _end_others(folder: Path) -> None:
    """End all but the last used of those beside this one; take away what is left of those that ended."""
    others = [path for path in folder.parent.iterdir() if path != folder]
    for path in sorted(others, key=_used_at, reverse=True)[_MOST_OTHERS:]:
        if not _answers(path, b'{"end": true}\n'):
            shutil.rmtree(path, ignore_errors=True)


def _answers(folder: Path, request: bytes = b"") -> bool:
    """Return whether a process listens in a folder, which gets the request."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.settimeout(_TICK_SECONDS)
        try:
            _at(folder, other.connect)
            other.sendall(request)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except OSError:
            pass
    return True


def _at(folder: Path, call: Any) -> None:
    """Bind or connect to the socket of a folder, however long its path is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        call(f"/proc/self/fd/{descriptor}/{_SOCKET}")
    finally:
        os.close(descriptor)


def _only_ours(folder: Path) -> bool:
    status = os.lstat(folder)
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _is_ours(connection: socket.socket) -> bool:
    """Return whether the other side is the same user's."""
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", found)[1] == os.geteuid())


def _used_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _files_of_modules(known: dict[str, Any] | None = None) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield each file of a loaded module, or of ``known``, with its time and size."""
    paths = known or (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    for path in paths:
        if isinstance(path, str):
            with contextlib.suppress(OSError):
                status = os.stat(path)
                yield path, (status.st_mtime_ns, status.st_size)


def _only_drawn(before: tuple[Any, ...]) -> bool:
    """Return whether nobody has seeded Python's shared generator since; a fork gets new numbers by itself."""
    numbers = random.Random()  # noqa: S311  # no secret
    numbers.setstate(before)
    now = random.getstate()[1][:-1]
    for _ in range(_MOST_TURNS):
        if numbers.getstate()[1][:-1] == now:
            return True
        numbers.getrandbits(32 * 624)  # all that one turn of the generator gives
    return False


def _numpy_numbers() -> Any:
    """Return numpy's generator that all share, if it was loaded."""
    return getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)


def _numpy_is_as_new() -> bool:
    """Return whether numpy's shared generator is as its import left it: neither seeded nor used."""
    numbers = _numpy_numbers()
    if numbers is None:
        return True
    try:
        bits = numbers._bit_generator
        seed = getattr(bits, "seed_seq", None) or bits._seed_seq
        return repr(type(bits)(seed).state) == repr(bits.state) and numbers.get_state()[3:] == (0, 0.0)
    except Exception:
        return False


def _new_numpy_numbers() -> None:
    # Every process that imports numpy has its own; Python's random does this by itself.
    numbers = _numpy_numbers()
    if numbers is not None:
        numbers.seed()


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _turn_output(path: str) -> None:
    """Let all that is printed go to a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
