"""All numbers as text that Prometheus reads.

Source: Prometheus exposition format 0.0.4; OpenMetrics 1.0, for who asks for it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..http.messages import Answer, Request
from . import processes
from .counts import DURATIONS, ROWS, SIZES, STATUSES, Counts

if TYPE_CHECKING:
    from ..loading import Served
    from .drift import Drift

PREFIX = "jupyter_containerize_"
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_STATUS_LABELS = (*map(str, STATUSES), "other")
# Distributions whose versions say most about what a model does.
_TOLD_VERSIONS = ("scikit-learn", "xgboost", "lightgbm", "catboost", "torch", "tensorflow", "numpy", "pandas")
Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]


class Family:
    """One metric. ``kind`` is counter, gauge, histogram or info; samples are (suffix, labels, value)."""

    def __init__(self, name: str, kind: str, words: str, samples: Iterable[Sample]) -> None:
        self.name = name
        self.kind = kind
        self.words = words
        self.samples = list(samples)


def exposition(
    counts: Counts, served: Served | None, request: Request, drift: Drift | None, *, is_ready: bool
) -> Answer:
    """Return the answer to ``GET /metrics``."""
    families = [
        *_requests(counts),
        *_state(counts, is_ready=is_ready),
        *([] if served is None else [_build(served), *_calls(counts)]),
        *_usage(counts),
        *([] if drift is None else drift_families(drift)),
    ]
    is_open = "application/openmetrics-text" in request.header(b"accept")
    text = "".join(_written(family, is_open=is_open) for family in families if family.samples)
    return Answer(200, f"{text}{'# EOF' + chr(10) if is_open else ''}".encode(), _OPEN if is_open else _TEXT)


def _requests(counts: Counts) -> Iterator[Family]:
    totals: list[Sample] = []
    seconds: list[Sample] = []
    bytes_in: list[Sample] = []
    bytes_out: list[Sample] = []
    for place, (method, route) in enumerate(counts.routes):
        by_status, *histograms = counts.of_route(place)
        if not any(by_status):
            continue
        labels = {"route": route or "unknown", "method": method or "any"}
        totals += [
            ("_total", {**labels, "status": status}, count) for status, count in zip(_STATUS_LABELS, by_status) if count
        ]
        for samples, bounds, found in zip((seconds, bytes_in, bytes_out), (DURATIONS, SIZES, SIZES), histograms):
            samples.extend(_histogram(labels, bounds, found))
    yield Family("requests", "counter", "Requests that were answered, by route and status.", totals)
    yield Family("request_duration_seconds", "histogram", "From a request's last byte to its answer.", seconds)
    yield Family("request_body_bytes", "histogram", "Sizes of requests' bodies.", bytes_in)
    yield Family("response_body_bytes", "histogram", "Sizes of answers' bodies.", bytes_out)


def _calls(counts: Counts) -> Iterator[Family]:
    found = [({"endpoint": symbol}, *counts.of_endpoint(place)) for place, symbol in enumerate(counts.endpoints)]
    made = [(labels, seconds, rows) for labels, _, seconds, rows in found]
    asked: list[Sample] = [("_total", labels, count) for labels, count, *_ in found]
    yield Family("calls", "counter", "Calls that requests asked for; several may be joined into one.", asked)
    seconds = [sample for labels, histogram, _ in made for sample in _histogram(labels, DURATIONS, histogram)]
    yield Family("call_duration_seconds", "histogram", "How long the function took, for each call made.", seconds)
    rows = [sample for labels, _, histogram in made for sample in _histogram(labels, ROWS, histogram)]
    yield Family("call_rows", "histogram", "How many rows the function was given, for each call made.", rows)


def _state(counts: Counts, *, is_ready: bool) -> Iterator[Family]:
    in_flight, overload, errors = counts.of_process()
    yield _one(
        "ready", "gauge", "1 while requests are wanted: after loading, until the server is told to stop.", is_ready
    )
    # Whoever asks is in flight, too.
    yield _one("requests_in_flight", "gauge", "Requests that have no answer yet.", max(0.0, in_flight - 1))
    yield _one("overloaded", "counter", "Requests that were turned away with 429 or 503 while ready.", overload)
    yield _one("errors", "counter", "Calls of the function that raised, and failures of the server's own.", errors)
    yield _one("workers", "gauge", "Processes that answer.", len(counts.pids()))


def _build(served: Served) -> Family:
    known = served.description
    versions: Mapping[str, Any] = known.get("versions") or {}
    labels = {
        "notebook": str(known.get("notebook", "")),
        "symbol": served.symbol,
        "python": platform.python_version(),
        "state": str(known.get("state", "")),
        **{name.replace("-", "_"): str(versions[name]) for name in _TOLD_VERSIONS if name in versions},
    }
    return Family("build", "info", "What is served, and what it was made with.", [("_info", labels, 1.0)])


def _usage(counts: Counts) -> Iterator[Family]:
    found = processes.usage(counts.pids())
    if found is None:
        return
    told = (
        ("process_resident_memory_bytes", "gauge", "Resident memory of all workers.", found.resident_bytes),
        ("process_virtual_memory_bytes", "gauge", "Virtual memory of all workers.", found.virtual_bytes),
        ("process_cpu_seconds", "counter", "Processor time of all workers.", found.cpu_seconds),
        ("process_open_fds", "gauge", "Open files and connections of all workers.", found.open_files),
        ("process_start_time_seconds", "gauge", "When the first worker started.", found.start_seconds),
    )
    for name, kind, words, value in told:
        yield _one(name, kind, words, value)


def drift_families(drift: Drift) -> Iterator[Family]:
    """Yield what is told about drift."""
    rows, psi, missing, unseen = [], [], [], []
    for found in drift.reports():
        labels = {"feature": found.name, "of": found.of, "window": found.window}
        rows.append(("", labels, found.rows))
        missing.append(("", labels, found.missing))
        unseen.append(("", labels, found.unseen))
        if found.psi is not None:
            psi.append(("", labels, found.psi))
    yield Family("drift_psi", "gauge", "Population stability index against the training data.", psi)
    yield Family("drift_missing_ratio", "gauge", "Share of values that are missing.", missing)
    yield Family(
        "drift_unseen_ratio", "gauge", "Share of values outside of the training data's range or categories.", unseen
    )
    yield Family("drift_rows", "gauge", "Rows in the window, of which the older count less in 'recent'.", rows)
    calls = [("_total", {"counted": word}, value) for word, value in (("yes", drift.counted), ("no", drift.left_out))]
    yield Family("drift_calls", "counter", "Calls whose rows were counted, or left out because there were many.", calls)
    labels = {"model": drift.model, "data": drift.data}
    yield Family(
        "drift_baseline_rows", "gauge", "Rows of training data that are compared with.", [("", labels, drift.rows)]
    )


def _one(name: str, kind: str, words: str, value: float) -> Family:
    return Family(name, kind, words, [("_total" if kind == "counter" else "", {}, float(value))])


def _histogram(labels: Labels, bounds: Sequence[float], found: Sequence[float]) -> Iterator[Sample]:
    """Yield the samples of a histogram of counts by bucket, with the sum behind them."""
    reached = 0.0
    for bound, count in zip((*map(repr, bounds), "+Inf"), found):
        reached += count
        yield "_bucket", {**labels, "le": bound}, reached
    yield "_sum", labels, found[-1]
    yield "_count", labels, reached


def _written(family: Family, *, is_open: bool) -> str:
    base = family.name if family.name.startswith("process_") else PREFIX + family.name
    suffix = "" if is_open else {"counter": "_total", "info": "_info"}.get(family.kind, "")
    kind = family.kind if is_open or family.kind != "info" else "gauge"
    head = f"# HELP {base}{suffix} {_escaped(family.words)}\n# TYPE {base}{suffix} {kind}\n"
    lines = (f"{base}{ending}{_labels(labels)} {_number(value)}\n" for ending, labels, value in family.samples)
    return head + "".join(lines)


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{said}}}"


def _escaped(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    # Half of a surrogate pair, as a notebook may name a column.
    return quoted.encode("utf-8", "replace").decode()


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))
