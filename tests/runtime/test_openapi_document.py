"""``/openapi.json``: what it says is what is answered."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal, Optional

import jsonschema
import pytest
from runtime_asking import answering, ask, endpoint

from jupyter_containerize.runtime.routes import Endpoint


@dataclass
class Owner:
    """Who owns."""

    name: str
    friend: Optional[Owner] = None  # noqa: UP045  # as notebooks have it


def predict(area: float, city: Literal["Graz", "Linz"], owner: Owner) -> Owner:
    """Give the owner back.

    With more words.
    """
    del area, city
    return owner


def hello(name: str, times: int = 1, tags: Optional[list[str]] = None, owner: Owner | None = None) -> str:  # noqa: UP045
    """Greet."""
    del tags, owner
    return name * times


def post_say(REQUEST: str) -> str:  # noqa: N803  # Kernel Gateway's name
    """Say."""
    return REQUEST


REQUEST = {"area": 1.0, "city": "Graz", "owner": {"name": "Ada"}}


def _endpoints() -> list[Endpoint]:
    first = endpoint(predict, route="/rate")
    example = {"request": REQUEST, "response": {"name": "Ada", "friend": None}}
    return [
        dataclasses.replace(first, description={**first.description, "example": example}),
        endpoint(hello, route="/hello/:name", method="GET"),
        endpoint(hello, route="/hello/:other", method="PUT"),
        endpoint(post_say, "cell", "/say"),
    ]


APP = answering(_endpoints())


def _document() -> dict[str, Any]:
    status, headers, content = ask(APP, "GET", "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    document: dict[str, Any] = json.loads(content)
    return document


def test_document__asked__has_every_route_that_is_answered() -> None:
    """Paths that differ in the names of their parts alone are one, as the specification wants."""
    paths = _document()["paths"]
    assert {"/rate", "/predict", "/hello/{name}", "/say", "/", "/schema", "/openapi.json", "/metrics"} <= {*paths}
    assert {"/v1/models/{name}:predict", "/v2/models/{name}/infer", "/invocations"} <= {*paths}
    assert {*paths["/hello/{name}"]} == {"get", "put"}
    assert "/hello/{other}" not in paths


def test_document__operations__have_names_of_their_own() -> None:
    """Generators of clients call functions by them."""
    found = [item["operationId"] for path in _document()["paths"].values() for item in path.values()]
    assert len(found) == len({*found})
    assert {"post_rate", "post_predict", "get_hello_name"} <= {*found}


def test_document__an_endpoint__says_what_it_takes_and_gives() -> None:
    """Its schemas stand alone, its example fits them."""
    document = _document()
    operation = document["paths"]["/rate"]["post"]
    assert operation["summary"] == "Give the owner back."
    content = operation["requestBody"]["content"]["application/json"]
    assert content["example"] == REQUEST
    _validate(document, content["schema"], REQUEST)
    with pytest.raises(jsonschema.ValidationError):
        _validate(document, content["schema"], {**REQUEST, "city": "Rome"})
    given = operation["responses"]["200"]["content"]["application/json"]
    _validate(document, given["schema"], given["example"])
    assert {"400", "413", "415", "422", "500", "503", "default"} < {*operation["responses"]}


def test_document__references__lead_somewhere() -> None:
    """Named types are components, also those that are of their own kind inside."""
    document = _document()
    found = {*_references(document)}
    assert "#/components/schemas/predict.Owner" in found
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_document__no_body__has_parameters() -> None:
    """A part of the path is one; of the query, what is no single value is JSON."""
    parameters = _document()["paths"]["/hello/{name}"]["get"]["parameters"]
    assert [(item["name"], item["in"], item["required"]) for item in parameters] == [
        ("name", "path", True),
        ("times", "query", False),
        ("tags", "query", False),
        ("owner", "query", False),
    ]
    assert parameters[2]["schema"] == {"type": "array", "items": {"type": "string"}}
    assert "application/json" in parameters[3]["content"]


def test_document__refusals__are_as_they_are_described() -> None:
    """The schema of problems is that of what comes."""
    document = _document()
    for body, status in ((b"{}", 422), (b"{", 400)):
        found, _, content = ask(APP, "POST", "/rate", body, {"content-type": "application/json"})
        assert found == status
        _validate(document, document["components"]["schemas"]["Problem"], json.loads(content))


def _validate(document: dict[str, Any], schema: Any, value: Any) -> None:
    root = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(root).validate(value)


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return [*own, *(found for item in value.values() for found in _references(item))]
