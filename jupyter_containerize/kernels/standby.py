"""A process in the kernel's Python that stays after a build, to answer for the next change of the serving code at once.

What it does is in ``inside/standby.py``. It is found by all that its state depends on; it ends when nobody asks for a
while, with its store, and with the server whose build began it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jupyter_containerize.domain.build import CancelToken

VARIABLE: Final = "JUPYTER_CONTAINERIZE_STANDBY"
"""How many seconds such a process waits for the next request; 0: none is left."""
IMPORTS: Final = "imports.py"
"""The file of an application folder with what ``first_imports`` gives."""
_IDLE_SECONDS: Final = 600.0
_MOST_BYTES: Final = 1 << 30
_POLL_SECONDS: Final = 0.05
_SOCKET: Final = "socket"
# Those that were left by this process; who has ended is asked for its exit code, so that no entry of it is left.
_LEFT: Final[list[subprocess.Popen[bytes]]] = []
# What shells write there of themselves; nothing of a notebook's depends on it.
_OF_SHELLS: Final = frozenset({"_", "OLDPWD", "PWD", "SHLVL", VARIABLE})


def _owner() -> int:
    leads = hasattr(os, "getsid") and os.getsid(0) == os.getpid()
    return os.getppid() if leads else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """Where such processes of a store are, and what the objects were made in (``run_surroundings``).

    ``owner`` is the id of the process with which they end; 0: none. A build that leads a session of its own was begun
    by a server or another program that stays; in a terminal, it is the shell that leads.
    """

    folder: Path
    surroundings: str
    owner: int = field(default_factory=_owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How ``inside/answer.py`` is run: the command but for what it answers, its folder and its whole environment.

    ``plain``: the command is an interpreter, not something that starts one.
    """

    command: tuple[str, ...]
    plain: bool
    folder: Path
    environ: Mapping[str, str]


def idle_seconds() -> float:
    """Return how long such a process waits; 0: none is wanted, or none can be.

    On machines of CI nobody changes a cell and builds again.
    """
    if not sys.platform.startswith("linux"):
        return 0.0
    said = os.environ.get(VARIABLE, "")
    try:
        return max(0.0, float(said)) if said else 0.0 if os.environ.get("CI") else _IDLE_SECONDS
    except ValueError:
        return 0.0


def first_imports(source: str) -> str:
    """Return the imports with which the serving code begins: nothing else has happened when they run."""
    found = []
    for statement in ast.parse(source).body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found.append(ast.unparse(statement))
        elif not is_text:
            break
    return "\n".join(found)


def place_of(standby: Standby, program: Program, card: Mapping[str, Any], imports: str) -> Path:
    """Return the folder of the process whose state is what answering would begin with."""
    # A payload may lie in the folder of more than one state.
    objects = [
        [item["name"], item["format"], item["sha256"], [[part["format"], part["sha256"]] for part in item["parts"]]]
        for item in card["objects"]
    ]
    environ = sorted((name, value) for name, value in program.environ.items() if name not in _OF_SHELLS)
    known = [standby.surroundings, standby.owner, program.command, str(program.folder), environ, objects, imports]
    return standby.folder / hashlib.sha256(json.dumps(known).encode("utf-8", "replace")).hexdigest()[:40]


def connect(place: Path) -> socket.socket | None:
    """Return a connection to the process of that place; ``None``: there is none that may be trusted."""
    try:
        status = place.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return None
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # By the descriptor: the address of a socket may have 107 bytes, and stores can lie deep.
        connection.connect(f"/proc/self/fd/{descriptor}/{_SOCKET}")
        if _user_of(connection) == os.geteuid():
            return connection
    except OSError:
        pass
    finally:
        os.close(descriptor)
    connection.close()
    return None


def ask(connection: socket.socket, request: Mapping[str, str], cancel: CancelToken) -> dict[str, Any] | None:
    """Return what the process says, ``None`` if it ends without a word.

    Raises:
        Cancelled: asked for. Closing the connection ends the answering.
    """
    connection.settimeout(_POLL_SECONDS)
    said = b""
    with suppress(OSError):
        connection.sendall(json.dumps(request).encode() + b"\n")
    while not said.endswith(b"\n"):
        cancel.check()
        try:
            more = connection.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return None
        if not more:
            return None
        said += more
    answer: dict[str, Any] = json.loads(said)
    return answer


def start(
    program: Program, standby: Standby, *, place: Path, application: Path, output: int, first: bool
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start such a process, and return it with a connection for a first request.

    Args:
        program: what is run.
        standby: what it belongs to.
        place: its own folder; it makes it when it is ready.
        application: what it loads first; must be there until it listens or has answered.
        output: a descriptor that gets what it prints until then.
        first: whether it shall wait for a first request; if not, the connection is of no use.
    """
    ours, theirs = socket.socketpair()
    request = {
        "application": str(application),
        "folder": str(place),
        "idle_seconds": idle_seconds(),
        "most_bytes": _MOST_BYTES,
        "owner": standby.owner,
        "connection": theirs.fileno() if first else -1,
    }
    standby.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            (*program.command, json.dumps(request)),
            env=program.environ,
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(theirs.fileno(),) if first else (),
            # It outlives the build, whose worker takes its whole group with it.
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def leave(process: subprocess.Popen[bytes]) -> None:
    """Let a process stay; it ends by itself."""
    _LEFT[:] = [*(earlier for earlier in _LEFT if earlier.poll() is None), process]


def _user_of(connection: socket.socket) -> int:
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def is_there(place: Path) -> bool:
    """Return whether a process listens at that place."""
    connection = connect(place)
    if connection is not None:
        connection.close()
    return connection is not None
