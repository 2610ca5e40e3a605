"""Bodies of each kind reach the function as JSON would; what does not fit is refused with its place."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image
from runtime_asking import ask, serving
from served import choices, count, form, gaps, grid, npy, numbers, png, scalars, turn, words

CSV, LINES, NPY, NPZ = "text/csv", "application/jsonlines", "application/x-npy", "application/x-npz"
FORM = "multipart/form-data; boundary=b"


class Case(NamedTuple):
    """A body and the answer, as JSON."""

    function: Callable[..., Any]
    kind: str
    body: bytes
    answer: Any
    target: str = "/predict"


def _npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _sum(a: float, b: int, name: str = "x", *, good: bool = False) -> dict[str, Any]:
    return {"sum": a + b, "name": name, "good": good}


TAKEN = {
    "csv with header": Case(scalars, CSV, b"b,a\n2,1.5\n4,3\n", [_sum(1.5, 2), _sum(3, 4)]),
    "csv without header": Case(
        scalars, CSV, b"1.5,2,z,true\n3,4,y,False\n", [_sum(1.5, 2, "z", good=True), _sum(3, 4, "y")]
    ),
    "csv in quotes": Case(scalars, CSV, b'a,b,name\r\n1,2,"x, ""y""\nz"\r\n', [_sum(1, 2, 'x, "y"\nz')]),
    "csv with a byte order mark": Case(scalars, CSV, b"\xef\xbb\xbfa,b\n1,2\n", [_sum(1, 2)]),
    "csv in unicode": Case(scalars, CSV, "a,b,name\n1,2,Zürich 東京\n".encode(), [_sum(1, 2, "Zürich 東京")]),
    "csv that says its charset": Case(scalars, f"{CSV}; charset=UTF-8", b"a,b\n1,2\n", [_sum(1, 2)]),
    "csv whose text is a number": Case(scalars, CSV, b"a,b,name\n1,2,007\n", [_sum(1, 2, "007")]),
    "csv with blank lines": Case(scalars, CSV, b"a,b\n\n1,2\n\n", [_sum(1, 2)]),
    "csv with empty text": Case(scalars, CSV, b"a,b,name\n1,2,\n", [_sum(1, 2, "")]),
    "csv with a header alone": Case(scalars, CSV, b"a,b\n", []),
    "csv with words as a header": Case(numbers, CSV, b"x,y\n1,2\n3,4\n", [3.0, 7.0]),
    "csv with counted columns": Case(numbers, CSV, b"0,1,2\n1,2,3\n", [6.0]),
    "csv with two counted columns": Case(numbers, CSV, b"0,1\n1,2\n", [1.0, 3.0]),
    "csv that says it has a header": Case(numbers, f"{CSV}; header=present", b"0,1\n1,2\n", [3.0]),
    "csv that says it has none": Case(words, f"{CSV}; header=absent", b"texts\nab\n", [5, 2]),
    "csv with the parameter's name": Case(words, CSV, b"texts\nab\n", [2]),
    "csv of texts": Case(words, CSV, b"abc\nde\n", [3, 2]),
    "csv with missing numbers": Case(gaps, CSV, b"1,,nan\nNA,2,\n", [2, 2]),
    "csv with missing text": Case(choices, CSV, b"size,colour\nS,\nM,red\n", ["S None", "M red"]),
    "csv in science": Case(numbers, CSV, b"1e3,-2.5E-1\n+.5,1.\n", [999.75, 1.5]),
    "tabs": Case(numbers, "text/tab-separated-values", b"1\t2\n", [3.0]),
    "lines of objects": Case(
        scalars, LINES, b'{"a": 1, "b": 2}\n\n{"a": 3, "b": 4, "name": "y"}', [_sum(1, 2), _sum(3, 4, "y")]
    ),
    "lines of arrays": Case(numbers, "application/x-ndjson", b"[1, 2]\r\n[3, 4]\r\n", [3.0, 7.0]),
    "lines of texts": Case(words, LINES, b'"abc"\n"de"\n', [3, 2]),
    "npy": Case(numbers, NPY, npy([[1.0, 2.0], [3.0, 4.0]]), [3.0, 7.0]),
    "npy of small floats": Case(numbers, NPY, npy([[0.5, 2.0]], dtype="float16"), [2.5]),
    "npy in the other order": Case(numbers, NPY, npy(np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])), [3.0, 7.0]),
    "npy the other end first": Case(numbers, NPY, npy([[1.0, 2.0]], dtype=">f8"), [3.0]),
    "npy of texts": Case(words, NPY, npy(["abc", "de"]), [3, 2]),
    "npy with what is no number": Case(gaps, NPY, npy([[1.0, np.nan]]), [1]),
    "npz by parameter": Case(grid, NPZ, _npz(image=np.zeros((2, 3))), [2, 3]),
    "npz by column": Case(
        scalars, NPZ, _npz(a=np.array([1.0]), b=np.array([2]), name=np.array(["z"])), [_sum(1, 2, "z")]
    ),
    "an image": Case(lambda picture, times=1: None, "x", b"", None),
    "form": Case(
        count,
        FORM,
        form({"document": ('; filename="a.bin"', b"\0\r\n--\xff"), "title": ("", b"07"), "weights": ("", b"[1, 2.5]")}),
        {"bytes": 6, "title": "07", "weights": [1.0, 2.5]},
    ),
    "form with a name twice": Case(
        count,
        FORM,
        form({"document": ("", b"x"), "title": ("", b"t"), "weights": ("", b"1")}).replace(
            b"--b--", b'--b\r\ncontent-disposition: form-data; name="weights"\r\n\r\n2\r\n--b--'
        ),
        {"bytes": 1, "title": "t", "weights": [1.0, 2.0]},
    ),
    "form with a table in it": Case(
        numbers, FORM, form({"rows": ("\r\nContent-Type: text/csv", b"1,2\n3,4\n")}), [3.0, 7.0]
    ),
    "form with JSON in it": Case(
        count,
        FORM,
        form({"document": ("", b""), "title": ("\r\nContent-Type: application/json", b'"t"'), "weights": ("", b"[]")}),
        {"bytes": 0, "title": "t", "weights": []},
    ),
}
del TAKEN["an image"]


@pytest.mark.parametrize("case", TAKEN.values(), ids=TAKEN)
def test_predict__body_of_another_kind__is_taken(case: Case) -> None:
    """The function gets what the same values in JSON would give it."""
    status, headers, body = ask(serving(case.function), "POST", case.target, case.body, {"content-type": case.kind})
    assert (status, headers["content-type"], json.loads(body)) == (200, "application/json", case.answer)


def test_predict__image_alone__is_taken() -> None:
    """A file needs no form around it; what else there is to say is in the query."""
    target = "/predict?times=2"
    headers = {"content-type": "image/png", "accept": "image/png"}
    status, received, body = ask(serving(turn), "POST", target, png(), headers)
    assert (status, received["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(body)).size == (3, 2)


class Bad(NamedTuple):
    """A body, the status, and words of the answer."""

    function: Callable[..., Any]
    kind: str
    body: bytes
    status: int
    words: str


TWO = b"a,b\n1,2\n"
BAD = {
    "csv in latin-1": Bad(scalars, CSV, "a,b,name\n1,2,Zürich\n".encode("latin-1"), 400, "not UTF-8 at byte 14"),
    "csv that says latin-1": Bad(scalars, f"{CSV}; charset=iso-8859-1", TWO, 415, "in UTF-8, not in iso-8859-1"),
    "csv in UTF-16": Bad(scalars, CSV, "a,b\n1,2\n".encode("utf-16"), 400, "not UTF-8"),
    "empty csv": Bad(scalars, CSV, b" \n", 400, "the body is empty"),
    "csv with an open quote": Bad(scalars, CSV, b'a,b\n1,"2\n', 400, "no CSV"),
    "csv with NUL": Bad(scalars, CSV, b"a,b\n1,\0\n", 400, "no CSV"),
    "csv with a short row": Bad(scalars, CSV, b"a,b\n1,2\n3\n", 422, '"[1]","expected":"row of 2","got":"row of 1"'),
    "csv with a long row": Bad(numbers, CSV, b"1,2\n1,2,3\n", 422, '"[1]","expected":"row of 2","got":"row of 3"'),
    "csv with an unknown column": Bad(scalars, CSV, b"a,b,z\n1,2,3\n", 422, '"[0].z"'),
    "csv without a column": Bad(scalars, CSV, b"a\n1\n", 422, '"[0].b","expected":"integer","got":"nothing"'),
    "csv with a column twice": Bad(scalars, CSV, b"a,b,a\n1,2,3\n", 422, "different names"),
    "csv with a word": Bad(scalars, CSV, b"a,b\n1,x\n", 422, '"[0].b","expected":"integer"'),
    "csv with half a number": Bad(scalars, CSV, b"a,b\n1,1.5\n", 422, '"[0].b","expected":"integer"'),
    "csv with digits of others": Bad(scalars, CSV, "a,b\n\u0661,2\n".encode(), 422, '"[0].a"'),
    "csv with Python's digits": Bad(scalars, CSV, b"a,b\n1_000,2\n", 422, '"[0].a"'),
    "csv with infinity": Bad(numbers, CSV, b"1,2\n1,inf\n", 422, '"[1][1]","expected":"number"'),
    "csv with a huge number": Bad(numbers, CSV, b"1,1e999\n", 422, '"[0][1]"'),
    "csv with a huge integer": Bad(scalars, CSV, b"a,b\n1," + b"9" * 5000 + b"\n", 422, '"[0].b"'),
    "csv with nothing for a number": Bad(numbers, CSV, b"1,2\n1,\n", 422, '"[1][1]","expected":"number","got":"null"'),
    "csv with no choice of ours": Bad(choices, CSV, b"size\nXL\n", 422, '"[0].size"'),
    "too many rows": Bad(numbers, CSV, b"1\n" * 1_000_001, 413, "too many"),
    "lines cut short": Bad(scalars, LINES, b'{"a": 1, "b": 2}\n{"a": 1', 400, "line 2 is not JSON"),
    "lines with NaN": Bad(scalars, LINES, b'{"a": NaN, "b": 2}', 400, "line 1"),
    "deep lines": Bad(scalars, LINES, b"[" * 5000, 400, "line 1"),
    "lines with another type": Bad(numbers, LINES, b'[1]\n"x"', 422, '"[1]"'),
    "npy cut short": Bad(numbers, NPY, npy([[1.0, 2.0]])[:-3], 400, "no npy"),
    "npy with more": Bad(numbers, NPY, npy([[1.0, 2.0]]) + b"x", 400, "no npy"),
    "no npy": Bad(numbers, NPY, b"[[1, 2]]", 400, "no npy"),
    "npy of objects": Bad(numbers, NPY, npy([[{}]], dtype=object), 400, "no kind of number"),
    "npy of pairs": Bad(numbers, NPY, npy([(1.0, 2)], dtype=[("a", "f8"), ("b", "i4")]), 400, "no kind of number"),
    "npy of complex": Bad(numbers, NPY, npy([[1j]]), 400, "no kind of number"),
    "npy without dimensions": Bad(numbers, NPY, npy(1.0), 422, "array"),
    "npy with infinity": Bad(numbers, NPY, npy([[1.0, np.inf]]), 422, '"[0][1]","expected":"finite number"'),
    "npy with no number": Bad(numbers, NPY, npy([[1.0, np.nan]]), 422, '"[0][1]","expected":"number","got":"null"'),
    "npy with no characters": Bad(words, NPY, npy(["ab"])[:-4] + b"\xff\xff\xff\x7f", 400, "no npy"),
    "npy that says it is huge": Bad(numbers, NPY, npy([[1.0]]).replace(b"(1, 1)", b"(9**9,)"), 400, "no npy"),
    "npy of many empty rows": Bad(numbers, NPY, npy(np.zeros((2_000_000, 0))), 413, "too many"),
    "no npz": Bad(grid, NPZ, b"PK\x03\x04", 400, "no npz"),
    "npz with unknown names": Bad(scalars, NPZ, _npz(z=np.array([1.0])), 422, '".z[0]"'),
    "npz that unpacks too large": Bad(grid, NPZ, _npz(image=np.zeros((1000, 3000))), 413, "too much"),
    "form without boundary": Bad(numbers, "multipart/form-data", form({}), 400, "boundary"),
    "form cut short": Bad(numbers, FORM, form({"rows": ("", b"1")})[:-4], 400, "does not end"),
    "form without names": Bad(numbers, FORM, b"--b\r\n\r\nx\r\n--b--", 400, "no name"),
    "form of many parts": Bad(numbers, FORM, b"\r\n--b" * 2000, 413, "parts"),
    "form with an unknown part": Bad(numbers, FORM, form({"z": ("", b"1")}), 422, '"z"'),
    "form with text in latin-1": Bad(
        count, FORM, form({"title": ("", b"\xfc")}), 422, '"title","expected":"text in UTF-8"'
    ),
    "no image": Bad(turn, "image/png", b"\x89PNG no", 422, '"picture"'),
    "image cut short": Bad(turn, "image/png", png()[:50], 422, '"picture"'),
    "image for numbers": Bad(numbers, "image/png", png(), 415, "send content-type: application/json, text/csv"),
    "form of a web page": Bad(numbers, "application/x-www-form-urlencoded", b"rows=1", 415, "send content-type"),
    "text": Bad(numbers, "text/plain", b"[[1]]", 415, "send content-type"),
    "no type": Bad(numbers, "", b"1,2", 415, "send content-type"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_predict__bad_body__says_what_is_wrong(case: Bad) -> None:
    """The client's mistake is named with its place, and is never an error of ours."""
    status, headers, body = ask(serving(case.function), "POST", "/predict", case.body, {"content-type": case.kind})
    assert (status, headers["content-type"]) == (case.status, "application/problem+json")
    assert case.words in body.decode().replace('\\"', "'")


