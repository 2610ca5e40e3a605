"""The WebSocket that tells every recorded event: first what was missed, then what comes."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.builds.record import recorded_to_json
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.server.answers import AUTH_RESOURCE, ProblemAnswers
from jupyter_containerize.server.bodies import seq

BATCH = 200
_INTERNAL_ERROR = 1011  # RFC 6455, section 7.4.1, as the WebSocket registry completes it


class EventStream(WebSocketMixin, WebSocketHandler, ProblemAnswers):
    """One page that follows the events."""

    _after = 0
    _follower: asyncio.Task[None] | None = None

    def set_default_headers(self) -> None:
        """Set none: an upgraded connection has no headers of ours."""

    def get_compression_options(self) -> dict[str, Any] | None:
        """Return what the server is configured to do for all its WebSockets."""
        return self.settings.get("websocket_compression_options", None)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Let in who may read, and upgrade."""
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, "read", AUTH_RESOURCE))
        if not allowed:
            raise HTTPError(403)
        self._after = seq(self.get_query_argument("after", "0"))
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to tell."""
        super().open(*args, **kwargs)
        self.extension.streams.add(self)
        self._follower = asyncio.create_task(self._follow())

    def on_message(self, message: str | bytes) -> None:
        """Ignore what is said: this stream goes one way."""

    def on_close(self) -> None:
        """End the telling."""
        self.extension.streams.discard(self)
        if self._follower is not None:
            self._follower.cancel()

    async def _follow(self) -> None:
        try:
            await self._tell(await asyncio.to_thread(lambda: self.extension.queue))
        except WebSocketClosedError:
            pass
        except ContainerizeError as error:
            self.log.warning("the event stream ends: %s", error)
            self.close(_INTERNAL_ERROR, error.code)

    async def _tell(self, queue: BuildQueue) -> None:
        news = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended before the builds
                loop.call_soon_threadsafe(news.set)

        unsubscribe = queue.subscribe(wake)
        try:
            while True:
                news.clear()
                recorded = await asyncio.to_thread(queue.history.events, after=self._after, limit=BATCH)
                for item in recorded:
                    await self.write_message(json.dumps(recorded_to_json(item)))
                    self._after = item.seq
                if not recorded:
                    await news.wait()
        finally:
            unsubscribe()
