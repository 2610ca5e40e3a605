"""Finds the kernel that runs for a notebook, by asking this user's Jupyter servers on this machine."""

from __future__ import annotations

import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_runtime_dir

from jupyter_containerize.kernels.live_errors import NoRunningKernel, SeveralKernels

_TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 4 << 20
_KERNEL_ID = re.compile(r"[\w-]+")
# What a server says that listens on every address of its machine.
_EVERYWHERE = frozenset({"", "*", "0.0.0.0", "::"})  # noqa: S104  # nothing is bound here


def find_connection_file(notebook: Path) -> Path:
    """Return the connection file of the kernel that runs for a notebook on one of this user's Jupyter servers.

    Servers are those that have left a record in Jupyter's runtime folder. They are asked over loopback alone, past any
    proxy, because the record's token goes along.

    Raises:
        NoRunningKernel: none has; names the servers that were asked, and those that would not say.
        SeveralKernels: more than one kernel runs for it.
    """
    folder = Path(jupyter_runtime_dir())
    asked, silent, kernels = [], [], set()
    for server in _servers(folder):
        try:
            sessions = _sessions(server)
        except _Silent as error:
            silent.append(f"{server.shown}: {error}")
            continue
        asked.append(server.shown)
        kernels |= {kernel for path, kernel in sessions if _is_same(server.root / path.strip("/"), notebook)}
    named = (kernel for kernel in kernels if _KERNEL_ID.fullmatch(kernel))
    files = sorted(file for kernel in named if (file := folder / f"kernel-{kernel}.json").is_file())
    if len(files) > 1:
        raise SeveralKernels(str(notebook), tuple(map(str, files)))
    if not files:
        raise NoRunningKernel(str(notebook), tuple(asked), tuple(silent))
    return files[0]


class _Silent(Exception):
    """A server does not tell its sessions; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """What a server's record says. ``host`` is empty if it does not listen on this machine's loopback."""

    host: str
    port: int
    secure: bool
    base_url: str
    token: str
    root: Path

    @property
    def shown(self) -> str:
        """Its address for people, without the token."""
        return f"{'https' if self.secure else 'http'}://{self.host or '?'}:{self.port}{self.base_url}"


def _servers(folder: Path) -> Iterator[_Server]:
    # nbserver: of Notebook 6, whose record has other words.
    for file in sorted((*folder.glob("jpserver-*.json"), *folder.glob("nbserver-*.json"))):
        try:
            server = _server(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            # It is being written, or is of something else.
            continue
        if server is not None:
            yield server


def _server(record: Mapping[str, Any]) -> _Server | None:
    if record.get("sock"):
        return None
    parts = urlsplit(record["url"])
    host = str(parts.hostname or "")
    if not _is_loopback(host):
        host = "127.0.0.1" if str(record.get("hostname", "")) in _EVERYWHERE else ""
    return _Server(
        host=host,
        port=int(record["port"]),
        secure=bool(record.get("secure")),
        base_url=f"/{str(record.get('base_url', '/')).strip('/')}/".replace("//", "/"),
        token=str(record.get("token") or ""),
        root=Path(record.get("root_dir") or record["notebook_dir"]),
    )


def _sessions(server: _Server) -> list[tuple[str, str]]:
    """Return the path below the server's root and the kernel's id of each notebook session.

    Raises:
        _Silent: it does not listen on loopback, nobody answers, or it does not know us.
    """
    if not server.host:
        raise _Silent("it does not listen on this machine's loopback address")
    connection = _connection(server)
    try:
        headers = {"Authorization": f"token {server.token}"} if server.token else {}
        connection.request("GET", f"{server.base_url}api/sessions", headers=headers)
        answer = connection.getresponse()
        status, body = answer.status, answer.read(_MOST_BYTES)
    except (OSError, HTTPException) as error:
        raise _Silent(getattr(error, "strerror", None) or "nobody answers there") from error
    finally:
        connection.close()
    if status != HTTPStatus.OK:
        refused = status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED, HTTPStatus.FOUND}
        raise _Silent("it wants a password" if refused else f"it answers {status}")
    try:
        return [
            (str(session.get("path") or session["notebook"]["path"]), str(session["kernel"]["id"]))
            for session in json.loads(body)
            if session.get("type", "notebook") == "notebook" and session.get("kernel")
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _Silent("its answer is no list of sessions") from error


def _connection(server: _Server) -> HTTPConnection:
    if not server.secure:
        return HTTPConnection(server.host, server.port, timeout=_TIMEOUT_SECONDS)
    # Servers on a person's own machine sign their certificates themselves, and this connection does not leave it.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=trusting)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
