"""SageMaker: rows without header, its headers, and its port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runtime_asking import ask, serving
from runtime_process import started, write_app
from scored import area, of_array, of_frame, post

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.settings import Settings

CSV = "text/csv"
ANSWERED = {
    "csv without header": (CSV, b"1.0,5.0\n8.0,1.0\n", CSV, b"small\nlarge\n"),
    "csv with header": (CSV, b"length,width\n1.0,5.0\n", CSV, b"small\n"),
    "csv to JSON": (CSV, b"1.0,5.0", "application/json", b'{"predictions":["small"]}'),
    "lines": ("application/jsonlines", b"[1.0, 5.0]\n[8, 1]", "application/jsonlines", b'"small"\n"large"\n'),
    "lines by feature": ("application/jsonlines", b'{"rows": [1.0, 5.0]}', "application/jsonlines", b'"small"\n'),
}


@pytest.mark.parametrize(("kind", "body", "accept", "expected"), ANSWERED.values(), ids=ANSWERED)
def test_invocations__kinds_of_sagemaker__are_answered(kind: str, body: bytes, accept: str, expected: bytes) -> None:
    """Batch transform sends lines and joins its answers to them by place."""
    app = of_array() if "feature" in expected.decode() or b"rows" in body else of_frame()
    status, headers, answer = ask(app, "POST", "/invocations", body, {"content-type": kind, "accept": accept})
    assert (status, headers["content-type"], answer) == (200, accept, expected)


ATTRIBUTES = {
    "some": ("trace=1; user=ü".replace("ü", "u"), True),
    "too long": ("x" * 1025, False),
    "not ASCII": ("ü", False),
    "none": ("", False),
}


@pytest.mark.parametrize(("value", "is_echoed"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_invocations__custom_attributes__come_back(value: str, is_echoed: bool) -> None:  # noqa: FBT001  # a case
    """The platform hands them through us from its caller to its caller."""
    name = "x-amzn-sagemaker-custom-attributes"
    sent = {"x-amzn-sagemaker-inference-id": "i-1", name: value}
    _, headers, _ = post(of_frame(), "/invocations", {"instances": [[1, 5]]}, sent)
    assert headers.get(name, "") == (value if is_echoed else "")
    assert headers["x-amzn-sagemaker-inference-id"] == "i-1"


def test_ping__not_loaded__is_503() -> None:
    """The platform waits until it is 200."""
    assert ask(App(Settings()), "GET", "/ping")[0] == 503


def test_ping__route_of_the_notebook__stays_its_own() -> None:
    """A notebook may have what a platform has; it is told by what it serves."""

    def ping(x: int) -> int:
        return x

    app: Any = serving(ping)
    assert post(app, "/ping", {"x": 3})[::2] == (200, 3)
    assert ask(app, "GET", "/ping")[0] == 200


def test_process__port_of_sagemaker__listens_there_and_logs_no_attributes(tmp_path: Path) -> None:
    """The word serve is the container's command; the port is the platform's."""
    app = write_app(tmp_path / "app", "def predict(x: float) -> float:\n    return 2 * x\n")
    secret = "attributes-of-the-caller"
    with started(app, {"SAGEMAKER_BIND_TO_PORT": "0", "PORT": "1"}) as running:
        headers = {"content-type": CSV, "accept": "*/*", "x-amzn-sagemaker-custom-attributes": secret}
        status, received, answer = running.ask("POST", "/invocations", b"1.5\n2\n", headers)
        assert (status, answer) == (200, {"predictions": [3.0, 4.0]})
        assert received["x-amzn-sagemaker-custom-attributes"] == secret
        assert running.ask("GET", "/ping")[0] == 200
        running.terminate()
        assert running.exit_code() == 0
    assert secret not in str(running.lines)


def test_invocations__function_of_scalars__one_row_each() -> None:
    """A function by name takes its parameters in their order from rows without names."""
    _, _, answer = post(serving(area), "/invocations", b"2,3\n4,5\n", {"content-type": CSV})
    assert answer == {"predictions": ["6.0 m", "20.0 m"]}
