"""The REST calls. Each one reads its input, asks a room in another thread, and writes the answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_containerize.builds.log import log_text
from jupyter_containerize.builds.record import record_to_json, recorded_to_json
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.explain import preview_to_json
from jupyter_containerize.lifecycle import PreviewOptions, preview, preview_notebook
from jupyter_containerize.notebooks import parse_notebook
from jupyter_containerize.server import sources
from jupyter_containerize.server.answers import ContainerizeHandler
from jupyter_containerize.server.bodies import build_body, preview_body, seq
from jupyter_containerize.server.requesting import RequestingHandler
from jupyter_containerize.server.saved_outputs import SavedOutputs


class PreviewHandler(ContainerizeHandler):
    """What building a notebook would serve and install."""

    @web.authenticated
    # A POST, since a notebook is sent along: it changes and runs nothing, so it is reading.
    @authorized(action="read")  # type: ignore[untyped-decorator]  # Jupyter's has no types where it takes arguments
    async def post(self) -> None:
        """Preview the saved notebook, or the content that is sent along."""
        body = preview_body(self.request.body)
        if body.content is None:
            source = await sources.saved(self.contents_manager, body.path)
        else:
            source = await sources.unsaved(self.contents_manager, body.path, body.content)
        boundary = sources.root_of(self.contents_manager)
        request = body.part.on(BuildRequest(notebook=Path(source.path)))
        options = PreviewOptions(environment=body.environment, boundary=boundary, request=request)
        file = source.file or sources.file_of(self.contents_manager, body.path)
        found = await asyncio.to_thread(_preview, source, options, self.extension.outputs, file)
        self.finish(json.dumps({**found, "tag": self.extension.policy().tag_of(body.tag, source.path)}))


class BuildsHandler(RequestingHandler):
    """All builds."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List the builds, newest first."""
        self.finish(json.dumps(await asyncio.to_thread(self._list)))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Queue a build of the saved notebook."""
        body = build_body(self.request.body)
        await self.queue(*await self.requested(body), body)

    def _list(self) -> dict[str, object]:
        queue = self.extension.queue
        # The seq first: what is recorded in between is then told twice, by the list and the stream, not never.
        last_seq = queue.history.last_seq()
        return {"builds": [record_to_json(record) for record in queue.builds()], "last_seq": last_seq}


class BuildHandler(ContainerizeHandler):
    """One build."""

    @web.authenticated
    @authorized
    async def get(self, build_id: str) -> None:
        """Show the build."""
        record = await asyncio.to_thread(lambda: self.extension.queue.history.get(build_id))
        self.finish(json.dumps(record_to_json(record)))

    @web.authenticated
    @authorized
    async def delete(self, build_id: str) -> None:
        """Forget a finished build."""
        await asyncio.to_thread(lambda: self.extension.queue.forget(build_id))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class CancelHandler(ContainerizeHandler):
    """Stopping one build."""

    @web.authenticated
    @authorized
    async def post(self, build_id: str) -> None:
        """Ask the build to stop."""
        record = await asyncio.to_thread(lambda: self.extension.queue.cancel(build_id))
        self.set_status(HTTPStatus.ACCEPTED)
        self.finish(json.dumps(record_to_json(record)))


class EventsHandler(ContainerizeHandler):
    """The recorded events of one build."""

    @web.authenticated
    @authorized
    async def get(self, build_id: str) -> None:
        """List the events after a seq, oldest first."""
        after = seq(self.get_query_argument("after", "0"))
        limit = self.get_query_argument("limit", None)
        most = None if limit is None else seq(limit, "limit")
        self.finish(json.dumps(await asyncio.to_thread(self._events, build_id, after, most)))

    def _events(self, build_id: str, after: int, limit: int | None) -> dict[str, object]:
        history = self.extension.queue.history
        history.get(build_id)  # not found is not the same as no events
        events = history.events(after=after, build_id=build_id, limit=limit)
        return {"events": [recorded_to_json(item) for item in events]}


class LogHandler(ContainerizeHandler):
    """The log of one build."""

    @web.authenticated
    @authorized
    async def get(self, build_id: str) -> None:
        """Show the log as text."""
        text = await asyncio.to_thread(self._text, build_id)
        self.finish(text, set_content_type="text/plain; charset=utf-8")

    def _text(self, build_id: str) -> str:
        history = self.extension.queue.history
        history.get(build_id)
        return log_text(history.events(build_id=build_id))


def _preview(
    source: sources.NotebookSource, options: PreviewOptions, outputs: SavedOutputs, file: Path | None
) -> dict[str, object]:
    if source.content is None:
        found = preview_notebook(source.file or Path(source.path), options)
        return preview_to_json(replace(found, path=source.path))
    notebook = parse_notebook(source.content, path=source.path)
    metadata = source.content.get("metadata")
    options = replace(
        options, metadata=metadata if isinstance(metadata, dict) else {}, outputs=outputs.of(file, notebook)
    )
    return preview_to_json(preview(notebook, root=source.folder, options=options))
