"""MLflow's own client and server against a running server of ours: run in an environment that has MLflow.

    python mlflow_asking.py PORT

The server at PORT gives twice the length and the width of each row. Every body goes to MLflow's own scoring server,
too; what differs is written to standard output, one line for each.
"""

from __future__ import annotations

import io
import json
import sys

import mlflow.pyfunc
import numpy as np
import pandas as pd
import requests
from mlflow.pyfunc import scoring_server
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

FRAME = pd.DataFrame({"length": [1.0, 2.5, -3.0], "width": [0.5, 4.0, 1.0]})
EXPECTED = [2.5, 9.0, -5.0]


class Reference(mlflow.pyfunc.PythonModel):
    """The same model, as MLflow serves it."""

    def predict(self, context, model_input, params=None):
        """Give twice the length and the width."""
        frame = pd.DataFrame(model_input)
        return (frame["length"] * 2 + frame["width"]).tolist()


def parquet() -> bytes:
    """Return the frame as Parquet."""
    file = io.BytesIO()
    FRAME.to_parquet(file)
    return file.getvalue()


JSON = "application/json"
BODIES = {
    "split": (JSON, json.dumps({"dataframe_split": FRAME.to_dict(orient="split")}).encode()),
    "records": (JSON, json.dumps({"dataframe_records": FRAME.to_dict(orient="records")}).encode()),
    "instances": (JSON, json.dumps({"instances": FRAME.to_dict(orient="records")}).encode()),
    "inputs": (JSON, json.dumps({"inputs": FRAME.to_dict(orient="list")}).encode()),
    "params": (JSON, json.dumps({"inputs": FRAME.to_dict(orient="list"), "params": {"top": 1}}).encode()),
    "charset": (f"{JSON}; charset=utf-8", json.dumps({"instances": FRAME.to_dict(orient="records")}).encode()),
    "csv": ("text/csv", FRAME.to_csv(index=False).encode()),
    "parquet": ("application/vnd.apache.parquet", parquet()),
    "no JSON": (JSON, b"{"),
    "split that is none": (JSON, b'{"dataframe_split": 3}'),
    "two formats": (JSON, b'{"instances": [[1, 2]], "inputs": [[1, 2]]}'),
    "charset of others": ("text/csv; charset=latin-1", b"length,width\n1,2\n"),
    "content type of others": ("text/plain", b"1,2"),
    "csv in latin-1": ("text/csv", "längth,width\n1,2\n".encode("latin-1")),
    "no parquet": ("application/vnd.apache.parquet", b"PAR1"),
}


def theirs(model, kind: str, body: bytes) -> tuple[int, object]:
    """Return what MLflow's own server answers: status and predictions."""
    try:
        response = scoring_server.invocations(body, kind, model, None)
    except mlflow.MlflowException as error:
        return error.get_http_status_code(), None
    return response.status, json.loads(response.response)["predictions"] if response.status == 200 else None


def ours(port: str, kind: str, body: bytes) -> tuple[int, object]:
    """Return what we answer: status and predictions; an error must be one that MLflow can read."""
    response = requests.post(f"http://127.0.0.1:{port}/invocations", body, headers={"content-type": kind}, timeout=30)
    answer = response.json()
    if response.status_code == 200:
        return 200, answer["predictions"]
    read = mlflow.exceptions.RestException(answer)
    assert read.message
    # MLflow answers 400 to rows that do not fit, we 422.
    return 400 if response.status_code == 422 else response.status_code, None


def main(port: str) -> int:
    """Compare, and return the exit code."""
    client = ScoringServerClient("127.0.0.1", port)
    client.wait_server_ready(timeout=30)
    client.get_version()
    differing = [
        f"client, {kind}"
        for kind, data in {"frame": FRAME, "array": FRAME.to_numpy()}.items()
        if client.invoke(data).get_predictions(predictions_format="ndarray").tolist() != EXPECTED
    ]
    missing = pd.DataFrame({"length": [1.0, np.nan], "width": [1.0, 1.0]})
    if client.invoke(missing).get("predictions") != [3.0, None]:
        differing.append("client, missing values")
    model = mlflow.pyfunc.PyFuncModel(
        mlflow.models.Model(), mlflow.pyfunc.model._PythonModelPyfuncWrapper(Reference(), None, None)
    )
    for name, (kind, body) in BODIES.items():
        wanted, found = theirs(model, kind, body), ours(port, kind, body)
        if wanted != found:
            differing.append(f"{name}: {wanted} there, {found} here")
    sys.stdout.write("\n".join(differing))
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
