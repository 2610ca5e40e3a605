"""Whatever bytes come, a reader gives rows or refuses with words; it never raises anything else."""

from __future__ import annotations

import gzip
import importlib.util
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime_asking import endpoint
from served import count, form, npy, scalars, turn, words

from jupyter_containerize.runtime.codecs.asking import Asking
from jupyter_containerize.runtime.codecs.inflating import inflated
from jupyter_containerize.runtime.errors import Refused
from jupyter_containerize.runtime.http.messages import Request

_MOST_BYTES = 1_000_000


def _npz() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, a=np.array([1.0, 2.0]), b=np.array([1, 2]))
    return file.getvalue()


# A body that is taken, which the cases below spoil in one place or more.
GOOD: dict[str, tuple[Callable[..., Any], bytes]] = {
    "text/csv": (scalars, b'a,b,name,good\n1.5,2,"x",true\n3,4,,\n'),
    "text/csv; header=absent": (words, b"abc\nd\n"),
    "application/jsonlines": (scalars, b'{"a": 1, "b": 2}\n[3, 4, "x"]\n'),
    "application/x-npy": (words, npy(["abc", "d"])),
    "application/x-npz": (scalars, _npz()),
    "multipart/form-data; boundary=b": (
        count,
        form(
            {"document": ('; filename="x"', b"1"), "title": ("", b"t"), "weights": ("\r\nContent-Type: text/csv", b"1")}
        ),
    ),
    "image/png": (turn, b"\x89PNG\r\n\x1a\n"),
}
if importlib.util.find_spec("pyarrow"):
    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet

    _TABLE = pa.table({"a": [1.5, 3.0], "b": [2, 4], "name": pa.array(["y", "z"]).dictionary_encode()})
    for _name, _open in (("stream", pa.ipc.new_stream), ("file", pa.ipc.new_file)):
        _sink = pa.BufferOutputStream()
        with _open(_sink, _TABLE.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as _writer:
            _writer.write_table(_TABLE)
        GOOD[f"application/vnd.apache.arrow.{_name}"] = (scalars, _sink.getvalue().to_pybytes())
    _sink = pa.BufferOutputStream()
    pa.parquet.write_table(_TABLE, _sink)
    GOOD["application/x-parquet"] = (scalars, _sink.getvalue().to_pybytes())
ASKING = {kind: Asking(endpoint(function), _MOST_BYTES) for kind, (function, _) in GOOD.items()}
_QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def refusal(step: Callable[[], Any]) -> Refused | None:
    """Return how a step was refused, None if it was not; anything else that it raises passes on."""
    try:
        step()
    except Refused as refused:
        return refused
    return None


def read(kind: str, body: bytes) -> None:
    """Read a body; only a refusal of the client's kind may come of it."""
    request = Request("POST", "/predict", "", [(b"content-type", kind.encode())], body)
    refused = refusal(lambda: ASKING[kind].work(request))
    assert refused is None or (400 <= refused.status < 500 and refused.detail)


@pytest.mark.parametrize("kind", GOOD)
@given(body=st.binary(max_size=300))
@_QUICK
def test_work__any_bytes__taken_or_refused(kind: str, body: bytes) -> None:
    """Bytes that are of no kind are refused."""
    read(kind, body)


@pytest.mark.parametrize("kind", GOOD)
@given(data=st.data())
@_QUICK
def test_work__spoiled_bytes__taken_or_refused(kind: str, data: st.DataObject) -> None:
    """Bytes that are nearly of their kind come further, and are refused there."""
    body = bytearray(GOOD[kind][1])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not body:
            break
    read(kind, bytes(body[: data.draw(st.integers(0, len(body)))] if data.draw(st.booleans()) else body))


@given(text=st.text(max_size=200))
@_QUICK
def test_work__any_text_as_csv__taken_or_refused(text: str) -> None:
    """Any text may be CSV."""
    read("text/csv", text.encode("utf-8", "surrogatepass"))


@given(body=st.binary(max_size=100), coding=st.sampled_from(["gzip", "deflate"]))
@_QUICK
def test_inflated__any_bytes__given_or_refused(body: bytes, coding: str) -> None:
    """A body that is not of its coding is refused; one that is comes out as it went in."""
    assert inflated(gzip.compress(body), "gzip", _MOST_BYTES) == body
    refused = refusal(lambda: inflated(body, coding, _MOST_BYTES))
    assert refused is None or refused.status in {400, 413}
