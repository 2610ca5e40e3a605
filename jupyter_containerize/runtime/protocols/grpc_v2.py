"""The Open Inference Protocol's messages over gRPC: the same models as over REST.

Each method is a route of the application like any other, so that limits, batching, metrics and the end hold for it,
too; only ``grpc_server`` can ask it.
Source: Open Inference Protocol, "GRPC"; the numbers are those of its open_inference_grpc.proto.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..calling import Work
from ..errors import Refused
from ..http.messages import Answer, Request
from ..http.table import Handler, Route
from ..loading import Served
from ..settings import Settings
from . import GRPC_SERVICE
from .grpc_wire import (
    Fields,
    Malformed,
    double,
    integers,
    joined,
    message,
    read,
    text,
    write,
    write_all,
    write_integers,
)
from .inference import SERVER, VERSION, Model, asked_model, models_of, wanted
from .tensors import (
    BOOL,
    BYTES,
    FP64,
    INT64,
    Tensor,
    check_values,
    checked_head,
    flat,
    from_bytes,
    from_values,
    packed,
    unpacked,
)
from .tensors import text as text_of

_KIND = "application/grpc+proto"
# The field of InferTensorContents that holds a datatype.
_CONTENTS = {
    BOOL: 1,
    **dict.fromkeys(("INT8", "INT16", "INT32"), 2),
    INT64: 3,
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), 4),
    "UINT64": 5,
    "FP32": 6,
    FP64: 7,
    BYTES: 8,
}


class Called(Request):
    """A request that came over gRPC; its body is the message."""


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield a route for each method."""
    known = models_of(served, settings)
    server = _answer(write(1, SERVER) + write(2, VERSION))
    yes = _answer(write(1, 1))
    methods: dict[str, Callable[[Fields], Any]] = {
        "ServerLive": lambda _: yes,
        "ServerMetadata": lambda _: server,
        "ModelReady": lambda fields: _named(known, fields) and yes,
        "ModelMetadata": lambda fields: _metadata(*_named(known, fields)),
        "ModelInfer": lambda fields: _infer(*_named(known, fields), fields),
    }
    for method, answer in methods.items():
        yield Route("POST", f"/{GRPC_SERVICE}/{method}", _handler(answer))


def _handler(answer: Callable[[Fields], Any]) -> Handler:
    def handle(request: Request) -> Any:
        if not isinstance(request, Called):
            raise Refused(404, "this is asked over gRPC, on a port of its own")
        try:
            return answer(read(request.body))
        except Malformed as error:
            raise Refused(400, f"not the message of this method: {error}") from None

    return handle


def _answer(content: bytes) -> Answer:
    return Answer(200, content, _KIND)


def _named(known: Mapping[str, Model], fields: Fields) -> tuple[str, Model]:
    """Return the model that the first two fields of each message name, with its version or without."""
    return asked_model(known, text(fields, 1), text(fields, 2) or VERSION)


def _metadata(name: str, model: Model) -> Answer:
    said = model.metadata(name)
    heads = [write_all(number, map(_head, said[key])) for number, key in ((4, "inputs"), (5, "outputs"))]
    return _answer(b"".join([write(1, name), write_all(2, said["versions"]), write(3, said["platform"]), *heads]))


def _head(said: Mapping[str, Any]) -> bytes:
    return write(1, said["name"]) + write(2, said["datatype"]) + write_integers(3, said["shape"])


