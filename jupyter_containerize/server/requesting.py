"""From the body of a call to what is built, or planned: the same for both."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from jupyter_containerize.builds.record import record_to_json
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.kernels.live_errors import NoRunningKernel
from jupyter_containerize.lifecycle import source_of
from jupyter_containerize.server import sources
from jupyter_containerize.server.answers import ContainerizeHandler
from jupyter_containerize.server.bodies import BuildBody
from jupyter_containerize.server.kernels import connection_file_for


class RequestingHandler(ContainerizeHandler):
    """A call that asks for a notebook to be built, or planned."""

    async def requested(self, body: BuildBody) -> tuple[BuildRequest, sources.NotebookSource]:
        """Return what is asked for of the saved notebook, and the notebook.

        Raises:
            NotebookNotFound, NotANotebook, ContentsRefused: as ``sources.saved`` does.
            SettingLocked, RegistryNotAllowed: the administrator does not let this user.
            NoRunningKernel, SeveralKernels: its objects are asked for, and it is not clear from where.
        """
        source = await sources.saved(self.contents_manager, body.path)
        policy = self.extension.policy()
        # Named now, so that the list says what it will be from the start.
        tag = policy.tag_of(body.tag, source.path)
        request = BuildRequest(
            notebook=source.file or Path(source.name),
            tag=tag,
            destination=policy.destination_of(body.destination, tag),
            base=policy.base,
            check=body.check,
            strict=body.strict,
            rerun=body.rerun,
            extras=body.extras,
            platforms=policy.platforms_of(body.platforms),
        )
        return await self._with_kernel(body.part.on(request), source), source

    async def queue(self, request: BuildRequest, source: sources.NotebookSource, body: BuildBody) -> None:
        """Queue what is asked for, and answer with its record."""
        record = await asyncio.to_thread(
            lambda: self.extension.queue.start(
                request, path=source.path, content=source.content_bytes(), asked=body.asked
            )
        )
        self.set_status(HTTPStatus.CREATED)
        self.finish(json.dumps(record_to_json(record)))

    async def _with_kernel(self, request: BuildRequest, source: sources.NotebookSource) -> BuildRequest:
        """Return the request with the kernel that runs for the notebook here, where its objects are asked for."""
        if not await asyncio.to_thread(_takes_live, request, source):
            return request
        file = await connection_file_for(self, source.path)
        if file is None:
            raise NoRunningKernel(source.path)
        return replace(request, connection_file=file)


def _takes_live(request: BuildRequest, source: sources.NotebookSource) -> bool:
    notebook = source.file or source.content
    try:
        return notebook is not None and source_of(request, notebook) is StateSource.LIVE
    except ContainerizeError:
        # The build fails with it, in its own words.
        return False
