"""The calls about containers: to run an image, to see how it fares, to ask it something, and to stop it."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.lifecycle.errors import SelfTestImpossible
from jupyter_containerize.publishing import LocalStore, NoRunner
from jupyter_containerize.publishing.destinations import for_here
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.listing import find_listed, images_of
from jupyter_containerize.server import running_words  # noqa: F401  # it registers the words for our errors
from jupyter_containerize.server.answers import ContainerizeHandler
from jupyter_containerize.server.bodies import field_in, fields_in
from jupyter_containerize.server.errors import BadRequest
from jupyter_containerize.server.images import best_name
from jupyter_containerize.server.running import Container, What
from jupyter_containerize.server.running_asking import answer_to, question_of, schema_of


class RunningHandler(ContainerizeHandler):
    """The containers that this server runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List them, the newest first."""
        self.extension.containers.tidy()
        self.finish(json.dumps({"running": [item.to_json() for item in self.extension.containers.all()]}))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start one."""
        said = fields_in(self.request.body, known={"image"})
        image = field_in(said, "image", str, "")
        if not image:
            raise BadRequest("image", expected="the name or digest of an image", saw="nothing")
        container = await asyncio.to_thread(self._start, image)
        self.set_status(HTTPStatus.CREATED)
        self.finish(json.dumps(container.to_json()))

    def _start(self, image: str) -> Container:
        store = LocalStore.default()
        what = _what(store, image)
        runner = self.extension.runner()
        if isinstance(runner, NoRunner):
            raise SelfTestImpossible(runner.reasons)
        return self.extension.containers.start(what, runner, store, limit=self.extension.run_limit)


class ContainerHandler(ContainerizeHandler):
    """One container."""

    @web.authenticated
    @authorized
    async def get(self, running_id: str) -> None:
        """Show how it fares."""
        self.finish(json.dumps(self.extension.containers.get(running_id).to_json()))

    @web.authenticated
    @authorized
    async def delete(self, running_id: str) -> None:
        """Stop it."""
        await asyncio.to_thread(self.extension.containers.stop, running_id)
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class ContainerLogHandler(ContainerizeHandler):
    """What one container prints."""

    @web.authenticated
    @authorized
    async def get(self, running_id: str) -> None:
        """Show the last of it as text."""
        text = await asyncio.to_thread(self.extension.containers.get(running_id).log)
        self.finish(text, set_content_type="text/plain; charset=utf-8")


class ContainerSchemaHandler(ContainerizeHandler):
    """What one container serves."""

    @web.authenticated
    @authorized
    async def get(self, running_id: str) -> None:
        """Show what it says of that."""
        self.finish(await schema_of(self.extension.containers.ready(running_id)))


class AskHandler(ContainerizeHandler):
    """A question to one container."""

    @web.authenticated
    @authorized
    async def post(self, running_id: str) -> None:
        """Ask it and show the answer, whatever its status is."""
        container = self.extension.containers.ready(running_id)
        question = await asyncio.to_thread(question_of, self.request.body)
        answer: dict[str, Any] = await answer_to(question, container)
        self.finish(await asyncio.to_thread(json.dumps, answer))


def _what(store: LocalStore, image: str) -> What:
    """Return what runs under a name or a digest; of several platforms the image for this machine.

    Raises:
        IllegalReference, NoSuchImage, ImageUnreadable
    """
    if image.startswith("sha256:"):
        item = find_listed(store, Digest(image))
        name = best_name(item) or image
    else:
        reference = Reference.parse(image)
        digest = store.index().find(reference)
        if digest is None:
            raise NoSuchImage(str(reference))
        item, name = find_listed(store, digest), str(reference)
    return What(name=name, digest=item.digest, image=for_here(images_of(store, item.digest)))