def test_predict__ten_thousand_rows_of_csv__are_all_answered() -> None:
    """Many rows are one request."""
    body = b"".join(f"{place},0.5\n".encode() for place in range(10_000))
    status, _, answer = ask(serving(numbers), "POST", "/predict", body, {"content-type": CSV})
    assert (status, json.loads(answer)) == (200, [place + 0.5 for place in range(10_000)])


WIDE = ",".join(f"c{place}" for place in range(100_000)).encode()
COSTLY = {
    "many columns": (CSV, WIDE + b"\n" + b"1," * 99_999 + b"1\n", 422),
    "a type of open quotes": ("text/csv" + ';x="' * 15_000, b"1,2\n", 200),
    "parts of open quotes": (FORM, form({f"{place}": ('; name="' * 900, b"") for place in range(900)}), 422),
}


@pytest.mark.parametrize(("kind", "body", "status"), COSTLY.values(), ids=COSTLY)
def test_predict__body_made_to_cost__costs_what_it_is_long(kind: str, body: bytes, status: int) -> None:
    """What is twice as long takes twice and not four times as long: these would take minutes."""
    assert (
        ask(serving(scalars if status == 422 else numbers), "POST", "/predict", body, {"content-type": kind})[0]
        == status
    )


FOREIGN = {
    "another page": ({"origin": "https://evil.example", "host": "ours:8080"}, 403),
    "no page of ours": ({"origin": "null", "host": "ours:8080"}, 403),
    "a browser that says so": ({"sec-fetch-site": "cross-site", "host": "ours:8080"}, 403),
    "our own page": ({"origin": "http://ours:8080", "host": "ours:8080"}, 200),
    "our own page behind a proxy": ({"origin": "https://o", "host": "i:1", "x-forwarded-host": "o"}, 200),
    "no page": ({"host": "ours:8080"}, 200),
}


