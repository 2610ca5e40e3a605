"""KServe's first protocol: instances in, predictions out; or columns by name.

    GET  /v1/models                 {"models": ["iris"]}
    GET  /v1/models/NAME            {"name": "iris", "ready": true}
    POST /v1/models/NAME:predict    {"instances": [[5.1, 3.5], ...]} -> {"predictions": ["setosa", ...]}

What the function gives beside predictions for each row (probabilities) is a further member of the answer.
Source: KServe, "V1 Inference Protocol".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import body
from ..binding import BodyRejected
from ..calling import Work
from ..errors import NotJson, Refused
from ..http.messages import Answer, Request
from ..http.table import Route
from ..loading import Served
from ..predict import check_media
from ..settings import Settings
from .given import Given, columns_at, rows_at
from .interface import Interface, asked_name, models, together, unfit_rows


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the protocol's routes."""
    known = models(served, settings)
    listed = Answer(200, body.write({"models": list(known)}))

    def ready(request: Request) -> Answer:
        return Answer(200, body.write({"name": asked_name(known, request.values["name"]), "ready": True}))

    def predict(request: Request) -> Work:
        return _predict(known[asked_name(known, request.values["name"])], request)

    yield Route("GET", "/v1/models", lambda _request: listed)
    yield Route("GET", "/v1/models/:name", ready)
    yield Route("POST", "/v1/models/:name:predict", predict)


def _predict(interface: Interface, request: Request) -> Work:
    check_media(request)
    try:
        given = _given(body.parse(request.body))
        calls = interface.calls(given)
    except NotJson as error:
        raise Refused(400, f"the body is not JSON: {error.reason}") from None
    except BodyRejected as error:
        raise unfit_rows(error) from None

    def written(results: list[Any]) -> Answer:
        found = interface.outputs(results, len(given.rows))
        return Answer(200, body.write(found if "predictions" in found else {"predictions": together(found)}))

    return Work(interface.endpoint, calls, written)


def _given(content: Any) -> Given:
    if not isinstance(content, dict) or ("instances" in content) == ("inputs" in content):
        raise Refused(422, 'send {"instances": [...]}, or {"inputs": ...} with columns by name')
    if "instances" in content:
        return rows_at("instances", content["instances"])
    columns = content["inputs"]
    # Of a single input only the values may be sent.
    return columns_at("inputs", columns) if isinstance(columns, dict) else rows_at("inputs", columns)