def _infer(name: str, model: Model, fields: Fields) -> Work:
    raw = [joined({0: [item]}, 0) for item in fields.get(7, ())]
    inputs = message(fields, 5)
    if raw and len(raw) != len(inputs):
        raise Refused(422, f"raw_input_contents: one for each of {len(inputs)} inputs, not {len(raw)}")
    tensors = [_tensor(model, item, raw[place] if raw else None) for place, item in enumerate(inputs)]
    asked = [text(item, 1) for item in message(fields, 6)]
    given_id = text(fields, 3)
    calls, rows = model.calls(tensors, _parameters(fields, 4))

    def written(results: list[Any]) -> Answer:
        found = wanted(model.outputs(results, rows), asked)
        head = write(1, name) + write(2, VERSION) + write(3, given_id)
        outputs = [write(5, _output(tensor, is_raw=bool(raw))) for tensor in found]
        # As it came, so it goes.
        contents = [write(6, packed(tensor)) for tensor in found] if raw else []
        return _answer(b"".join([head, *outputs, *contents]))

    return Work(model.interface.endpoint, calls, written)


def _tensor(model: Model, fields: Fields, raw: bytes | None) -> Tensor:
    name, datatype, shape = checked_head(text(fields, 1), text(fields, 2), integers(fields, 3))
    is_base64 = model.is_base64(name)
    if raw is not None:
        return from_bytes(name, datatype, shape, raw, is_base64=is_base64)
    number = _CONTENTS.get(datatype, 0)
    if not number:
        raise Refused(422, f"inputs.{name}: {datatype} comes in raw_input_contents")
    contents = message(fields, 5)
    place = f"inputs.{name}.contents"
    values = _values(place, datatype, contents[-1] if contents else {}, is_base64=is_base64)
    return from_values(name, datatype, shape, values)


def _values(place: str, datatype: str, contents: Fields, *, is_base64: bool) -> list[Any]:
    number = _CONTENTS[datatype]
    if datatype == BYTES:
        return [text_of(joined({0: [item]}, 0), is_base64=is_base64) for item in contents.get(number, ())]
    if datatype in {"FP32", FP64}:
        content = joined(contents, number)
        if len(content) % (8 if datatype == FP64 else 4):
            raise Malformed("numbers that end early")
        return unpacked(datatype, content)
    values = integers(contents, number, signed=not datatype.startswith("U"))
    if datatype == BOOL:
        return list(map(bool, values))
    check_values(place, datatype, values)
    return values


def _parameters(fields: Fields, number: int) -> dict[str, Any]:
    return {text(entry, 1): _parameter(inner) for entry in message(fields, number) for inner in message(entry, 2)}


def _parameter(fields: Fields) -> Any:
    for number, read_one in _PARAMETERS.items():
        if fields.get(number):
            return read_one(fields, number)
    return None


def _double(fields: Fields, number: int) -> float:
    content = joined(fields, number)[-8:]
    if len(content) < 8:  # noqa: PLR2004  # bytes in a double
        raise Malformed("numbers that end early")
    found: float = struct.unpack("<d", content)[0]
    return found


_PARAMETERS: dict[int, Callable[[Fields, int], Any]] = {
    1: lambda fields, number: bool(integers(fields, number)[-1]),
    2: lambda fields, number: integers(fields, number)[-1],
    3: text,
    4: _double,
    5: lambda fields, number: integers(fields, number, signed=False)[-1],
}


def _output(tensor: Tensor, *, is_raw: bool) -> bytes:
    said = [write(4, write(1, name) + write(2, _written(value))) for name, value in tensor.parameters.items()]
    head = [write(1, tensor.name), write(2, tensor.datatype), write_integers(3, tensor.shape), *said]
    return b"".join(head if is_raw else [*head, write(5, _contents(tensor))])


def _written(value: Any) -> bytes:
    """Return a parameter; of lists there is none, and they go as the text of their JSON."""
    if isinstance(value, bool):
        return write(1, int(value))
    if isinstance(value, int):
        return write(2, value)
    if isinstance(value, float):
        return double(4, value)
    return write(3, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _contents(tensor: Tensor) -> bytes:
    number = _CONTENTS[tensor.datatype]
    if tensor.datatype == BYTES:
        return write_all(number, map(str, flat(tensor)))
    if tensor.datatype == INT64:
        return write_integers(number, flat(tensor))
    # BOOL's bytes are its packed numbers, too.
    return write(number, packed(tensor))
