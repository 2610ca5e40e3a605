"""The Open Inference Protocol (KServe V2) over REST, with tensors in JSON or as bytes after it.

    GET  /v2                                 the server, its version and its extensions
    GET  /v2/health/live, /v2/health/ready   (the application's own)
    GET  /v2/models/NAME                     what the model takes and gives, and what it was made from
    GET  /v2/models/NAME/ready
    POST /v2/models/NAME/infer               tensors in, tensors out

Each model has one version, and is there as long as the server: the repository's index lists it, loading does not.
Source: Open Inference Protocol, "HTTP/REST"; KServe, "Binary Tensor Data Extension".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .. import body
from ..calling import Work
from ..errors import NotJson, Refused
from ..http.messages import Answer, Request
from ..http.table import Handler, Route
from ..loading import Served
from ..predict import check_media
from ..settings import Settings
from .inference import EXTENSIONS, SERVER, VERSION, Model, asked_model, models_of, wanted
from .tensors import Tensor, checked_head, flat, from_bytes, from_json, packed, refused

_HEADER = b"inference-header-content-length"
_BINARY = "application/octet-stream"


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the protocol's routes but health's."""
    known = models_of(served, settings)
    server = _json({"name": SERVER, "version": VERSION, "extensions": list(EXTENSIONS)})
    index = _json([{"name": name, "version": VERSION, "state": "READY", "reason": ""} for name in known])

    def asked(answer: Callable[[str, Model, Request], Any]) -> Handler:
        def handle(request: Request) -> Any:
            values = request.values
            return answer(*asked_model(known, values["name"], values.get("version", VERSION)), request)

        return handle

    for path in ("/v2", "/v2/"):
        yield Route("GET", path, lambda _request: server)
    for path in ("/v2/models/:name", "/v2/models/:name/versions/:version"):
        yield Route("GET", path, asked(lambda name, model, _request: _json(model.metadata(name))))
        yield Route("GET", f"{path}/ready", asked(lambda name, _model, _request: _json({"name": name, "ready": True})))
        yield Route("POST", f"{path}/infer", asked(_infer))
    yield Route("POST", "/v2/repository/index", lambda _request: index)
    for word in ("load", "unload"):
        yield Route("POST", f"/v2/repository/models/:name/{word}", _unloadable)


def _unloadable(_request: Request) -> Answer:
    raise Refused(501, "the model is part of this image: start another image for another model")


def _infer(name: str, model: Model, request: Request) -> Work:
    content, binary = _split(request)
    tensors = _tensors(model, content.get("inputs"), binary)
    parameters = _object("parameters", content.get("parameters"))
    asked = _outputs(content.get("outputs"), is_binary=parameters.get("binary_data_output") is True)
    given_id = content.get("id", "")
    if not isinstance(given_id, str):
        raise refused("id", "string", given_id)
    calls, rows = model.calls(tensors, parameters)

    def written(results: list[Any]) -> Answer:
        found = wanted(model.outputs(results, rows), list(asked.by_name))
        head = {"model_name": name, "model_version": VERSION, "id": given_id or request.request_id}
        return _answer(head, found, asked)

    return Work(model.interface.endpoint, calls, written)


@dataclasses.dataclass(frozen=True)
class _Asked:
    """Which outputs are asked for, by name, and whether as bytes; ``otherwise`` for all, if none is named."""

    by_name: Mapping[str, bool]
    otherwise: bool


def _split(request: Request) -> tuple[dict[str, Any], bytes]:
    """Return the request's JSON object, and the bytes after it."""
    given = request.header(_HEADER)
    end = len(request.body)
    if given:
        # A header that no web page elsewhere can send unasked: the type may be any.
        if not (given.isascii() and given.isdecimal() and len(given) < 20 and int(given) <= end):  # noqa: PLR2004
            raise Refused(400, f"inference-header-content-length: at most the body's {end}, not {given[:40]}")
        end = int(given)
    elif request.header(b"content-type") or request.header(b"origin"):
        check_media(request)
    # Of those that say no type there are Triton's clients; a page elsewhere makes a browser say its origin.
    try:
        content = body.parse(request.body[:end])
    except NotJson as error:
        raise Refused(400, f"the body is not JSON: {error.reason}") from None
    return _object("the body", content), request.body[end:]


def _tensors(model: Model, inputs: Any, binary: bytes) -> list[Tensor]:
    if not isinstance(inputs, list) or not inputs:
        raise refused("inputs", "array of tensors, at least one", inputs)
    found: list[Tensor] = []
    start = 0
    for item in inputs:
        tensor = _object("inputs", item)
        name, datatype, shape = checked_head(*map(tensor.get, ("name", "datatype", "shape")))
        size = _object(f"inputs.{name}.parameters", tensor.get("parameters")).get("binary_data_size")
        if size is None:
            found.append(from_json(name, datatype, shape, tensor.get("data")))
            continue
        if type(size) is not int or not 0 <= size <= len(binary) - start:
            raise refused(f"inputs.{name}.parameters.binary_data_size", f"at most {len(binary) - start} bytes", size)
        content = binary[start : start + size]
        found.append(from_bytes(name, datatype, shape, content, is_base64=model.is_base64(name)))
        start += size
    if start != len(binary):
        raise Refused(422, f"{len(binary) - start} bytes after the tensors belong to none of them")
    return found


def _outputs(outputs: Any, *, is_binary: bool) -> _Asked:
    if outputs is not None and not isinstance(outputs, list):
        raise refused("outputs", "array of outputs", outputs)
    by_name: dict[str, bool] = {}
    for item in outputs or ():
        output = _object("outputs", item)
        name = output.get("name")
        if not isinstance(name, str):
            raise refused("outputs", "a name for each", name)
        said = _object(f"outputs.{name}.parameters", output.get("parameters")).get("binary_data", is_binary)
        by_name[name] = said is True
    return _Asked(by_name, is_binary)


def _answer(head: dict[str, Any], tensors: Sequence[Tensor], asked: _Asked) -> Answer:
    outputs: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for tensor in tensors:
        output = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if asked.by_name.get(tensor.name, asked.otherwise):
            parts.append(packed(tensor))
            said: Mapping[str, Any] = {**tensor.parameters, "binary_data_size": len(parts[-1])}
        else:
            said = tensor.parameters
            output["data"] = flat(tensor)
        outputs.append({**output, "parameters": said} if said else output)
    content = body.write({**head, "outputs": outputs})
    if not parts:
        return Answer(200, content)
    length = {_HEADER.decode(): str(len(content))}
    return Answer(200, b"".join([content, *parts]), _BINARY, length)


def _object(place: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise refused(place, "object", value)
    return value


def _json(value: Any) -> Answer:
    return Answer(200, body.write(value))
