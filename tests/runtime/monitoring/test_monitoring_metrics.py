"""What ``/metrics`` says is what happened, in text that Prometheus reads."""

from __future__ import annotations

import http.client
import os
from pathlib import Path

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from runtime_asking import answering, ask, endpoint, serving
from runtime_process import started, write_app

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.http.table import Route
from jupyter_containerize.runtime.monitoring.counts import Counts
from jupyter_containerize.runtime.settings import Settings

JSON = {"content-type": "application/json"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scale(x: float) -> float:
    """Scale, unless it is too large."""
    if x > 10:
        raise ValueError(x)
    return x * 2


def samples(text: str) -> Samples:
    """Return all samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metrics(app: App) -> Samples:
    """Return the samples of an application."""
    status, headers, text = ask(app, "GET", "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return samples(text.decode())


def value(found: Samples, name: str, **labels: str) -> float:
    """Return one sample; 0 if it is not there, as Prometheus reads it in a sum."""
    return found.get((f"jupyter_containerize_{name}", frozenset(labels.items())), 0.0)


def test_metrics__requests_of_all_kinds__are_counted_by_route_and_status() -> None:
    """A path is counted by its route, so that nobody can fill the memory with names."""
    app = serving(scale)
    for body in (b'{"x": 1}', b'{"x": 2}', b'{"x": "a"}', b"{"):
        ask(app, "POST", "/predict", body, JSON)
    ask(app, "POST", "/scale", b'{"x": 11}', JSON)
    for path in ("/a", "/b", "/c"):
        ask(app, "GET", path)
    found = metrics(app)
    counts = {
        status: value(found, "requests_total", route="/predict", method="POST", status=status)
        for status in ("200", "400", "422", "500")
    }
    assert counts == {"200": 2, "400": 1, "422": 1, "500": 0}
    assert value(found, "requests_total", route="/scale", method="POST", status="500") == 1
    assert value(found, "requests_total", route="unknown", method="any", status="404") == 3
    assert value(found, "request_duration_seconds_count", route="/predict", method="POST") == 4
    assert value(found, "request_body_bytes_sum", route="/predict", method="POST") == 8 + 8 + 10 + 1
    assert value(found, "errors_total") == 1
    assert value(found, "calls_total", endpoint="scale") >= 2
    assert value(found, "ready") == 1
    assert value(found, "requests_in_flight") == 0
    assert not any(label == ("route", "/a") for _, labels in found for label in labels)


def test_metrics__asked_for_openmetrics__are_that() -> None:
    """The stricter format is given to who asks, and a strict reader reads it."""
    app = serving(scale)
    ask(app, "POST", "/predict", b'{"x": 1}', JSON)
    _, headers, text = ask(app, "GET", "/metrics", b"", {"accept": "application/openmetrics-text; version=1.0.0"})
    assert headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics.text_string_to_metric_families(text.decode())}
    assert {"jupyter_containerize_requests", "jupyter_containerize_build", "process_cpu_seconds"} <= names


def test_metrics__nothing_loaded__say_not_ready() -> None:
    """Who scrapes a server that still loads gets an answer."""
    found = metrics(App(Settings()))
    assert value(found, "ready") == 0
    assert not any(name == "jupyter_containerize_build_info" for name, _ in found)


def test_metrics__asked_while_loading__are_counted_by_their_route() -> None:
    """What was counted before is not lost when there are more routes."""
    app = App(Settings())
    ask(app, "GET", "/health/ready")
    app.begin(serving(scale)._served)  # type: ignore[arg-type]
    ask(app, "GET", "/health/ready")
    found = metrics(app)
    labels = {"route": "/health/ready", "method": "GET"}
    assert [value(found, "requests_total", **labels, status=status) for status in ("503", "200")] == [1, 1]
    assert value(found, "overloaded_total") == 0


def test_metrics__told_to_stop__say_not_ready() -> None:
    """An alert on readiness sees a server that is going."""
    app = serving(scale)
    app.stop()
    assert value(metrics(app), "ready") == 0


def test_metrics__odd_names__are_escaped() -> None:
    """A notebook may be called anything."""
    app = answering([endpoint(scale)])
    app._served.description["notebook"] = 'a "b"\\c\nd.ipynb'  # type: ignore[union-attr]
    app._served.description["versions"] = {"scikit-learn": "1.9.1", "tiny": "1"}  # type: ignore[union-attr]
    (labels,) = [dict(labels) for name, labels in metrics(app) if name == "jupyter_containerize_build_info"]
    assert labels["notebook"] == 'a "b"\\c\nd.ipynb'
    assert labels["scikit_learn"] == "1.9.1"
    assert "tiny" not in labels


def test_counts__two_processes__are_added_up() -> None:
    """What a worker counts is in what any process tells; a restarted worker goes on with its predecessor's counts."""
    counts = Counts()
    route = Route("POST", "/predict", lambda _: None)
    counts.begin([route], ["predict"])
    for number in (1, 2, 1):
        child = os.fork()
        if child == 0:
            counts.work_as(number)
            counts.asked()
            counts.asked()
            counts.answered(route, 200, 0.002, 10, 20)
            counts.called("predict", 3, 5, 0.001)
            os._exit(0)
        os.waitpid(child, 0)
    by_status, seconds, bytes_in, bytes_out = counts.of_route(1)
    assert by_status[0] == 3
    assert (sum(seconds[:-1]), seconds[-1]) == (3, pytest.approx(0.006))
    assert (bytes_in[-1], bytes_out[-1]) == (30, 60)
    assert counts.of_endpoint(0)[0] == 9
    assert counts.of_endpoint(0)[2][-1] == 15
    # The request that the first worker 1 never answered is forgotten with it.
    assert counts.of_process()[0] == 2
    assert len(counts.pids()) == 3


def test_counts__a_second_application__counts_for_the_same_routes() -> None:
    """A worker makes its own routes; no route is told twice."""
    counts = Counts()
    for _ in range(2):
        route = Route("POST", "/predict", lambda _: None)
        counts.begin([route], ["predict"])
        counts.answered(route, 200, 0.001, 1, 1)
    assert counts.routes == [("", ""), ("POST", "/predict")]
    assert counts.endpoints == ["predict"]
    assert counts.of_route(1)[0][0] == 2


def test_metrics__several_workers__tell_of_all(tmp_path: Path) -> None:
    """Whichever worker is asked."""
    app = write_app(tmp_path / "app", "def predict(x: float) -> float:\n    return x\n")
    with started(app, {"JUPYTER_CONTAINERIZE_WORKERS": "2"}) as server:
        for _ in range(20):
            assert server.predict({"x": 1})[0] == 200
        told = [samples(_text(server.port)) for _ in range(6)]
    for found in told:
        assert value(found, "workers") == 2
        assert value(found, "requests_total", route="/predict", method="POST", status="200") == 20
        assert value(found, "ready") == 1


BOUNDS: dict[str, tuple[float, str]] = {
    "on a bound": (0.001, "0.001"),
    "below": (0.0004, "0.001"),
    "between": (0.3, "0.5"),
    "above all": (60.0, "+Inf"),
}


@pytest.mark.parametrize("case", BOUNDS, ids=str)
def test_histogram__a_duration__is_in_the_first_bucket_that_holds_it(case: str) -> None:
    """Bounds are inclusive, and a bucket counts all below it."""
    seconds, first = BOUNDS[case]
    app = serving(scale)
    app.watch.counts.answered(None, 200, seconds, 0, 0)
    found = metrics(app)
    buckets = {
        dict(labels)["le"]: count
        for (name, labels), count in found.items()
        if name == "jupyter_containerize_request_duration_seconds_bucket" and dict(labels)["route"] == "unknown"
    }
    assert {bound: count for bound, count in buckets.items() if float(bound) < float(first)} == {
        bound: 0 for bound in buckets if float(bound) < float(first)
    }
    assert buckets[first] == buckets["+Inf"] == 1


def test_metrics__a_real_server__tells_of_its_process(tmp_path: Path) -> None:
    """Memory, time and files are the process's own; a client that asks for no connection to be kept is answered."""
    app = write_app(tmp_path / "app", "def predict(x: float) -> float:\n    return x\n")
    with started(app) as server:
        assert server.predict({"x": 1})[0] == 200
        found = samples(_text(server.port))
        resident = found["process_resident_memory_bytes", frozenset()]
    assert 5e6 < resident < 1e9
    assert found["process_open_fds", frozenset()] > 3
    assert value(found, "requests_total", route="/predict", method="POST", status="200") == 1


def _text(port: int) -> str:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", "/metrics")
    text = client.getresponse().read().decode()
    client.close()
    return text
