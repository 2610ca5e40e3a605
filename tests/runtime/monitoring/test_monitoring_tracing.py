"""Spans reach a collector as OpenTelemetry has them, and a collector that is away costs nothing."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as protocol
from runtime_process import PATIENCE_SECONDS, started, write_app

from jupyter_containerize.runtime.http.messages import Request
from jupyter_containerize.runtime.monitoring.tracing import Export, Span, Tracer, document, read_export

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SOURCE = "def predict(x: float) -> float:\n    return 1 / x\n"


class Collector(http.server.ThreadingHTTPServer):
    """Takes what is sent and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiving)
        self.received: queue.Queue[tuple[str, dict[str, str], dict[str, Any]]] = queue.Queue()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many spans."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            _, _, content = self.received.get(timeout=PATIENCE_SECONDS)
            found += content["resourceSpans"][0]["scopeSpans"][0]["spans"]
        return found


class Receiving(http.server.BaseHTTPRequestHandler):
    """One request of a collector."""

    def do_POST(self) -> None:
        """Keep it."""
        content = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert isinstance(self.server, Collector)
        self.server.received.put((self.path, {key.lower(): text for key, text in self.headers.items()}, content))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that answers."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose function divides."""
    return write_app(tmp_path_factory.mktemp("made") / "app", SOURCE)


def attributes(listed: list[dict[str, Any]]) -> dict[str, Any]:
    """Return attributes as a plain dict."""
    return {item["key"]: next(iter(item["value"].values())) for item in listed}


def test_spans__a_real_server__reach_the_collector(app: Path, collector: Collector) -> None:
    """A span has the caller's trace, the route and the status; the resource is what the environment says."""
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url + "/",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b,other=1",
        "OTEL_SERVICE_NAME": "iris",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test,service.name=not-this",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    with started(app, environment) as server:
        body = json.dumps({"x": 0}).encode()
        given = {"content-type": "application/json", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        status, _, _ = server.ask("POST", "/predict", body, given)
        path, headers, content = collector.received.get(timeout=PATIENCE_SECONDS)
        line = server.wait_for("request")
    assert status == 500
    assert path == "/v1/traces"
    assert (headers["x-key"], headers["other"], headers["content-type"]) == ("a b", "1", "application/json")
    (resource,) = content["resourceSpans"]
    told = attributes(resource["resource"]["attributes"])
    assert (told["service.name"], told["deployment.environment"]) == ("iris", "test")
    (span,) = resource["scopeSpans"][0]["spans"]
    assert (span["traceId"], span["parentSpanId"], span["kind"]) == (TRACE, PARENT, 2)
    assert (span["name"], span["status"]) == ("POST /predict", {"code": 2})
    assert int(span["endTimeUnixNano"]) > int(span["startTimeUnixNano"]) > 1e18
    assert attributes(span["attributes"])["http.response.status_code"] == "500"
    assert line["trace_id"] == TRACE


def test_spans__the_process_ends__are_sent_before(app: Path, collector: Collector) -> None:
    """What waits for the next batch is not lost with the process; each request without a trace has one of its own."""
    with started(app, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/own"}) as server:
        server.predict({"x": 1})
        server.predict({"x": 2})
        server.terminate()
        assert server.exit_code() == 0
    first, second = collector.spans(2)
    assert first["traceId"] != second["traceId"]
    assert "parentSpanId" not in first


def test_spans__collector_is_away__requests_do_not_wait(app: Path) -> None:
    """Nobody listens: everything is answered, nothing is said, and the process ends as always."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with started(
        app, {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", "OTEL_BSP_SCHEDULE_DELAY": "10"}
    ) as server:
        assert [server.predict({"x": 1})[0] for _ in range(20)] == [200] * 20
        server.terminate()
        assert server.exit_code() == 0
    assert not [line for line in server.lines if line["level"] in {"error", "warning"}]


NOT_WANTED: dict[str, dict[str, str]] = {
    "nothing set": {},
    "no collector": {"OTEL_SERVICE_NAME": "iris"},
    "disabled": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "True"},
    "no traces": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"},
}


@pytest.mark.parametrize("case", NOT_WANTED, ids=str)
def test_read_export__not_wanted__is_none(case: str) -> None:
    """Spans are made only for who asks for them."""
    assert read_export(NOT_WANTED[case]) is None


SAMPLERS: dict[str, tuple[dict[str, str], str, bool]] = {
    "the caller samples": ({}, "01", True),
    "the caller does not": ({}, "00", False),
    "no caller": ({}, "", True),
    "never, but for callers": ({"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, "01", True),
    "never": ({"OTEL_TRACES_SAMPLER": "always_off"}, "01", False),
    "always": ({"OTEL_TRACES_SAMPLER": "always_on"}, "00", True),
    "a share of none": ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}, "", False),
    "a share below this id's": ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}, "00", False),
    "a share above this id's": ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.6"}, "00", True),
}


@pytest.mark.parametrize("case", SAMPLERS, ids=str)
def test_tracer__sampler__decides_as_specified(case: str) -> None:
    """The flag of the caller counts for samplers that follow it; a share goes by the trace's id."""
    environment, flags, sampled = SAMPLERS[case]
    tracer = Tracer(export(environment))
    parent = (TRACE, PARENT, flags) if flags else None
    assert tracer._is_sampled(parent[0] if parent else TRACE, flags) is sampled


def export(environment: Mapping[str, str]) -> Export:
    """Return what an environment with a collector says."""
    found = read_export({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", **environment})
    assert found is not None
    return found


def test_tracer__too_many_wait__the_newest_are_dropped() -> None:
    """Memory is bounded."""
    tracer = Tracer(export({"OTEL_BSP_MAX_QUEUE_SIZE": "3"}))
    tracer._begin = lambda: None  # type: ignore[method-assign]
    for _ in range(10):
        tracer.answered(Request("GET", "/"), 200, 0.1, "/", None)
    assert len(tracer._waiting) == 3


def test_document__any_spans__is_what_the_protocol_has() -> None:
    """OpenTelemetry's own definition reads it, with no field that it does not know."""
    spans = [
        Span(TRACE, 0, PARENT, "POST", "/predict", "/predict", 500, 0.5, 1_700_000_000_000_000_000),
        Span(TRACE, 7, "", "GET", "/x", "", 404, 0.001, 1_700_000_000_000_000_000),
    ]
    content = document(spans, {"service.name": "iris"})
    # The protocol writes ids in hexadecimal, where JSON of protobuf has base64: the ids are read as such here.
    request = json_format.Parse(json.dumps(content), protocol.ExportTraceServiceRequest())
    first, second = request.resource_spans[0].scope_spans[0].spans
    assert (first.name, first.kind, first.status.code) == ("POST /predict", 2, 2)
    assert first.end_time_unix_nano - first.start_time_unix_nano == 500_000_000
    assert second.name == "GET"
    assert {item.key for item in second.attributes} >= {"http.request.method", "http.response.status_code"}
