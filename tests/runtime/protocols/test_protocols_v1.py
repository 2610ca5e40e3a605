"""KServe's first protocol, and how routes of protocols are found and imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import asked_with_rows as asked
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_asking import answering, ask, serving
from runtime_process import ROOT

from jupyter_containerize.runtime.body import write
from jupyter_containerize.runtime.http.messages import Answer
from jupyter_containerize.runtime.http.table import Route, Table

JSON = {"content-type": "application/json"}
IRIS = answering([asked.endpoint_of(asked.NAMED)], model_name="flowers")
PATH = "/v1/models/model:predict"
ANSWERED: dict[str, tuple[Any, Any, Any]] = {
    "arrays": (IRIS, {"instances": asked.ROWS}, ["setosa", "virginica"]),
    "columns": (
        IRIS,
        {"inputs": {name: [row[place] for row in asked.ROWS] for place, name in enumerate(asked.FOUR)}},
        ["setosa", "virginica"],
    ),
    "inputs that are rows": (serving(asked.half), {"inputs": [1, 2]}, [0.5, 1.0]),
    "objects": (
        serving(asked.person),
        {"instances": [{"age": 3, "town": "Ulm"}]},
        [{"text": "Ulm 3", "tall": False}],
    ),
    "others beside": (serving(asked.half), {"instances": [1], "signature_name": "serving_default"}, [0.5]),
    "answer by column": (serving(asked.columns), {"instances": [{"a": 1}]}, [{"size": 1, "name": "1"}]),
    "none": (IRIS, {"instances": []}, []),
}


@pytest.mark.parametrize(("app", "request_body", "predictions"), ANSWERED.values(), ids=ANSWERED)
def test_predict__instances__have_predictions(app: Any, request_body: Any, predictions: Any) -> None:
    """Each instance has its prediction."""
    status, _, content = ask(app, "POST", PATH, json.dumps(request_body).encode(), JSON)
    assert (status, json.loads(content)["predictions"]) == (200, predictions)


def test_predict__probabilities__are_beside_the_predictions() -> None:
    """What the function gives by row beside predictions is not lost."""
    _, _, content = ask(IRIS, "POST", PATH, json.dumps({"instances": asked.ROWS}).encode(), JSON)
    assert [max(row, key=row.get) for row in json.loads(content)["probabilities"]] == ["setosa", "virginica"]


REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "not json": (PATH, b"{", 400, "the body is not JSON: "),
    "neither": (PATH, b"{}", 422, 'send {"instances": [...]}'),
    "both": (PATH, b'{"instances": [], "inputs": []}', 422, 'send {"instances": [...]}'),
    "no object": (PATH, b"[]", 422, 'send {"instances": [...]}'),
    "no rows": (PATH, b'{"instances": 3}', 422, "instances: array with a row for each prediction, not number 3"),
    "a wrong row": (PATH, b'{"instances": [[1, 2, 3, "x"]]}', 422, 'instances[0][3]: number, not string "x"'),
    "no such model": ("/v1/models/rose:predict", b"{}", 404, "there is no model rose; there is flowers, model"),
}


@pytest.mark.parametrize(("path", "content", "status", "words"), REFUSED.values(), ids=REFUSED)
def test_predict__wrong_request__says_why(path: str, content: bytes, status: int, words: str) -> None:
    """The member that clients show has the place and the reason."""
    found, _, answer = ask(IRIS, "POST", path, content, JSON)
    assert found == status
    assert json.loads(answer)["error"].startswith(words)


def test_models__asked__are_named_and_ready() -> None:
    """The platform's name goes first, the notebook's stays."""
    assert json.loads(ask(IRIS, "GET", "/v1/models")[2]) == {"models": ["flowers", "model"]}
    assert json.loads(ask(IRIS, "GET", "/v1/models/flowers")[2]) == {"name": "flowers", "ready": True}
    assert ask(IRIS, "GET", "/v1/models/rose")[0] == 404
    assert ask(IRIS, "GET", "/v1/models/flowers:predict")[0] == 405


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
APPS = [IRIS, *(serving(function) for function in (asked.person, asked.flat, asked.words, asked.kinds))]


@settings(deadline=None, max_examples=150)
@given(app=st.sampled_from(APPS), member=st.sampled_from(["instances", "inputs"]), value=_VALUE)
def test_predict__any_rows__are_answered_or_refused(app: Any, member: str, value: Any) -> None:
    """Nothing that a client sends looks like a mistake of the server."""
    status, _, _ = ask(app, "POST", PATH, write({member: value}), JSON)
    assert status in {200, 422}


FOUND: dict[str, tuple[str, str, dict[str, str]]] = {
    "word at the end": ("/m/a:go", "go", {"name": "a"}),
    "several colons": ("/m/a:b:go", "go", {"name": "a:b"}),
    "another word": ("/m/a:stop", "any", {"name": "a:stop"}),
    "nothing before the word": ("/m/:go", "any", {"name": ":go"}),
    "written out": ("/m/one:go", "one", {}),
}


@pytest.mark.parametrize(("path", "expected", "values"), FOUND.values(), ids=FOUND)
def test_table__segment_with_a_word__fits_names_before_it(path: str, expected: str, values: dict[str, str]) -> None:
    """A word after a second colon stands for itself, and goes before a name that fits all."""
    table = Table()
    for name, pattern in {"any": "/m/:name", "go": "/m/:name:go", "one": "/m/one:go"}.items():
        table.add(Route("GET", pattern, lambda _request: Answer(200, b""), name))
    routes, found = table.find(path)
    assert (routes["GET"].words, found) == (expected, values)


def test_protocols__nobody_asked__are_not_imported() -> None:
    """A server that is asked in the plain way starts without them."""
    script = "import sys, jupyter_containerize.runtime.server; print(*(n for n in sys.modules if '.protocols.' in n))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []
