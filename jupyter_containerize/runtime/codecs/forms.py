"""Bodies that are files: multipart/form-data, a part for each parameter; and one file alone.

Files become base64, which is how JSON has them. Sources: RFC 7578, RFC 2046 section 5.1.1.
"""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .. import body
from ..asked import typed
from ..errors import NotJson, Refused
from ..http.messages import Request
from ..protocols.columns import Schemas
from ..protocols.given import Given
from ..routes import Endpoint
from .kinds import JSON, Media, media, reader
from .tables import Wanted, rejected

MULTIPART = "multipart/form-data"
_MOST_PARTS = 1000
_MOST_HEAD_BYTES = 8 * 1024
# As in the content type: a quote that nobody closes goes to the end.
_NAME = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.?)*)(?:"|$)', re.IGNORECASE)
_CODINGS = {"", "7bit", "8bit", "binary"}


@dataclasses.dataclass(frozen=True)
class _Part:
    name: str
    filename: str | None
    kind: Media
    content: bytes


def multipart(endpoint: Endpoint, request: Request, given: Media, wanted: Wanted) -> dict[str, Any]:
    """Return the values of a form by parameter name. A name that comes more than once is a list.

    Raises:
        Refused: 400 for what is no such form, 403 for one that a web page of somebody else's sends.
        BodyRejected: a text is no UTF-8.
    """
    _check_origin(request)
    parts: dict[str, list[_Part]] = {}
    for part in _parts(request.body, given.parameters.get("boundary", "")):
        parts.setdefault(part.name, []).append(part)
    files = file_parameters(endpoint)
    values: dict[str, Any] = {}
    texts: dict[str, list[str]] = {}
    for name, several in parts.items():
        is_file = name in files
        if not is_file and all(_is_text(part) for part in several):
            texts[name] = [_text(part) for part in several]
            continue
        made = [_value(part, wanted, is_file=is_file) for part in several]
        values[name] = made if len(made) > 1 or files.get(name) == "array" else made[0]
    return {**values, **typed(endpoint.signature, texts)}


def single(endpoint: Endpoint, request: Request) -> dict[str, Any] | None:
    """Return a body that is one file as the endpoint's one parameter for a file; None if it has not one such.

    Its other parameters come from the query.
    """
    found = [name for name, kind in file_parameters(endpoint).items() if kind == "string"]
    required = [name for name in found if name in endpoint.description["inputs"].get("required", ())]
    chosen = required if len(required) == 1 else found
    if len(chosen) != 1:
        return None
    return {chosen[0]: base64.b64encode(request.body).decode()}


def file_parameters(endpoint: Endpoint) -> dict[str, str]:
    """Return the parameters that take files, with the JSON type: string for one, array for several."""
    schemas = Schemas(endpoint.description.get("inputs", {}))
    found = {}
    for name, given in schemas.properties.items():
        schema = schemas.plain(given)
        items = schemas.plain(schema.get("items"))
        if "contentEncoding" in schema:
            found[name] = "string"
        elif schema.get("type") == "array" and "contentEncoding" in items:
            found[name] = "array"
    return found


def _check_origin(request: Request) -> None:
    """Refuse what a web page elsewhere sends: for forms a browser does not ask us first, as it does for all else."""
    origin, site = request.header(b"origin"), request.header(b"sec-fetch-site")
    host = request.header(b"x-forwarded-host") or request.header(b"host")
    is_foreign = bool(origin) and urlsplit(origin).netloc.lower() != host.lower() and site != "same-origin"
    if site == "cross-site" or is_foreign:
        raise Refused(403, f"forms are taken from pages of {host or 'this server'} alone")


def _parts(content: bytes, boundary: str) -> list[_Part]:
    # > Boundary delimiters must not appear within the encapsulated material, and must be no longer than 70 characters
    if not 0 < len(boundary) <= 70 or not boundary.isascii():  # noqa: PLR2004  # RFC 2046's
        raise Refused(400, f"{MULTIPART} wants a boundary")
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary.encode(), _MOST_PARTS + 2)
    if len(pieces) > _MOST_PARTS + 1:
        raise Refused(413, f"more than {_MOST_PARTS} parts")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004  # before and after one boundary
        raise Refused(400, "the form does not end with its boundary")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> _Part:
    _, begins, rest = piece.partition(b"\r\n")
    head, ends, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not begins or not ends or len(head) > _MOST_HEAD_BYTES:
        raise Refused(400, "a part of the form has no end of its head")
    headers = _headers(head.decode("utf-8", "replace"))
    disposition = headers.get("content-disposition", "")
    words = {name.lower(): unquote(re.sub(r"\\(.)", r"\1", value)) for name, value in _NAME.findall(disposition)}
    if not disposition.lower().startswith("form-data") or "name" not in words:
        raise Refused(400, "a part of the form has no name")
    if headers.get("content-transfer-encoding", "").lower() not in _CODINGS:
        raise Refused(400, f"part {words['name']}: send it as it is, without content-transfer-encoding")
    return _Part(words["name"], words.get("filename"), media(headers.get("content-type", "")), content)


def _headers(head: str) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name}


def _is_text(part: _Part) -> bool:
    return part.kind.kind != JSON and reader(part.kind.kind) is None


def _text(part: _Part) -> str:
    try:
        return part.content.decode()
    except UnicodeDecodeError as error:
        raise rejected((part.name,), "text in UTF-8", f"another byte at {error.start}") from None


def _value(part: _Part, wanted: Wanted, *, is_file: bool) -> Any:
    if is_file:
        return base64.b64encode(part.content).decode()
    if part.kind.kind == JSON:
        try:
            return body.parse(part.content)
        except NotJson as error:
            raise Refused(400, f"part {part.name} is not JSON: {error.reason}") from None
    module = reader(part.kind.kind)
    if module is None:
        return _text(part)
    found = module.read(part.content, part.kind, Wanted((), wanted.most_bytes))
    return found.rows if isinstance(found, Given) else dict(found.values)
