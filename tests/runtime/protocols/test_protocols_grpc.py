"""The protocol's messages and its port; that others read them the same way is for ``clients``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asked_with_rows as asked
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_asking import answering, ask
from runtime_process import Running, started, write_app

from jupyter_containerize.runtime.http.messages import Answer
from jupyter_containerize.runtime.protocols.grpc_v2 import Called
from jupyter_containerize.runtime.protocols.grpc_wire import (
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

SERVICE = "/inference.GRPCInferenceService"
APP = answering([asked.endpoint_of(asked.kinds)])
IRIS = answering([asked.endpoint_of(asked.NAMED)])


def call(app: Any, method: str, content: bytes) -> Answer:
    """Return the application's answer to a message."""

    async def asking() -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        app(Called("POST", f"{SERVICE}/{method}", "", (), content), answered.set_result)
        return await answered

    return asyncio.run(asking())


def tensor(name: str, datatype: str, shape: list[int], contents: bytes = b"") -> bytes:
    """Return an input; ``contents`` are its InferTensorContents."""
    head = write(1, name) + write(2, datatype) + write_integers(3, shape)
    return write(5, head + (write(5, contents) if contents else b""))


@given(value=st.integers(-(2**63), 2**63 - 1))
def test_varint__any_number_of_64_bits__comes_back(value: int) -> None:
    """Whole numbers survive, those below zero, too."""
    assert integers(read(write(3, value)), 3) == [value]
    assert integers(read(write_integers(3, [value, 0])), 3) == [value, 0]


@given(content=st.binary(max_size=40))
def test_read__any_bytes__are_fields_or_malformed(content: bytes) -> None:
    """No bytes break the reading, at whatever depth they are read."""
    with contextlib.suppress(Malformed):
        fields = read(content)
        for number in fields:
            with contextlib.suppress(Malformed):
                text(fields, number)
            with contextlib.suppress(Malformed):
                message(fields, number)
            with contextlib.suppress(Malformed):
                integers(fields, number)
            with contextlib.suppress(Malformed):
                joined(fields, number)


MALFORMED = {
    "a length beyond the end": b"\x0a\x05a",
    "a number without end": b"\xff" * 11,
    "a group": b"\x0b",
    "four bytes of which there are two": b"\x0d\x00\x00",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_infer__no_message__is_refused(content: bytes) -> None:
    """What is no message is the caller's mistake."""
    assert call(APP, "ModelInfer", content).status == 400


def test_infer__contents__are_read_by_their_datatype() -> None:
    """Each kind of contents reaches the function, and the answer has contents, too."""
    sent = (
        write(1, "model")
        + write(3, "7")
        + tensor("a", "INT8", [1], write_integers(2, [-3]))
        + tensor("b", "FP64", [1], double(7, math.nan))
        + tensor("c", "BYTES", [1], write(8, "x"))
        + tensor("d", "BYTES", [1], write(8, '{"e": 1}'))
    )
    fields = read(call(APP, "ModelInfer", sent).body)
    assert (text(fields, 1), text(fields, 2), text(fields, 3)) == ("model", "1", "7")
    (output,) = message(fields, 5)
    assert (text(output, 1), text(output, 2), integers(output, 3)) == ("predictions", "BYTES", [1])
    assert text(message(output, 5)[0], 8) == "-3 None x ['e']"


def test_infer__raw_contents__are_answered_raw() -> None:
    """Bytes come back as bytes, each output after the other."""
    sent = write(1, "model") + tensor("rows", "UINT8", [1, 4]) + write(7, bytes([5, 3, 1, 0]))
    fields = read(call(IRIS, "ModelInfer", sent).body)
    assert [text(output, 1) for output in message(fields, 5)] == ["predictions", "probabilities"]
    assert fields[6][0] == b"\x06\x00\x00\x00setosa"
    assert len(fields[6][1]) == 24


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no such model": (write(1, "rose"), 404, "there is no model rose; there is model"),
    "no such version": (write(1, "model") + write(2, "9"), 404, "there is no version 9 of model; there is 1"),
    "nothing": (write(1, "model"), 422, "inputs: at least one tensor, not none"),
    "raw of another number": (
        write(1, "model") + tensor("rows", "FP64", [1, 4]) + write_all(7, [b"", b""]),
        422,
        "raw_input_contents: one for each of 1 inputs, not 2",
    ),
    "half floats": (
        write(1, "model") + tensor("rows", "FP16", [1, 4]),
        422,
        "inputs.rows: FP16 comes in raw_input_contents",
    ),
    "too few": (
        write(1, "model") + tensor("rows", "FP32", [1, 4], write(6, b"\0" * 8)),
        422,
        "inputs.rows: 4 values, as the shape [1, 4] says, not 2",
    ),
    "out of bounds": (
        write(1, "model") + tensor("rows", "UINT8", [1, 1], write_integers(4, [256])),
        422,
        "inputs.rows.contents: values of UINT8, not number 256",
    ),
}


