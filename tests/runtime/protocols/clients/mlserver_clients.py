"""MLServer's own types and codecs, over REST and gRPC. Arguments: the two ports. Prints nothing but errors."""

from __future__ import annotations

import json
import sys
import urllib.request

import grpc
import numpy as np
import pandas as pd
from mlserver.codecs import NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
from mlserver.grpc.converters import ModelInferRequestConverter, ModelInferResponseConverter
from mlserver.grpc.dataplane_pb2 import ModelMetadataRequest
from mlserver.grpc.dataplane_pb2_grpc import GRPCInferenceServiceStub
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse

ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 2.0]])
FOUR = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
BASE = f"http://127.0.0.1:{sys.argv[1]}/v2/models"


def asked(path: str, content: bytes | None = None) -> bytes:
    """Return the body of an answer."""
    sent = urllib.request.Request(f"{BASE}/{path}", content, {"content-type": "application/json"})
    with urllib.request.urlopen(sent) as response:
        return response.read()


def infer(model: str, request: InferenceRequest) -> InferenceResponse:
    """Return an answer over REST, as MLServer reads it."""
    return InferenceResponse.model_validate_json(asked(f"{model}/infer", request.model_dump_json().encode()))


def check(response: InferenceResponse) -> None:
    """Look whether a response is the right one."""
    outputs = {output.name: output for output in response.outputs}
    assert StringCodec.decode_output(outputs["predictions"]) == ["setosa", "virginica"], outputs
    assert NumpyCodec.decode_output(outputs["probabilities"]).argmax(axis=1).tolist() == [0, 2], outputs


def main() -> None:
    """Ask over both."""
    metadata = MetadataModelResponse.model_validate_json(asked("flowers"))
    assert [(item.name, item.datatype, item.shape) for item in metadata.inputs or []] == [("rows", "FP64", [-1, 4])]
    requests = [
        NumpyRequestCodec.encode_request(ROWS),
        PandasCodec.encode_request(pd.DataFrame(ROWS, columns=FOUR)),
        PandasCodec.encode_request(pd.DataFrame(ROWS.astype("float32"), columns=FOUR)),
    ]
    with grpc.insecure_channel(f"127.0.0.1:{sys.argv[2]}") as channel:
        stub = GRPCInferenceServiceStub(channel)
        assert stub.ModelMetadata(ModelMetadataRequest(name="flowers")).platform == metadata.platform
        for request in requests:
            check(infer("flowers", request))
            # In this order: the converter takes the data out of the request when it makes them raw.
            for raw in (False, True):
                sent = ModelInferRequestConverter.from_types(request, model_name="flowers", use_raw=raw)
                check(ModelInferResponseConverter.to_types(stub.ModelInfer(sent)))
    # Texts as objects: its codec knows no other kind.
    people = pd.DataFrame({"age": [3.0, 4.0], "town": pd.Series(["Ulm", "Bonn"], dtype=object), "tall": [True, False]})
    answer = infer("describe", PandasCodec.encode_request(people, use_bytes=False))
    assert json.loads(answer.model_dump_json())["outputs"][0]["data"] == ["Ulm 3.0", "Bonn 4.0"]
    assert PandasCodec.decode_response(answer)["tall"].tolist() == [True, False]


main()
