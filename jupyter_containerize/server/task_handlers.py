"""Plans, and what is done with an image: queued as builds are."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_containerize.builds.record import BuildRecord, record_to_json
from jupyter_containerize.builds.tasks import Task, TaskKind
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.server import sources
from jupyter_containerize.server.answers import ContainerizeHandler
from jupyter_containerize.server.bodies import TaskBody, plan_body, task_body
from jupyter_containerize.server.requesting import RequestingHandler


class PlansHandler(RequestingHandler):
    """What builds would do."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Queue a plan of the saved notebook."""
        body = plan_body(self.request.body)
        request, source = await self.requested(body)
        same = {item.name: getattr(request, item.name) for item in fields(BuildRequest)}
        await self.queue(Task(**same, kind=TaskKind.PLAN, than=body.than), source, body)


class TasksHandler(ContainerizeHandler):
    """What is done with images that are there."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Queue a push or a rebase."""
        body = task_body(self.request.body)
        folder = sources.root_of(self.contents_manager)
        record = await asyncio.to_thread(self._start, body, folder or Path())
        self.set_status(HTTPStatus.CREATED)
        self.finish(json.dumps(record_to_json(record)))

    def _start(self, body: TaskBody, folder: Path) -> BuildRecord:
        reference = Reference.parse(body.image)
        digest = LocalStore.default().index().find(reference)
        if digest is None:
            raise NoSuchImage(str(reference))
        # Nothing reads the notebook: relative paths start in its folder.
        destination = self.extension.policy().pushed_to(body.destination, str(reference))
        task = Task(notebook=folder / "image.ipynb", tag=str(reference), destination=destination, kind=body.kind)
        path = self.extension.images.paths(lambda: self.extension.queue).get(digest, "")
        return self.extension.queue.start(task, path=path, asked=body.asked)
