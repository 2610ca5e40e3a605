"""The gRPC port: its calls become requests of the application, and its answers gRPC's.

With grpc.health.v1 for Kubernetes' probes. grpcio is the user's environment's, where the image was built with the
``grpc`` extra.
Source: gRPC, "Status codes", "GRPC Health Checking Protocol".
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import socket
from collections.abc import Callable
from typing import Any

from ..http.messages import Answer, Request
from ..settings import Settings
from . import GRPC_METHODS, GRPC_SERVICE
from .grpc_v2 import Called
from .grpc_wire import Malformed, read, text, write

logger = logging.getLogger(__name__)

Asked = Callable[[Request, Callable[[Answer], None]], None]
_HEALTH = "grpc.health.v1.Health"
_SERVING, _NOT_SERVING = 1, 2
_CODES = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "RESOURCE_EXHAUSTED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class GrpcServer:
    """A server beside the one for HTTP, in the same event loop."""

    def __init__(self, app: Asked, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._server: Any = None
        self._grpc: Any = None
        self._methods: dict[str, Any] = {}

    async def open(self) -> None:
        """Take calls from now on.

        Raises:
            ImportError: grpcio is not there.
            OSError: the port is taken.
        """
        host, port = self._settings.host, self._settings.grpc_port
        _check_port(host, port)
        # In a thread: it takes a tenth of a second, in which HTTP would wait.
        self._grpc = await asyncio.get_running_loop().run_in_executor(None, importlib.import_module, "grpc.aio")
        grpc = importlib.import_module("grpc")
        made = {f"/{GRPC_SERVICE}/{name}": self._inference(f"/{GRPC_SERVICE}/{name}") for name in GRPC_METHODS}
        made |= {f"/{GRPC_SERVICE}/ServerReady": self._server_ready, f"/{_HEALTH}/Check": self._check}
        self._methods = {name: grpc.unary_unary_rpc_method_handler(call) for name, call in made.items()}
        most = self._settings.max_body_bytes
        options = [("grpc.max_receive_message_length", most), ("grpc.max_send_message_length", -1)]
        self._server = self._grpc.server(options=options)
        self._server.add_generic_rpc_handlers((_Generic(self._methods),))
        try:
            port = self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        except RuntimeError as error:
            raise OSError(str(error)) from error
        await self._server.start()
        logger.info("listening for gRPC", extra={"fields": {"host": host, "port": port}})

    async def close(self, grace_seconds: float) -> None:
        """Take no more calls, and wait until those that are under way have been answered."""
        if self._server is not None:
            await self._server.stop(grace_seconds)

    def _inference(self, path: str) -> Callable[[bytes, Any], Any]:
        async def call(content: bytes, context: Any) -> bytes:
            answer = await self._asked(Called("POST", path, "", _sent(context), content))
            if answer.status == 200:  # noqa: PLR2004  # HTTP's word for it
                return answer.body
            return await self._abort(context, answer)

        return call

    async def _asked(self, request: Request) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def reply(answer: Answer) -> None:
            # Who called may have gone.
            if not answered.done():
                answered.set_result(answer)

        self._app(request, reply)
        return await answered

    async def _is_ready(self) -> bool:
        return (await self._asked(Request("GET", "/health/ready"))).status == 200  # noqa: PLR2004  # as above

    async def _server_ready(self, _content: bytes, _context: Any) -> bytes:
        return write(1, int(await self._is_ready()))

    async def _check(self, content: bytes, context: Any) -> bytes:
        try:
            service = text(read(content), 1)
        except Malformed:
            service = "?"
        if service not in {"", GRPC_SERVICE}:
            await self._status(context, "NOT_FOUND", f"there is only {GRPC_SERVICE}")
        return write(1, _SERVING if await self._is_ready() else _NOT_SERVING)

    async def _abort(self, context: Any, answer: Answer) -> bytes:
        problem = json.loads(answer.body)
        context.set_trailing_metadata((("x-request-id", str(problem.get("request_id", ""))),))
        detail = str(problem.get("detail", ""))
        return await self._status(context, _CODES.get(answer.status, "UNKNOWN"), detail)

    async def _status(self, context: Any, code: str, detail: str) -> bytes:
        grpc = importlib.import_module("grpc")
        # It raises.
        await context.abort(getattr(grpc.StatusCode, code), detail)
        return b""


def _check_port(host: str, port: int) -> None:
    """Look whether a port can be had, as grpcio will share it among processes; it does not say what is wrong itself.

    Raises:
        OSError: the port is taken, or not ours.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        probe.bind((host, port))


class _Generic:
    """Finds a method by its path; grpcio wants no more of a handler."""

    def __init__(self, methods: dict[str, Any]) -> None:
        self._methods = methods

    def service(self, details: Any) -> Any:
        """Return what answers a method; None if there is no such."""
        return self._methods.get(details.method)


def _sent(context: Any) -> list[tuple[bytes, bytes]]:
    """Return the metadata as headers."""
    return [
        (str(name).encode(), value if isinstance(value, bytes) else str(value).encode())
        for name, value in context.invocation_metadata() or ()
    ]
