"""The Open Inference Protocol over REST, asked as its text says; clients of others are asked in ``clients``."""

from __future__ import annotations

import json
import struct
from typing import Any

import asked_with_rows as asked
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_asking import answering, ask, serving

from jupyter_containerize.runtime.body import write
from jupyter_containerize.runtime.routes import CELL

JSON = {"content-type": "application/json"}
SHOWN = {"rows": [dict(zip(asked.FOUR, row, strict=True)) for row in asked.ROWS]}
GIVEN = {
    "predictions": ["setosa", "virginica"],
    "probabilities": [{"setosa": 1.0, "versicolor": 0.0, "virginica": 0.0}] * 2,
}
IRIS = answering([asked.endpoint_of(asked.NAMED, SHOWN, response=GIVEN)], model_name="flowers")
PERSON = serving(asked.person)
INFER = "/v2/models/model/infer"


def tensor(name: str, datatype: str, shape: list[int], data: Any) -> dict[str, Any]:
    """Return an input as JSON has it."""
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def infer(app: Any, *inputs: Any, **more: Any) -> tuple[int, Any]:
    """Return status and JSON of an inference."""
    status, _, content = ask(app, "POST", INFER, json.dumps({"inputs": list(inputs), **more}).encode(), JSON)
    return status, json.loads(content)


def outputs(answer: Any) -> dict[str, Any]:
    """Return the data of an answer's outputs by name."""
    return {item["name"]: item["data"] for item in answer["outputs"]}


ROWS = tensor("rows", "FP64", [2, 4], asked.ROWS)
COLUMNS = [tensor(name, "FP32", [2, 1], [row[place] for row in asked.ROWS]) for place, name in enumerate(asked.FOUR)]
ASKED: dict[str, tuple[Any, list[Any], dict[str, Any]]] = {
    "rows": (IRIS, [ROWS], {"predictions": ["setosa", "virginica"]}),
    "rows, flat": (
        IRIS,
        [tensor("any", "FP64", [2, 4], [value for row in asked.ROWS for value in row])],
        {"predictions": ["setosa", "virginica"]},
    ),
    "columns": (IRIS, COLUMNS, {"predictions": ["setosa", "virginica"]}),
    "by name": (
        PERSON,
        [tensor("town", "BYTES", [2], ["Ulm", "Bonn"]), tensor("age", "INT8", [2, 1], [[3], [4]])],
        {"text": ["Ulm 3", "Bonn 4"], "tall": [False, False]},
    ),
    "one row each": (
        serving(asked.features),
        [tensor("features", "FP64", [2, 2], [1, 2, 3, 4])],
        {"predictions": [3, 7]},
    ),
    "one number each": (serving(asked.half), [tensor("x", "FP64", [2, 1], [1, 2])], {"predictions": [0.5, 1]}),
    "texts": (serving(asked.words), [tensor("texts", "BYTES", [2], ["a", "bc"])], {"predictions": [1, 2]}),
    "records": (serving(asked.flat), [tensor("size", "FP64", [1], [3])], {"predictions": ["Ulm: 3"]}),
    "table of records and an option": (
        serving(asked.flats),
        [tensor("size", "FP64", [2], [3, 4]), tensor("currency", "BYTES", [1], ["CHF"])],
        {"predictions": ["3 CHF", "4 CHF"]},
    ),
    "frame": (
        serving(asked.frame),
        [tensor("a", "FP64", [2, 1], [3, 4]), tensor("b", "FP64", [2], [5, 6])],
        {"predictions": [8, 10]},
    ),
    "frame of one column": (serving(asked.frame), [tensor("a", "FP64", [2, 1], [3, 4])], {"predictions": [3, 4]}),
    "any name": (serving(asked.anything), [tensor("a", "FP64", [2, 1], [3, 4])], {"a": [3, 4]}),
    "each kind": (
        serving(asked.kinds),
        [
            tensor("a", "INT64", [1], [1]),
            tensor("b", "FP64", [1], [None]),
            tensor("c", "BYTES", [1], ["x"]),
            tensor("d", "BYTES", [1], ['{"e": 1}']),
        ],
        {"predictions": ["1 None x ['e']"]},
    ),
}


@pytest.mark.parametrize(("app", "inputs", "expected"), ASKED.values(), ids=ASKED)
def test_infer__tensors__are_rows_or_columns(app: Any, inputs: list[Any], expected: dict[str, Any]) -> None:
    """Both ways of holding a table in tensors are understood, whatever the function takes."""
    status, answer = infer(app, *inputs)
    assert status == 200, answer
    found = outputs(answer)
    assert {name: found[name] for name in expected} == expected


def test_infer__outputs_asked_for__are_all_there_is() -> None:
    """The id comes back, and nothing that was not asked for."""
    status, answer = infer(IRIS, ROWS, id="7", outputs=[{"name": "predictions"}])
    assert (status, answer["id"], answer["model_name"], answer["model_version"]) == (200, "7", "model", "1")
    assert answer["outputs"] == [
        {"name": "predictions", "datatype": "BYTES", "shape": [2], "data": ["setosa", "virginica"]}
    ]


