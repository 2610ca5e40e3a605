"""Vertex AI: the routes that it names at start, instances and parameters in, predictions out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runtime_asking import ask, serving
from runtime_process import started, write_app
from scored import JSON, area, of_frame, post, scaled

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.settings import Settings

# What the platform names where nobody chose another, with a colon in its last part.
OWN = "/v1/endpoints/123/deployedModels/456:predict"
ROUTES = {"its own": OWN, "ours": "/predict", "the usual one": "/predictions"}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_predict_route__instances__are_predicted(route: str) -> None:
    """Wherever it asks, also where the plain protocol is."""
    body = {"instances": [[1, 5], {"length": 8, "width": 1}], "parameters": {"top": 3}}
    assert post(of_frame(predict_route=route), route, body)[::2] == (200, {"predictions": ["small", "large"]})


TAKEN: dict[str, tuple[Any, Any]] = {
    "parameters": ({"instances": [[1, 2]], "parameters": {"by": 2}}, {"predictions": [6.0]}),
    "parameters that are none": ({"instances": [[1, 2]], "parameters": None}, {"predictions": [3.0]}),
    "no instances": ({"instances": []}, {"predictions": []}),
    "raw, as the plain protocol": ({"rows": [[1, 2]], "by": 3}, [9.0]),
}


@pytest.mark.parametrize(("body", "answer"), TAKEN.values(), ids=TAKEN)
def test_predict_route__parameters_or_raw__are_taken(body: Any, answer: Any) -> None:
    """Parameters beside the instances are the function's; a raw prediction is anything."""
    assert post(serving(scaled, predict_route="/predict"), "/predict", body)[::2] == (200, answer)


def test_predict_route__bad_instances__is_an_error_of_the_platform() -> None:
    """The platform shows its caller the member error."""
    status, _, answer = post(serving(area, predict_route=OWN), OWN, {"instances": [{"length": 1}]})
    assert (status, answer["error"]) == (422, answer["detail"])
    assert answer["problems"] == [{"field": "instances[0].width", "expected": "number", "got": "nothing"}]


@pytest.mark.parametrize("route", ["/v1/endpoints/123/deployedModels/456", "/ping", "/"])
def test_health_route__before_and_after_loading__is_told(route: str) -> None:
    """No request comes before it is 200."""
    assert ask(App(Settings(health_route=route)), "GET", route)[0] == 503
    assert ask(of_frame(health_route=route), "GET", route)[0] == 200


def test_process__environment_of_the_platform__is_followed(tmp_path: Path) -> None:
    """Port and routes are read at start; a place for files is nothing to us."""
    app = write_app(tmp_path / "app", "def predict(x: float) -> float:\n    return 2 * x\n")
    environment = {
        "PORT": "1",
        "AIP_HTTP_PORT": "0",
        "AIP_HEALTH_ROUTE": "/vertex/health",
        "AIP_PREDICT_ROUTE": "/vertex/predict",
        "AIP_STORAGE_URI": "gs://nowhere/models",
    }
    with started(app, environment) as running:
        assert running.ask("GET", "/vertex/health")[0] == 200
        headers = {**JSON, "x-request-id": "vertex-1"}
        status, received, answer = running.ask("POST", "/vertex/predict", b'{"instances": [1, [2], {"x": 3}]}', headers)
        assert (status, answer, received["x-request-id"]) == (200, {"predictions": [2.0, 4.0, 6.0]}, "vertex-1")
