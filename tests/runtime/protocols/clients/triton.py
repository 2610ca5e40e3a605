"""Triton's own clients ask a served model over REST and gRPC. Arguments: the two ports. Prints nothing but errors."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 2.0]])
FOUR = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
TOWNS = np.array([["Ulm"], ["Bonn"]], dtype=object)
INPUTS: dict[str, tuple[str, list[tuple[str, Any, str]], dict[str, list[Any]]]] = {
    "doubles": ("flowers", [("rows", ROWS, "FP64")], {"predictions": ["setosa", "virginica"]}),
    "floats": ("flowers", [("rows", ROWS.astype("f4"), "FP32")], {"predictions": ["setosa", "virginica"]}),
    "columns": (
        "flowers",
        [(name, ROWS[:, [place]], "FP64") for place, name in enumerate(FOUR)],
        {"predictions": ["setosa", "virginica"]},
    ),
    "texts": ("words", [("texts", np.array(["a", "bcé"], dtype=object), "BYTES")], {"predictions": [1, 3]}),
    "by name": (
        "describe",
        [
            ("town", TOWNS, "BYTES"),
            ("age", np.array([3, 4]), "INT64"),
            ("tall", np.array([True, False]), "BOOL"),
        ],
        {"text": ["Ulm 3.0", "Bonn 4.0"], "tall": [True, False]},
    ),
}
BINARY_ONLY: dict[str, tuple[str, list[tuple[str, Any, str]], dict[str, list[Any]]]] = {
    "bytes": ("size", [("content", np.array([b"\xff\xfe", b"abc"], dtype=object), "BYTES")], {"predictions": [2, 3]}),
    "half floats": ("flowers", [("rows", ROWS.astype("f2"), "FP16")], {"predictions": ["setosa", "virginica"]}),
}
REFUSED: dict[str, tuple[str, Any, str]] = {
    "no such model": ("rose", ROWS, "there is no model rose"),
    "too few features": ("flowers", ROWS[:, :2].copy(), "inputs.rows[0]: array of 4"),
    "nan": ("flowers", ROWS * np.nan, "inputs.rows[0][0]: number, not null"),
    "infinity": ("flowers", ROWS * np.inf, "inputs.rows: finite numbers"),
}


def plain(values: Any) -> list[Any]:
    """Return an array's values, texts as such."""
    return [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]


def infer(module: Any, client: Any, model: str, inputs: list[tuple[str, Any, str]], **how: Any) -> Any:
    """Return what a client gives back for arrays."""
    given = []
    for name, array, datatype in inputs:
        item = module.InferInput(name, list(array.shape), datatype)
        item.set_data_from_numpy(array, **how)
        given.append(item)
    return client.infer(model, given, request_id="7")


def check(module: Any, client: Any, **how: Any) -> None:
    """Ask everything with one client."""
    for name, (model, inputs, expected) in {**INPUTS, **({} if how else BINARY_ONLY)}.items():
        result = infer(module, client, model, inputs, **how)
        found = {output: plain(result.as_numpy(output)) for output in expected}
        assert found == expected, (name, found)
    likely = infer(module, client, "flowers", [("rows", ROWS, "FP64")], **how).as_numpy("probabilities")
    assert likely.shape == (2, 3), likely
    assert likely.argmax(axis=1).tolist() == [0, 2], likely
    for name, (model, array, words) in REFUSED.items():
        said = ""
        try:
            infer(module, client, model, [("rows", array, "FP64")])
        except InferenceServerException as error:
            said = str(error)
        assert words in said, (name, said)


def main() -> None:
    """Ask over both."""
    http = tritonclient.http.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
    grpc = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{sys.argv[2]}")
    for client in (http, grpc):
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("flowers")
        assert client.is_model_ready("iris", "1")
    assert http.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert http.get_model_metadata("flowers")["inputs"][0]["shape"] == [-1, 4]
    assert list(grpc.get_model_metadata("flowers").inputs[0].shape) == [-1, 4]
    assert {model["name"] for model in http.get_model_repository_index()} >= {"flowers", "iris", "describe"}
    check(tritonclient.http, http)
    check(tritonclient.http, http, binary_data=False)
    check(tritonclient.grpc, grpc)
    compressed = [tritonclient.http.InferInput("rows", [2, 4], "FP64")]
    compressed[0].set_data_from_numpy(ROWS)
    result = http.infer("flowers", compressed, request_compression_algorithm="gzip")
    assert plain(result.as_numpy("predictions")) == ["setosa", "virginica"]
    http.close()
    grpc.close()


main()