def test_infer__option_among_parameters__reaches_the_function() -> None:
    """A request's parameter of the name of one of the function's is that."""
    _, answer = infer(
        serving(asked.flats), tensor("size", "FP64", [1], [3]), parameters={"currency": "CHF", "other": 1}
    )
    assert outputs(answer) == {"predictions": ["3 CHF"]}


def test_infer__binary__comes_and_goes_as_bytes() -> None:
    """Tensors lie behind the JSON in their order, and each output is in the form that was asked for."""
    content = np.array(asked.ROWS, dtype="<f4").tobytes()
    head = json.dumps(
        {
            "inputs": [
                {"name": "rows", "datatype": "FP32", "shape": [2, 4], "parameters": {"binary_data_size": len(content)}}
            ],
            "outputs": [{"name": "predictions", "parameters": {"binary_data": False}}, {"name": "probabilities"}],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    # Of any type: a page elsewhere cannot send the header unasked.
    sent = {"inference-header-content-length": str(len(head)), "content-type": "application/octet-stream"}
    status, headers, answered = ask(IRIS, "POST", INFER, head + content, sent)
    end = int(headers["inference-header-content-length"])
    first, second = json.loads(answered[:end])["outputs"]
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert first["data"] == ["setosa", "virginica"]
    assert second["parameters"] == {"columns": ["setosa", "versicolor", "virginica"], "binary_data_size": 48}
    likely = np.frombuffer(answered[end:], dtype="<f8").reshape(second["shape"])
    assert likely.argmax(axis=1).tolist() == [0, 2]


REFUSED: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "no inputs": ([], {}, "inputs: array of tensors, at least one, not array of 0"),
    "input that is none": ([3], {}, "inputs: object, not number 3"),
    "no data": ([{"name": "rows", "datatype": "FP64", "shape": [1, 4]}], {}, "inputs.rows.data: array, not null"),
    "wrong value": (
        [tensor("rows", "BYTES", [1, 4], [["a"] * 4])],
        {},
        'inputs.rows[0][0]: number, not string "a", and 3 more',
    ),
    "too few": ([tensor("rows", "FP64", [1, 2], [1, 2])], {}, "inputs.rows[0]: array of 4, or object, not array of 2"),
    "twice": ([ROWS, ROWS], {}, "inputs: a name of its own for each tensor, not one that is there twice"),
    "other lengths": (
        [COLUMNS[0], tensor(asked.FOUR[1], "FP64", [1], [1])],
        {},
        f"inputs.{asked.FOUR[1]}: array of 2, like the first column, not array of 1",
    ),
    "unknown output": (
        [ROWS],
        {"outputs": [{"name": "x"}]},
        "there is no output x; there is predictions, probabilities",
    ),
    "outputs that are none": ([ROWS], {"outputs": 3}, "outputs: array of outputs, not number 3"),
    "id that is none": ([ROWS], {"id": 3}, "id: string, not number 3"),
    "bytes that are not there": (
        [{"name": "rows", "datatype": "FP64", "shape": [1, 4], "parameters": {"binary_data_size": 32}}],
        {},
        "inputs.rows.parameters.binary_data_size: at most 0 bytes, not number 32",
    ),
}


@pytest.mark.parametrize(("inputs", "more", "words"), REFUSED.values(), ids=REFUSED)
def test_infer__wrong_request__says_what_is_wrong_where_clients_look(
    inputs: list[Any], more: dict[str, Any], words: str
) -> None:
    """The member that the protocol's clients show holds the place and the reason."""
    status, answer = infer(IRIS, *inputs, **more)
    assert (status, answer["error"]) == (422, words)


BODIES: dict[str, tuple[dict[str, str], bytes, int]] = {
    "not json": (JSON, b"{", 400),
    "no object": (JSON, b"[]", 422),
    "another type": ({"content-type": "text/plain"}, b"{}", 415),
    "no type, of a page": ({"origin": "http://elsewhere"}, b"{}", 415),
    "no type": ({}, b"{}", 422),
    "a header longer than the body": ({"inference-header-content-length": "9"}, b"{}", 400),
    "a header that is no number": ({"inference-header-content-length": "-1"}, b"{}", 400),
    "bytes of nobody": ({"inference-header-content-length": "2"}, b"{}1234", 422),
}


@pytest.mark.parametrize(("headers", "content", "status"), BODIES.values(), ids=BODIES)
def test_infer__wrong_body__is_refused(headers: dict[str, str], content: bytes, status: int) -> None:
    """Bodies that are none of the protocol's are the caller's mistake."""
    found, _, answer = ask(IRIS, "POST", INFER, content, headers)
    assert (found, bool(json.loads(answer)["error"])) == (status, True)


PAGES: dict[str, tuple[str, str, int]] = {
    "server": ("GET", "/v2", 200),
    "server, as its schema has it": ("GET", "/v2/", 200),
    "live": ("GET", "/v2/health/live", 200),
    "ready": ("GET", "/v2/health/ready", 200),
    "model": ("GET", "/v2/models/model", 200),
    "model by the platform's name": ("GET", "/v2/models/flowers", 200),
    "version": ("GET", "/v2/models/model/versions/1", 200),
    "model ready": ("GET", "/v2/models/model/ready", 200),
    "version ready": ("GET", "/v2/models/model/versions/1/ready", 200),
    "no such model": ("GET", "/v2/models/rose", 404),
    "no such version": ("GET", "/v2/models/model/versions/2", 404),
    "index": ("POST", "/v2/repository/index", 200),
    "load": ("POST", "/v2/repository/models/model/load", 501),
    "unload": ("POST", "/v2/repository/models/model/unload", 501),
    "infer by GET": ("GET", INFER, 405),
}


@pytest.mark.parametrize(("method", "path", "status"), PAGES.values(), ids=PAGES)
def test_page__asked__is_there(method: str, path: str, status: int) -> None:
    """Every path of the protocol is answered or clearly refused."""
    found, _, content = ask(IRIS, method, path)
    assert found == status
    assert json.loads(content)


def test_metadata__model__says_what_it_takes_and_where_it_is_from() -> None:
    """Names, datatypes and shapes come from schema and example."""
    document = json.loads(ask(IRIS, "GET", "/v2/models/flowers")[2])
    assert document["name"] == "flowers"
    assert document["inputs"] == [
        {"name": "rows", "datatype": "FP64", "shape": [-1, 4], "parameters": {"columns": asked.FOUR}}
    ]
    assert document["outputs"] == [
        {"name": "predictions", "datatype": "BYTES", "shape": [-1]},
        {
            "name": "probabilities",
            "datatype": "FP64",
            "shape": [-1, 3],
            "parameters": {"columns": ["setosa", "versicolor", "virginica"]},
        },
    ]
    assert {"notebook", "digest", "python", "versions", "selftest", "symbol"} == document["parameters"].keys()


def test_metadata__record__has_an_input_for_each_parameter() -> None:
    """A function of named values takes a tensor for each of them."""
    document = json.loads(ask(PERSON, "GET", "/v2/models/model")[2])
    assert [(item["name"], item["datatype"], item["shape"]) for item in document["inputs"]] == [
        ("age", "FP64", [-1]),
        ("town", "BYTES", [-1]),
        ("tall", "BOOL", [-1]),
    ]


def test_models__cell__is_none() -> None:
    """A cell reads requests itself, and has no rows."""
    app = answering([asked.endpoint_of(asked.half), cell_endpoint()])
    assert list(json.loads(ask(app, "GET", "/v1/models")[2])["models"]) == ["model"]


def cell_endpoint() -> Any:
    """Return a cell that Kernel Gateway would serve."""

    def cell(REQUEST: str) -> str:  # noqa: N803  # Kernel Gateway's name
        return REQUEST

    made = asked.endpoint_of(cell)
    return type(made)(**{**vars(made), "kind": CELL, "name": "cell", "route": "/cell"})


_PART = (
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.text(max_size=3)
    | st.floats(allow_nan=False, allow_infinity=False)
)
_DATA = st.recursive(_PART, lambda inner: st.lists(inner, max_size=4), max_leaves=8)
_TENSOR = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["rows", "age", "town", *asked.FOUR]) | _PART,
        "datatype": st.sampled_from(["FP64", "FP32", "INT8", "BYTES", "BOOL", "FP16"]) | _PART,
        "shape": st.lists(st.integers(-1, 4), max_size=3) | _PART,
    },
    optional={
        "data": _DATA,
        "parameters": st.fixed_dictionaries({"binary_data_size": st.integers(-1, 40) | _PART}) | _PART,
    },
)
_REQUEST = st.fixed_dictionaries(
    {"inputs": st.lists(_TENSOR | _PART, max_size=4) | _DATA},
    optional={"id": _PART, "parameters": st.dictionaries(st.text(max_size=3), _PART) | _PART, "outputs": _DATA},
)


APPS = [IRIS, PERSON, *map(serving, (asked.features, asked.flat, asked.flats, asked.words, asked.kinds))]


@settings(deadline=None, max_examples=200)
@given(app=st.sampled_from(APPS), request=_REQUEST, binary=st.binary(max_size=40))
def test_infer__any_request__is_answered_or_refused(app: Any, request: Any, binary: bytes) -> None:
    """Nothing that a client sends looks like a mistake of the server."""
    head = write(request)
    status, _, _ = ask(app, "POST", INFER, head + binary, {"inference-header-content-length": str(len(head)), **JSON})
    assert status in {200, 422}


def test_infer__text_of_any_length__keeps_its_bounds() -> None:
    """An item that says it is longer than all that came is no item."""
    content = struct.pack("<I", 2**31) + b"x"
    head = json.dumps(
        {
            "inputs": [
                {"name": "town", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": len(content)}}
            ]
        }
    ).encode()
    sent = {"inference-header-content-length": str(len(head))}
    assert ask(PERSON, "POST", INFER, head + content, sent)[0] == 422
