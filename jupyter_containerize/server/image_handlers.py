"""The calls about images: the list, one with all that is in it, its documents and its archive, and two compared."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.explain.image import comparison_to_json, details_to_json
from jupyter_containerize.lifecycle.comparing import compare_images
from jupyter_containerize.lifecycle.inspecting import BILLS, bill_of_materials, details_of
from jupyter_containerize.lifecycle.signed import signed
from jupyter_containerize.oci.archive import (
    Members,
    archive_members,
    index_archive_members,
    member_bytes,
    member_chunks,
)
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.destinations import check_layers, for_here
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.listing import Listed, find_listed, images_of, listed, unlist
from jupyter_containerize.server import sources
from jupyter_containerize.server.answers import ContainerizeHandler
from jupyter_containerize.server.errors import BadRequest, ImageInUse, NoDocument
from jupyter_containerize.server.images import best_name

_PIECE_BYTES = 1 << 20
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SUFFIXES = {"cyclonedx": "cdx.json", "spdx": "spdx.json"}
_TYPES = {"cyclonedx": "application/vnd.cyclonedx+json", "spdx": "application/spdx+json"}


class _AboutImages(ContainerizeHandler):
    """What the calls share."""

    def shown(self, items: tuple[Listed, ...], store: LocalStore) -> tuple[list[dict[str, Any]], bool]:
        """Return the images as the API shows them, and whether that is all; for threads beside the loop."""
        return self.extension.images.to_json(
            items,
            store,
            queue=lambda: self.extension.queue,
            file_of=lambda path: sources.file_of(self.contents_manager, path),
            running=self.extension.running_ids,
        )

    def as_download(self, name: str, content_type: str) -> None:
        """Let the browser keep the answer as a file."""
        self.set_header("Content-Type", content_type)
        self.set_header("Content-Disposition", f'attachment; filename="{_UNSAFE.sub("-", name)}"')

    def tag_of(self, item: Listed) -> str | None:
        """Return the name that the call asks for, ``None`` for none.

        Raises:
            NoSuchImage: the image does not have it.
        """
        tag = self.get_query_argument("tag", None)
        if tag is None:
            return None
        name = str(Reference.parse(tag))
        if name not in item.tags:
            raise NoSuchImage(name)
        return name


class ImagesHandler(_AboutImages):
    """The images of the local store."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List the images, newest first."""
        images, settled = await asyncio.to_thread(self._list)
        self.finish(json.dumps({"images": images, "settled": settled}))

    def _list(self) -> tuple[list[dict[str, Any]], bool]:
        store = LocalStore.default()
        return self.shown(listed(store), store)


class ImageHandler(_AboutImages):
    """One image."""

    @web.authenticated
    @authorized
    async def get(self, digest: str) -> None:
        """Show the image with all that is in it."""
        self.finish(json.dumps(await asyncio.to_thread(self._details, Digest(digest))))

    @web.authenticated
    @authorized
    async def delete(self, digest: str) -> None:
        """Take a name from the image, or all."""
        await asyncio.to_thread(self._delete, Digest(digest))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()

    def _details(self, digest: Digest) -> dict[str, Any]:
        store = LocalStore.default()
        item = find_listed(store, digest)
        (shown,), _ = self.shown((item,), store)
        with store.in_use():
            found = details_of(for_here(images_of(store, digest)), store)
        beside = signed(digest, store, may_ask=self.extension.policy().allows)
        return {**shown, **details_to_json(found, beside)}

    def _delete(self, digest: Digest) -> None:
        store = LocalStore.default()
        item = find_listed(store, digest)
        name = self.tag_of(item)
        last = name is None or item.tags == (name,)
        # Another name keeps the image for whoever runs it.
        if last and (running := self.extension.running_ids(item)):
            raise ImageInUse(best_name(item) or digest, running)
        unlist(store, digest, Reference.parse(name) if name else None)


class BillHandler(_AboutImages):
    """The bill of materials in an image."""

    @web.authenticated
    @authorized
    async def get(self, digest: str) -> None:
        """Give the document as a file."""
        form = self.get_query_argument("format", "cyclonedx")
        if form not in BILLS:
            raise BadRequest("format", expected=f"one of {', '.join(BILLS)}", saw=repr(form))
        name, document = await asyncio.to_thread(_bill, Digest(digest), form)
        self.as_download(f"{name}.{_SUFFIXES[form]}", _TYPES[form])
        self.finish(document, set_content_type=_TYPES[form])


class ArchiveHandler(_AboutImages):
    """An image as a file."""

    @web.authenticated
    @authorized
    async def get(self, digest: str) -> None:
        """Give the archive, as it is put together."""
        with ExitStack() as held:
            name, members = await asyncio.to_thread(self._open, Digest(digest), held)
            self.as_download(f"{name}.tar", "application/x-tar")
            # So that a browser knows how far it is, and that what breaks off is not the whole.
            self.set_header("Content-Length", str(await asyncio.to_thread(member_bytes, members)))
            pieces = _in_pieces(member_chunks(members))
            try:
                while piece := await asyncio.to_thread(next, pieces, b""):
                    self.write(piece)
                    await self.flush()
            except StreamClosedError:
                # Whoever wanted it has gone.
                return
        self.finish(set_content_type="application/x-tar")

    def _open(self, digest: Digest, held: ExitStack) -> tuple[str, Members]:
        """Return the archive's name and what goes into it; the image stays in the store until ``held`` is closed."""
        store = LocalStore.default()
        item = find_listed(store, digest)
        name = self.tag_of(item) or best_name(item)
        held.enter_context(store.in_use())
        images = images_of(store, digest)
        for _, image in images:
            check_layers(image, store, cancel=CancelToken())
        reference = Reference.parse(name) if name else None
        name = name or digest.hex[:12]
        if len(images) > 1:
            return name, index_archive_members(images, reference, store.blob_path)
        return name, archive_members(images[0][1], reference, store.blob_path)


class ComparisonHandler(ContainerizeHandler):
    """Two images."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Compare them."""
        before, after = (self._named(name) for name in ("before", "after"))
        self.finish(json.dumps(await asyncio.to_thread(_compared, before, after)))

    def _named(self, argument: str) -> str:
        text = self.get_query_argument(argument, "")
        if not text:
            raise BadRequest(argument, expected="the name or digest of an image", saw="nothing")
        return text


def _compared(before: str, after: str) -> dict[str, Any]:
    store = LocalStore.default()
    with store.in_use():
        found = compare_images(_image_of(store, before), _image_of(store, after), store)
    return {"before": before, "after": after, **comparison_to_json(found)}


def _image_of(store: LocalStore, name: str) -> Image:
    """Return the image, of several platforms that for this machine.

    Raises:
        IllegalReference, NoSuchImage
    """
    digest = Digest(name) if name.startswith("sha256:") else store.index().find(Reference.parse(name))
    if digest is None:
        raise NoSuchImage(name)
    return for_here(images_of(store, digest))


def _bill(digest: Digest, form: str) -> tuple[str, bytes]:
    store = LocalStore.default()
    item = find_listed(store, digest)
    with store.in_use():
        document = bill_of_materials(for_here(images_of(store, digest)), store, form)
    if not document:
        raise NoDocument(digest, form)
    return best_name(item) or digest.hex[:12], document


def _in_pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Put small chunks together: each piece costs a turn of the server's loop."""
    piece = bytearray()
    for chunk in chunks:
        piece += chunk
        if len(piece) >= _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
