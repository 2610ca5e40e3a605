"""Arrow and Parquet, with the real pyarrow: rows in, tables out, and nothing that takes the memory away."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc
from runtime_asking import ask, serving
from served import gaps, numbers, scalars, words

from jupyter_containerize.runtime.codecs import arrow as arrow_codec

STREAM, FILE, PARQUET = (
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.arrow.file",
    "application/x-parquet",
)
ROWS = pa.table({"a": [1.5, 3.0], "b": [2, 4], "name": ["y", "z"]})
ANSWER = [{"sum": 3.5, "name": "y", "good": False}, {"sum": 7.0, "name": "z", "good": False}]


def stream(table: Any, compression: str | None = None) -> bytes:
    """Return a table as a stream."""
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, table.schema, options=ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def file(table: Any, compression: str | None = None) -> bytes:
    """Return a table as a file of Arrow's."""
    sink = pa.BufferOutputStream()
    with ipc.new_file(sink, table.schema, options=ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def parquet(table: Any, **options: Any) -> bytes:
    """Return a table as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return sink.getvalue().to_pybytes()


def when(day: dt.date, kind: str) -> str:
    """Take a date and a text."""
    return f"{day.isoformat()} {kind}"


class Case(NamedTuple):
    """A body, the status, and the answer or words of it."""

    function: Callable[..., Any]
    kind: str
    body: bytes
    status: int
    answer: Any


DATES = pa.table({"day": [dt.date(2024, 2, 29)] * 2, "kind": pa.array(["x", "y"]).dictionary_encode()})
LONG = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int8()), ["x" * 1_000_000])
CASES = {
    "stream": Case(scalars, STREAM, stream(ROWS), 200, ANSWER),
    "stream in lz4": Case(scalars, STREAM, stream(ROWS, "lz4"), 200, ANSWER),
    "stream in zstd": Case(scalars, STREAM, stream(ROWS, "zstd"), 200, ANSWER),
    "stream of several batches": Case(
        numbers, STREAM, stream(pa.Table.from_batches(pa.table({"x": [1.0, 2.0]}).to_batches(1) * 2)), 200, [1, 2, 1, 2]
    ),
    "file": Case(scalars, FILE, file(ROWS, "zstd"), 200, ANSWER),
    "parquet": Case(scalars, PARQUET, parquet(ROWS), 200, ANSWER),
    "parquet by its registered name": Case(scalars, "application/vnd.apache.parquet", parquet(ROWS), 200, ANSWER),
    "parquet in gzip": Case(scalars, PARQUET, parquet(ROWS, compression="gzip"), 200, ANSWER),
    "dates and categories": Case(when, STREAM, stream(DATES), 200, ["2024-02-29 x", "2024-02-29 y"]),
    "dates and categories in parquet": Case(when, PARQUET, parquet(DATES), 200, ["2024-02-29 x", "2024-02-29 y"]),
    "a column of lists": Case(numbers, STREAM, stream(pa.table({"rows": [[1.0, 2.0], [3.0]]})), 200, [3.0, 3.0]),
    "null and what is no number": Case(
        gaps, STREAM, stream(pa.table({"x": [1.0, None], "y": [float("nan"), 2.0]})), 200, [1, 1]
    ),
    "a column without values": Case(gaps, STREAM, stream(pa.table({"x": [None, None]})), 200, [1, 1]),
    "an index of pandas": Case(numbers, PARQUET, parquet(pa.table({"x": [1.0], "__index_level_0__": [7]})), 200, [1.0]),
    "no rows": Case(numbers, STREAM, stream(pa.table({"x": pa.array([], "float64")})), 200, []),
    "null where there may be none": Case(numbers, STREAM, stream(pa.table({"x": [1.0, None]})), 422, '"[1]'),
    "infinity": Case(numbers, STREAM, stream(pa.table({"x": [float("inf")]})), 422, "finite number"),
    "a name twice": Case(
        scalars, STREAM, stream(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])), 422, "different names"
    ),
    "an unknown column": Case(scalars, STREAM, stream(pa.table({"a": [1.0], "b": [1], "z": [1]})), 422, "[0].z"),
    "a type of its own": Case(words, STREAM, stream(pa.table({"texts": pa.array([{"a": None}])})), 400, "not taken"),
    "no stream": Case(numbers, STREAM, b"no stream at all", 400, "no Arrow"),
    "stream cut short": Case(scalars, STREAM, stream(ROWS)[:-60], 400, "no Arrow"),
    "empty stream": Case(scalars, STREAM, b"", 400, "no Arrow"),
    "no parquet": Case(numbers, PARQUET, b"PAR1 no PAR1", 400, "no Parquet"),
    "parquet cut short": Case(scalars, PARQUET, parquet(ROWS)[:-20], 400, "no Parquet"),
    "many nulls from nowhere": Case(gaps, STREAM, stream(pa.table({"x": pa.nulls(50_000_000)})), 413, "too many"),
    "compressed zeros": Case(
        numbers, STREAM, stream(pa.table({"x": [0.0] * 3_000_000}), "zstd"), 413, "when it is not compressed"
    ),
    "parquet of zeros": Case(numbers, PARQUET, parquet(pa.table({"x": [0.0] * 1_500_000})), 413, "too many"),
    "a long text in all rows": Case(words, STREAM, stream(pa.table({"texts": LONG})), 200, [1_000_000] * 100_000),
    "a long text in all rows of parquet": Case(
        words, PARQUET, parquet(pa.table({"texts": LONG})), 413, "when it is not compressed"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_predict__arrow_or_parquet__is_taken_or_refused(case: Case) -> None:
    """The rows reach the function; what cannot be them is the caller's mistake, with words."""
    status, _, body = ask(serving(case.function), "POST", "/predict", case.body, {"content-type": case.kind})
    assert status == case.status, body[:300]
    if status == 200:
        assert json.loads(body) == case.answer
    else:
        assert case.answer in json.loads(body)["detail"] + body.decode()


def answer() -> dict[str, Any]:
    """Answer as a classifier does."""
    return {"predictions": ["a", "b"], "probabilities": [{"a": 0.75}, {"a": 0.0}]}


READERS: dict[str, Callable[[bytes], Any]] = {
    STREAM: lambda body: ipc.open_stream(body).read_all(),
    FILE: lambda body: ipc.open_file(io.BytesIO(body)).read_all(),
    PARQUET: lambda body: pq.read_table(io.BytesIO(body)),
}


@pytest.mark.parametrize("kind", READERS)
def test_predict__accept_arrow__pyarrow_reads_it(kind: str) -> None:
    """An answer is a table whose nested names are joined by dots."""
    headers = {"content-type": "application/json", "accept": kind}
    _, received, body = ask(serving(answer), "POST", "/predict", b"{}", headers)
    assert received["content-type"] == kind
    assert READERS[kind](body).to_pydict() == {"predictions": ["a", "b"], "probabilities.a": [0.75, 0.0]}


def test_predict__arrow_without_pyarrow__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image has what the notebook has, and no more."""
    monkeypatch.setattr(arrow_codec, "installed", lambda _name: None)
    status, _, body = ask(serving(numbers), "POST", "/predict", stream(ROWS), {"content-type": STREAM})
    assert (status, json.loads(body)["detail"]) == (
        415,
        f"this image has no pyarrow, which {STREAM} needs; send JSON or CSV",
    )