@pytest.mark.parametrize(("content", "status", "detail"), REFUSED.values(), ids=REFUSED)
def test_infer__wrong_request__says_what_is_wrong(content: bytes, status: int, detail: str) -> None:
    """The words are those of REST."""
    answer = call(IRIS, "ModelInfer", content)
    assert (answer.status, json.loads(answer.body)["detail"]) == (status, detail)


def test_route__over_http__is_not_there() -> None:
    """A page elsewhere can send any bytes over HTTP; only gRPC's port asks with messages."""
    status, _, _ = ask(IRIS, "POST", f"{SERVICE}/ModelInfer", write(1, "model"))
    assert status == 404


_FIELD = st.builds(write, st.integers(1, 8), st.binary(max_size=12) | st.integers(-3, 300))
_TENSOR = st.builds(
    lambda name, datatype, shape, more: write(5, write(1, name) + write(2, datatype) + write_integers(3, shape) + more),
    st.sampled_from(["rows", "x"]),
    st.sampled_from(["FP64", "INT32", "BYTES", "BOOL", "FP32"]),
    st.lists(st.integers(-1, 4), max_size=2),
    st.builds(write, st.integers(4, 5), st.lists(_FIELD, max_size=2).map(b"".join)),
)


@settings(deadline=None, max_examples=200)
@given(parts=st.lists(_FIELD | _TENSOR | st.binary(max_size=4), max_size=5))
def test_infer__any_fields__are_answered_or_refused(parts: list[bytes]) -> None:
    """Nothing that a client sends looks like a mistake of the server."""
    assert call(IRIS, "ModelInfer", write(1, "model") + b"".join(parts)).status in {200, 400, 404, 422}


SLOW = """
import time
def predict(x: float) -> float:
    time.sleep(x)
    return x
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Running, str]]:
    """Return a server with a gRPC port, and where it is."""
    pytest.importorskip("grpc")
    app = write_app(tmp_path / "app", SLOW, extras=["grpc"])
    with started(app, {"GRPC_PORT": "0"}) as server:
        yield server, f"127.0.0.1:{server.wait_for('listening for gRPC')['port']}"


def test_port__image_with_the_extra__answers_and_ends_in_time(running: tuple[Running, str]) -> None:
    """Health, an inference and refusals over a real channel; what is under way at the end is answered."""
    grpc: Any = pytest.importorskip("grpc")
    server, target = running
    with grpc.insecure_channel(target) as channel:
        assert channel.unary_unary("/grpc.health.v1.Health/Check")(b"") == write(1, 1)
        assert channel.unary_unary(f"{SERVICE}/ServerReady")(b"") == write(1, 1)
        infer = channel.unary_unary(f"{SERVICE}/ModelInfer")
        with pytest.raises(grpc.RpcError) as caught:
            infer(write(1, "rose"), metadata=(("x-request-id", "abc"),))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert dict(caught.value.trailing_metadata())["x-request-id"] == "abc"
        with pytest.raises(grpc.RpcError) as unknown:
            channel.unary_unary(f"{SERVICE}/Unknown")(b"")
        assert unknown.value.code() is grpc.StatusCode.UNIMPLEMENTED
        under_way = infer.future(write(1, "small") + tensor("x", "FP64", [1], double(7, 1.0)))
        quick = infer(write(1, "small") + tensor("x", "FP64", [1], double(7, 0.0)))
        assert text(read(quick), 1) == "small"
        server.terminate()
        fields = read(under_way.result())
        assert joined(message(message(fields, 5)[0], 5)[0], 7)[-1:] == b"\x3f"
    assert server.exit_code() == 0


def test_port__taken__ends_the_server(tmp_path: Path) -> None:
    """A port that was asked for and is not there is said, and is no half a server."""
    pytest.importorskip("grpc")
    app = write_app(tmp_path / "app", SLOW, extras=["grpc"])
    with started(app, {"GRPC_PORT": "0"}) as first, started(app, {"GRPC_PORT": str(first.port)}) as second:
        assert second.wait_for("cannot listen for gRPC")["port"] == first.port
        assert second.exit_code() == 1
