"""Answers are written in what the caller accepts; JSON is for who does not say."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from runtime_asking import ask, serving

CSV, LINES, NPY, JSON = "text/csv", "application/jsonlines", "application/x-npy", "application/json"


def several() -> dict[str, Any]:
    """Answer as a classifier does."""
    return {"predictions": ["a", "b"], "probabilities": [{"a": 0.75, "b": 0.25}, {"a": 0.0, "b": 1.0}]}


def records() -> list[dict[str, Any]]:
    """Answer with a frame's rows, of which some have less."""
    return [{"x": 1, "y": None}, {"x": 2.5, "z": 'say "a,b"'}, {"x": True, "y": [1, 2]}]


def matrix() -> list[list[float]]:
    """Answer with rows."""
    return [[1.0, 2.0], [3.0, 4.5]]


def column() -> list[int]:
    """Answer with one value for each row."""
    return [3, 1, 2]


def one() -> float:
    """Answer with a number."""
    return 0.5


def numbers(rows: list[list[float]]) -> list[float]:
    """Answer with a sum for each row."""
    return [sum(row) for row in rows]


def mixed() -> list[Any]:
    """Answer with what is no array."""
    return [1, "a", {"b": 2}]


def missing() -> list[float]:
    """Answer with what is no number."""
    return [1.0, float("nan")]


class Case(NamedTuple):
    """An answer, what is accepted, and what is written."""

    function: Callable[[], Any]
    accept: str
    kind: str
    body: bytes


GIVEN = {
    "objects of lists": Case(
        several, CSV, CSV, b"predictions,probabilities.a,probabilities.b\na,0.75,0.25\nb,0.0,1.0\n"
    ),
    "objects": Case(records, CSV, CSV, b'x,y,z\n1,,\n2.5,,"say ""a,b"""\ntrue,"[1, 2]",\n'),
    "rows": Case(matrix, CSV, CSV, b"1.0,2.0\n3.0,4.5\n"),
    "rows with a header": Case(matrix, f"{CSV};header=present", CSV, b"0,1\n1.0,2.0\n3.0,4.5\n"),
    "objects without a header": Case(several, f"{CSV};header=absent", CSV, b"a,0.75,0.25\nb,0.0,1.0\n"),
    "values": Case(column, CSV, CSV, b"3\n1\n2\n"),
    "a number": Case(one, CSV, CSV, b"0.5\n"),
    "any text": Case(column, "text/*", CSV, b"3\n1\n2\n"),
    "tabs": Case(matrix, "text/tab-separated-values", "text/tab-separated-values", b"1.0\t2.0\n3.0\t4.5\n"),
    "lines of values": Case(column, LINES, LINES, b"3\n1\n2\n"),
    "lines of an object of lists": Case(
        several,
        "application/x-ndjson",
        "application/x-ndjson",
        b'{"predictions":"a","probabilities":{"a":0.75,"b":0.25}}\n'
        b'{"predictions":"b","probabilities":{"a":0.0,"b":1.0}}\n',
    ),
    "nothing said": Case(column, "", JSON, b"[3,1,2]"),
    "anything": Case(column, "*/*", JSON, b"[3,1,2]"),
    "a browser": Case(column, "text/html,application/xhtml+xml,*/*;q=0.8", JSON, b"[3,1,2]"),
    "JSON of a kind": Case(column, "application/vnd.ours+json", JSON, b"[3,1,2]"),
    "the heavier": Case(column, f"{JSON};q=0.5, {CSV}", CSV, b"3\n1\n2\n"),
    "not what weighs nothing": Case(column, f"{CSV};q=0, {JSON};q=0.1", JSON, b"[3,1,2]"),
    "a weight that is none": Case(column, f"{CSV};q=much", CSV, b"3\n1\n2\n"),
}


@pytest.mark.parametrize("case", GIVEN.values(), ids=GIVEN)
def test_predict__accept__writes_it(case: Case) -> None:
    """The answer is the same, written in another way."""
    headers = {"content-type": JSON, "accept": case.accept}
    status, received, body = ask(serving(case.function), "POST", "/predict", b"{}", headers)
    assert (status, received["content-type"], body) == (200, case.kind, case.body)


ARRAYS = {
    "rows": (matrix, [[1.0, 2.0], [3.0, 4.5]]),
    "values": (column, [3, 1, 2]),
    "predictions": (several, ["a", "b"]),
    "what is no number": (missing, [1.0, np.nan]),
}


@pytest.mark.parametrize(("function", "expected"), ARRAYS.values(), ids=ARRAYS)
def test_predict__accept_npy__numpy_reads_it(function: Callable[[], Any], expected: list[Any]) -> None:
    """An array goes out as numpy's own file, of what is predicted."""
    headers = {"content-type": JSON, "accept": NPY}
    _, _, body = ask(serving(function), "POST", "/predict", b"{}", headers)
    np.testing.assert_array_equal(np.load(io.BytesIO(body)), np.array(expected))


REFUSED = {
    "another kind": (column, "image/png", 406),
    "several other kinds": (column, "text/html, application/xml", 406),
    "what nobody writes": (column, "application/x-npz", 406),
    "no array": (mixed, NPY, 406),
    "rows of several lengths": (records, NPY, 406),
}


@pytest.mark.parametrize(("function", "accept", "status"), REFUSED.values(), ids=REFUSED)
def test_predict__accept_what_there_is_not__is_refused(function: Callable[[], Any], accept: str, status: int) -> None:
    """Who wants nothing that there is gets words, and no other kind in its place."""
    headers = {"content-type": JSON, "accept": accept}
    found, received, body = ask(serving(function), "POST", "/predict", b"{}", headers)
    assert (found, received["content-type"]) == (status, "application/problem+json")
    assert json.loads(body)["detail"]


WITHOUT = {
    "nothing else is wanted": ("application/vnd.apache.arrow.stream", 406, ""),
    "JSON will do": ("application/vnd.apache.arrow.stream, application/json;q=0.5", 200, JSON),
    "CSV will do": ("application/x-parquet, text/csv;q=0.5, */*;q=0.1", 200, CSV),
}


@pytest.mark.parametrize(("accept", "status", "kind"), WITHOUT.values(), ids=WITHOUT.keys())
def test_predict__accept_what_the_image_has_no_library_for__next_choice_or_406(
    monkeypatch: pytest.MonkeyPatch, accept: str, status: int, kind: str
) -> None:
    """What cannot be written is not chosen, and not told as something that there is."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    headers = {"content-type": JSON, "accept": accept}
    found, received, body = ask(serving(numbers), "POST", "/predict", b'{"rows": [[1]]}', headers)
    assert found == status
    if status == 200:
        assert received["content-type"] == kind
    else:
        assert "arrow" not in json.loads(body)["detail"].partition(", and none of")[0]


def test_predict__unknown_kind_without_pyarrow__is_told_what_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of what is taken has nothing that would be refused for want of a library."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _, body = ask(serving(numbers), "POST", "/predict", b"x", {"content-type": "text/plain"})
    detail = json.loads(body)["detail"]
    assert (status, "arrow" in detail, "parquet" in detail, "x-npy" in detail) == (415, False, False, True)


def test_predict__npy_header_is_code__is_told_no_address() -> None:
    """A refusal has nothing of the process's memory in it."""
    header = b"__import__('os')"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    status, _, body = ask(serving(numbers), "POST", "/predict", content, {"content-type": NPY})
    assert (status, b" 0x" in body) == (400, False)
