"""The routes about the routes: ``GET /``, for people and for programs, and ``GET /openapi.json``.

What they answer is made when it is first asked: most containers are never looked at.
"""

from __future__ import annotations

import functools

from . import body
from .http.messages import Answer, Request
from .http.table import Route, Table
from .loading import Served
from .settings import Settings

_VARY = {"vary": "accept"}


class Overview:
    """What an image says of itself."""

    def __init__(self, served: Served, settings: Settings) -> None:
        self._served, self._settings = served, settings
        self._table = Table()
        self.routes = (
            Route("GET", "/openapi.json", self._openapi, "all of this as OpenAPI 3.1"),
            Route("GET", "/", self._index),
        )

    def begin(self, table: Table) -> None:
        """Take the routes that there are, in the order in which they are to be told."""
        self._table = table

    def _openapi(self, _request: Request) -> Answer:
        return self._document

    def _index(self, request: Request) -> Answer:
        return self._page if wants_page(request.header(b"accept")) else self._listing

    @functools.cached_property
    def _listing(self) -> Answer:
        index = {"symbol": self._served.symbol, "doc": self._served.description["doc"], "routes": self._table.listed()}
        return Answer(200, body.write(index), headers=_VARY)

    @functools.cached_property
    def _document(self) -> Answer:
        from .openapi import document  # noqa: PLC0415  # see above

        return Answer(200, body.write(document(self._served, self._settings, self._table.routes)))

    @functools.cached_property
    def _page(self) -> Answer:
        from .page.page import page  # noqa: PLC0415  # see above

        return page(self._served, self._table.routes)


def wants_page(accept: str) -> bool:
    """Return whether an ``accept`` header asks for HTML: by name, as browsers do and programs do not."""
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {"text/html", "application/xhtml+xml"})
