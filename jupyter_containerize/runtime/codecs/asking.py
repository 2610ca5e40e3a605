"""A request in any of the kinds of body, as calls of one endpoint, and their answer in what the caller accepts."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import body
from ..asked import query_values, typed
from ..binding import BodyRejected, read_body
from ..calling import Work
from ..encoding import to_json
from ..errors import Refused
from ..http.messages import Answer, Request
from ..predict import unfit
from ..protocols.columns import ANY
from ..protocols.given import Given, columns_at
from ..protocols.interface import Interface
from ..routes import Endpoint
from . import forms, kinds
from .kinds import JSON, Media
from .tables import Named, Wanted

_ENCODING = "contentEncoding"
# Kinds that a web page elsewhere can make a browser send without asking us, and none at all.
_REFUSED = {"", "text/plain", "application/x-www-form-urlencoded"}


@dataclasses.dataclass(frozen=True)
class Written:
    """How answers are written: in which kind, and by what."""

    kind: str
    write: Callable[[Any], bytes]

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, which alone may have a name around what is predicted."""
        return self.kind == JSON

    def __call__(self, value: Any) -> Answer:
        """Return the answer with a JSON value."""
        return Answer(200, self.write(value), self.kind)


class Asking:
    """Reads requests for one endpoint, whatever kind of body they have, and writes its answers."""

    def __init__(self, endpoint: Endpoint, most_bytes: int) -> None:
        self.endpoint = endpoint
        self.interface = Interface(endpoint)
        self._wanted = Wanted(self.interface.columns, most_bytes)
        self._answered = endpoint.description.get("output", {})

    def work(self, request: Request) -> Work:
        """Return what a request that is not JSON asks for. A table's answer is the function's own, or one for each row.

        Raises:
            Refused: 415 for a kind that is not taken, 406 for an answer that is not made, and as the readers do.
        """
        written = self.written(request)
        given = self.read(request)
        try:
            if isinstance(given, Named):
                values = {**given.values, **typed(self.endpoint.signature, _listed(request.values))}
                return self.named(values, written)
            calls = self.interface.calls(given)
        except BodyRejected as error:
            raise unfit(self.endpoint, error) from None
        return Work(self.endpoint, calls, lambda results: written(self._value(results)))

    def finish(self, request: Request) -> Callable[[list[Any]], Answer]:
        """Return how the one result of a request in JSON is written.

        Raises:
            Refused: 406, there is none of what is accepted.
        """
        written = self.written(request)
        return lambda results: written(to_json(results[0]))

    def named(self, values: Mapping[str, Any], written: Written) -> Work:
        """Return the one call with values by parameter name.

        Raises:
            BodyRejected: they do not fit.
        """
        arguments = read_body(self.endpoint.signature, dict(values))
        return Work(self.endpoint, (arguments,), lambda results: written(to_json(results[0])))

    def read(self, request: Request) -> Given | Named:
        """Return what a body that is not JSON gives.

        Raises:
            Refused: 415 for a kind that is not taken, 400 for what is not of its kind, 413 for too much, 422.
        """
        given = kinds.media(request.header(b"content-type"))
        try:
            found = self._read(request, given)
        except BodyRejected as error:
            raise unfit(self.endpoint, error) from None
        if found is None:
            taken = self._kinds()
            seen = given.kind and f", not {given.kind}"
            raise Refused(415, f"send content-type: {taken}{seen}", headers={"accept-post": taken})
        return found

    def _read(self, request: Request, given: Media) -> Given | Named | None:
        module = kinds.reader(given.kind)
        if module is not None:
            found = module.read(request.body, given, self._wanted)
            if isinstance(found, Named) and not self._is_by_parameter(found.values):
                return columns_at("", dict(found.values))
            return found  # type: ignore[no-any-return]  # the readers' own
        if given.kind == forms.MULTIPART:
            return Named(forms.multipart(self.endpoint, request, given, self._wanted))
        if given.kind in _REFUSED or given.kind.endswith("json"):
            return None
        file = forms.single(self.endpoint, request)
        return None if file is None else Named({**query_values(self.endpoint.signature, request.query), **file})

    def written(self, request: Request) -> Written:
        """Return how to write the answer to a request.

        Raises:
            Refused: 406, there is none of what is accepted.
        """
        accept = request.header(b"accept")
        if self._answered.get(_ENCODING) == "base64":
            raw = self._raw(accept)
            if raw:
                return Written(raw, _decoded)
        found = kinds.writer(accept)
        if found is None:
            return Written(JSON, body.write)
        media, write = found
        return Written(media.kind, lambda value: write(value, media))

    def _raw(self, accept: str) -> str:
        """Return the kind in which a file goes out as it is, empty if it is asked for as JSON."""
        said = self._answered.get("contentMediaType", "application/octet-stream")
        kind = accept.partition(",")[0].partition(";")[0].strip().lower()
        own = "image/png" if said == "image/*" else said
        return own if kind in {own, said} else ""

    def _value(self, results: Sequence[Any]) -> Any:
        if self.interface.takes_table and results:
            return to_json(results[0])
        return [to_json(result) for result in results]

    def _is_by_parameter(self, values: Mapping[str, Any]) -> bool:
        """Return whether arrays by name are parameters each, and not columns of a table."""
        names = {member.name for member in self.endpoint.signature.members}
        scalars = {column.name for column in self.interface.columns if not column.sizes and column.kind != ANY}
        return values.keys() <= names and (self.interface.takes_table or not values.keys() <= scalars)

    def _kinds(self) -> str:
        files = forms.file_parameters(self.endpoint)
        return ", ".join((*kinds.there(), *([forms.MULTIPART] if files else [])))


def _decoded(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Refused(406, "there is no file in the answer; accept application/json")
    return base64.b64decode(value)


def with_headers(work: Work, headers: Mapping[str, str]) -> Work:
    """Return work whose answer has further headers."""
    if not headers:
        return work
    finish = work.finish

    def finished(results: list[Any]) -> Answer:
        answer = finish(results)
        return Answer(answer.status, answer.body, answer.content_type, {**answer.headers, **headers})

    return Work(work.endpoint, work.calls, finished)


def _listed(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [text] for name, text in values.items()}
