"""From a notebook's path to the kernel that runs for it on this server."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from jupyter_containerize.kernels.live_errors import SeveralKernels


async def connection_file_for(handler: JupyterHandler, path: str) -> Path | None:
    """Return the connection file of the kernel that runs for a notebook; ``None`` if none does, or not on this machine.

    Only kernels of this server's own sessions count: a client names a notebook, never a file.

    Args:
        handler: of the request; its user must be allowed what a kernel's own channels ask for.
        path: the notebook's, as the contents manager knows it.

    Raises:
        HTTPError: 403, this user may not run code in kernels.
        SeveralKernels: different kernels run for the path.
    """
    kernels = await _kernels_of(handler, path)
    if not kernels:
        return None
    # As for the kernel's websocket: Jupyter Server, "Authorization".
    allowed = handler.authorizer.is_authorized(handler, handler.current_user, "execute", "kernels")
    if not await ensure_async(allowed):
        raise HTTPError(HTTPStatus.FORBIDDEN)
    files = sorted({file for kernel in kernels if (file := _file(handler, kernel)) is not None})
    if len(files) > 1:
        raise SeveralKernels(path, tuple(map(str, files)))
    return files[0] if files else None


async def _kernels_of(handler: JupyterHandler, path: str) -> set[str]:
    manager: Any = handler.session_manager
    sessions: list[dict[str, Any]] = await ensure_async(manager.list_sessions())
    return {
        str(session["kernel"]["id"])
        for session in sessions
        # Consoles have sessions of their own; one that shares the notebook's kernel adds nothing.
        if session.get("type") == "notebook" and _same(str(session.get("path", "")), path) and session.get("kernel")
    }


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(path: str) -> str:
    # Real-time collaboration gives the same files a drive of its own.
    return path.strip("/").removeprefix("RTC:").strip("/")


def _file(handler: JupyterHandler, kernel_id: str) -> Path | None:
    if kernel_id not in handler.kernel_manager:
        return None
    # A gateway's kernels have no file, or one of another machine.
    named = getattr(handler.kernel_manager.get_kernel(kernel_id), "connection_file", None)
    file = Path(named) if isinstance(named, str) and named else None
    return file if file is not None and file.is_file() else None