@pytest.mark.parametrize(("headers", "status"), FOREIGN.values(), ids=FOREIGN)
def test_predict__form_of_a_page__only_of_our_own(headers: dict[str, str], status: int) -> None:
    """A browser sends forms anywhere without asking first."""
    body = form({"rows": ("", b"[[1]]")})
    assert ask(serving(numbers), "POST", "/predict", body, {"content-type": FORM, **headers})[0] == status


RAW = b'{"rows": [[1, 2]]}'
CODED = {
    "gzip": ("gzip", gzip.compress(RAW), 200),
    "its old name": ("X-GZIP", gzip.compress(RAW), 200),
    "two members": ("gzip", gzip.compress(RAW[:5]) + gzip.compress(RAW[5:]), 200),
    "deflate": ("deflate", zlib.compress(RAW), 200),
    "deflate without a frame": ("deflate", zlib.compress(RAW)[2:-4], 200),
    "nothing": ("identity", RAW, 200),
    "cut short": ("gzip", gzip.compress(RAW)[:-9], 400),
    "with more behind": ("gzip", gzip.compress(RAW) + b"x", 400),
    "many members": ("gzip", gzip.compress(b"") * 200, 400),
    "no gzip": ("gzip", RAW, 400),
    "a bomb": ("gzip", gzip.compress(bytes(20_000_000)), 413),
    "a bomb in two": ("gzip", gzip.compress(bytes(9_000_000)) * 2, 413),
    "zstd": ("zstd", RAW, 415),
    "two codings": ("gzip, gzip", RAW, 415),
}


@pytest.mark.parametrize(("coding", "body", "status"), CODED.values(), ids=CODED)
def test_predict__compressed_body__limited_by_what_comes_out(coding: str, body: bytes, status: int) -> None:
    """What is small on the wire may not become large here."""
    headers = {"content-type": "application/json", "content-encoding": coding}
    assert ask(serving(numbers), "POST", "/predict", body, headers)[0] == status
