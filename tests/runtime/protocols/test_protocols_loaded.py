"""Functions without hints, loaded as in an image: what a row is comes from the notebook's example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runtime_asking import answering, ask

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.loading import load

JSON = {"content-type": "application/json"}
SOURCE = "def predict(rows):\n    return [sum(row) / sum(map(sum, rows)) for row in rows]\n"
EXAMPLE = {"request": {"rows": [[1.0, 3.0], [2.0, 2.0]]}, "response": [0.5, 0.5]}


@pytest.fixture
def app(tmp_path: Path) -> App:
    """A function of a whole table, of which only the example says so."""
    (tmp_path / "serving.py").write_text(SOURCE)
    card: dict[str, Any] = {"endpoints": [{"symbol": "predict", "example": EXAMPLE}], "objects": []}
    card |= {"notebook": "shares.ipynb", "python": "", "versions": {}}
    (tmp_path / "model.json").write_text(json.dumps(card))
    return answering(load(tmp_path).endpoints)


BODIES = {
    "MLflow's instances": ("/invocations", {"instances": [[1.0, 1.0], [1.0, 5.0]]}),
    "KServe's instances": ("/v1/models/shares:predict", {"instances": [[1.0, 1.0], [1.0, 5.0]]}),
}


@pytest.mark.parametrize(("route", "body"), BODIES.values(), ids=BODIES.keys())
def test_predict__function_without_hints__gets_the_whole_table(app: App, route: str, body: dict[str, Any]) -> None:
    """One call for all rows, as the notebook made it."""
    status, _, answer = ask(app, "POST", route, json.dumps(body).encode(), JSON)
    assert (status, json.loads(answer)) == (200, {"predictions": [0.25, 0.75]})


def test_metadata__function_without_hints__has_what_the_example_tells(app: App) -> None:
    """Clients that ask for the model's tensors are told of both sides."""
    told = json.loads(ask(app, "GET", "/v2/models/shares")[2])
    assert told["inputs"] == [{"name": "rows", "datatype": "FP64", "shape": [-1, -1]}]
    assert told["outputs"] == [{"name": "predictions", "datatype": "FP64", "shape": [-1]}]
