"""KServe's own clients ask a served model over REST and gRPC. Arguments: the two ports. Prints nothing but errors."""

from __future__ import annotations

import asyncio
import sys

import numpy as np
import pandas as pd
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import InferResponse

ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 2.0]])


def request(model: str, *, binary: bool) -> InferRequest:
    """Return the rows as a request."""
    rows = InferInput("rows", list(ROWS.shape), "FP64")
    rows.set_data_from_numpy(ROWS, binary_data=binary)
    return InferRequest(model, [rows], request_id="7")


def check(response: InferResponse) -> None:
    """Look whether a response is the right one."""
    assert response.id == "7", response.id
    outputs = {output.name: output.as_numpy() for output in response.outputs}
    texts = [value.decode() if isinstance(value, bytes) else value for value in outputs["predictions"].tolist()]
    assert texts == ["setosa", "virginica"], texts
    assert outputs["probabilities"].argmax(axis=1).tolist() == [0, 2], outputs


async def rest(port: str) -> None:
    """Ask both protocols over REST."""
    base = f"http://127.0.0.1:{port}"
    one = InferenceRESTClient(RESTConfig(protocol="v1"))
    answer = await one.infer(base, {"instances": ROWS.tolist()}, model_name="flowers")
    assert answer["predictions"] == ["setosa", "virginica"], answer
    assert await one.is_model_ready(base, "flowers")
    two = InferenceRESTClient(RESTConfig(protocol="v2"))
    assert await two.is_server_live(base)
    assert await two.is_server_ready(base)
    assert await two.is_model_ready(base, "flowers")
    for binary in (True, False):
        check(await two.infer(base, request("flowers", binary=binary), model_name="flowers"))
    people = InferRequest(
        "describe",
        [
            InferInput("age", [2], "INT64", data=[3, 4]),
            InferInput("town", [2], "BYTES", data=["Ulm", "Bonn"]),
        ],
    )
    answer = await two.infer(base, people, model_name="describe")
    assert isinstance(answer.outputs[0].as_numpy(), np.ndarray)
    assert pd.Series(answer.outputs[0].data).tolist() == ["Ulm 3.0", "Bonn 4.0"], answer.outputs[0].data
    await one.close()
    await two.close()


async def grpc(port: str) -> None:
    """Ask over gRPC."""
    client = InferenceGRPCClient(url=f"127.0.0.1:{port}")
    assert await client.is_server_live()
    assert await client.is_server_ready()
    assert await client.is_model_ready("flowers")
    check(await client.infer(request("flowers", binary=True)))
    check(await client.infer(request("flowers", binary=False)))
    await client.close()


async def main() -> None:
    """Ask over both."""
    await rest(sys.argv[1])
    await grpc(sys.argv[2])


asyncio.run(main())
