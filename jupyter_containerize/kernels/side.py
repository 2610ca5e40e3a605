"""A side connection to a kernel that is already running: its sockets, who answers there, and whether it lives.

Other clients of the kernel see nothing of it but that the kernel is busy for a moment. Source: jupyter_client,
"Messaging in Jupyter".
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.localinterfaces import is_local_ip

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.kernels.errors import KernelNotPython
from jupyter_containerize.kernels.live_errors import ConnectionFileUnusable, KernelElsewhere, KernelGone

_POLL_MILLISECONDS = 50
# A kernel answers the heartbeat whatever it runs, from a thread of its own.
_NOBODY_SECONDS = 5.0
_SILENCE_SECONDS = 15.0
_PING_SECONDS = 2.0
_NOBODY = "nobody answers where its connection file says"
_STOPPED = "it stopped answering while it was asked"
_PORTS = ("shell_port", "control_port", "hb_port")


class SideConnection:
    """The channels to one kernel.

    Args:
        file: its connection file.
        notebook: how errors name the notebook.
        cancel: asked all the time that we wait.

    Raises:
        ConnectionFileUnusable: it names no kernel.
        KernelElsewhere: the kernel is on another machine.
    """

    def __init__(self, file: Path, *, notebook: str, cancel: CancelToken) -> None:
        self.file = file
        self.notebook = notebook
        info = connection_info(file)
        self.name = str(info.get("kernel_name") or file.stem)
        self._cancel = cancel
        self._client = BlockingKernelClient()
        try:
            self._client.load_connection_info(dict(info))  # type: ignore[arg-type]  # it takes what a file says
        except (TypeError, ValueError, AttributeError) as error:
            raise ConnectionFileUnusable(file, str(error)) from error
        self._shell = self._client.connect_shell()
        self._control = self._client.connect_control()
        self._heart = self._client.connect_hb()
        # Of the heartbeat: when the question was sent that waits for its answer.
        self._asked: float | None = None
        self._heard = False
        self._pinged = 0.0
        # The id that a kernel's process has given itself, once it has answered.
        self._process: str | None = None
        self._greeted = False

    def close(self) -> None:
        """Close the sockets; the kernel and its other clients go on."""
        for socket in (self._shell, self._control, self._heart):
            socket.close(linger=0)
        self._client.context.destroy(linger=0)

    def greet(self, patience_seconds: float) -> bool:
        """Ask who is there; ``False`` if it lives and says nothing in that time.

        Raises:
            KernelNotPython: it speaks another language.
            KernelGone: nobody is there.
            Cancelled: the build was asked to stop.
        """
        self.look()
        until = time.monotonic() + patience_seconds
        wanted = self._send(self._control, "kernel_info_request", {})
        while (reply := self._receive(self._control, wanted)) is None:
            self.look()
            if self._heard and time.monotonic() > until:
                return False
        self._process = reply["header"].get("session")
        language = str(reply["content"].get("language_info", {}).get("name", ""))
        if language.lower() not in {"python", "ipython"}:
            raise KernelNotPython(self.name, language or "an unknown language")
        self._greeted = self._heard = True
        return True

    def execute(self, code: str) -> str:
        """Send code to run, unseen by the notebook, and return the request's id."""
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        return self._send(self._shell, "execute_request", content)

    def reply(self, request: str) -> Mapping[str, Any] | None:
        """Return the content of the reply to code that runs, if it comes within a moment.

        Raises:
            KernelGone: another process answers, in the place of the one that was greeted.
        """
        message = self._receive(self._shell, request)
        if message is None:
            return None
        self._require_same(message)
        return dict(message["content"])

    def look(self) -> None:
        """Look whether the kernel is still there, and whether to go on.

        Raises:
            KernelGone: it is not, or another process is in its place.
            Cancelled: the build was asked to stop.
        """
        self._cancel.check()
        now = time.monotonic()
        if self._asked is not None and self._heart.poll(0):
            self._heart.recv()
            self._asked, self._heard = None, True
        if self._asked is None:
            self._heart.send(b"ping")
            self._asked = now
        elif now - self._asked > (_SILENCE_SECONDS if self._heard else _NOBODY_SECONDS):
            reason = _STOPPED if self._heard else _NOBODY
            raise KernelGone(self.name, self.notebook, reason)
        if self._greeted:
            self._look_for_restart(now)

    def _look_for_restart(self, now: float) -> None:
        # A restarted kernel has the same ports, and knows nothing of what its predecessor was asked.
        if now - self._pinged > _PING_SECONDS:
            self._send(self._control, "kernel_info_request", {})
            self._pinged = now
        while (message := self._read(self._control)) is not None:
            self._require_same(message)

    def _require_same(self, message: Mapping[str, Any]) -> None:
        if message["header"].get("session") != self._process:
            raise KernelGone(self.name, self.notebook, "it was restarted while it was asked")

    def _send(self, socket: Any, kind: str, content: Mapping[str, object]) -> str:
        message = self._client.session.send(socket, kind, dict(content))
        return str(message["header"]["msg_id"])

    def _receive(self, socket: Any, request: str) -> dict[str, Any] | None:
        if not socket.poll(_POLL_MILLISECONDS):
            return None
        message = self._read(socket)
        return message if message and message["parent_header"].get("msg_id") == request else None

    def _read(self, socket: Any) -> dict[str, Any] | None:
        # ValueError: signed with another key, so it is not this kernel's.
        with suppress(ValueError):
            message: dict[str, Any] | None = self._client.session.recv(socket)[1]
            return message
        return None


def connection_info(file: Path) -> Mapping[str, object]:
    """Return what a connection file says.

    Raises:
        ConnectionFileUnusable: it cannot be read, or is none.
        KernelElsewhere: it leads to another machine.
    """
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConnectionFileUnusable(file, "no such file") from None
    except OSError as error:
        raise ConnectionFileUnusable(file, error.strerror or str(error)) from error
    except ValueError as error:
        raise ConnectionFileUnusable(file, "it is not JSON") from error
    if not isinstance(info, dict) or any(not _is_port(info.get(port)) for port in _PORTS):
        raise ConnectionFileUnusable(file, "it names no ports of a kernel")
    ip = str(info.get("ip", ""))
    if info.get("transport", "tcp") != "ipc" and not _is_here(ip):
        raise KernelElsewhere(file, ip)
    return info


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_here(ip: str) -> bool:
    try:
        return ipaddress.ip_address(ip).is_loopback or bool(is_local_ip(ip))
    except ValueError:
        return ip in {"localhost", ""}
