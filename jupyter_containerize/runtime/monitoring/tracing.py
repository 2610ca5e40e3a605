"""Spans for OpenTelemetry, as its environment variables say, without its SDK.

A span for each request goes to a collector as OTLP over HTTP in JSON, in batches by a thread of its own. Where the
collector does not answer, or not as quickly as spans come, they are dropped: the server never waits for it.
Source: OpenTelemetry specification, "OTLP Exporter Configuration", "SDK Environment Variables"; OTLP 1.x, "JSON
Protobuf Encoding"; semantic conventions for HTTP server spans; W3C Trace Context.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import random
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote
from urllib.request import Request as Sending
from urllib.request import urlopen

from ..http.messages import Request

logger = logging.getLogger(__name__)

_SERVER = 2
_ERROR = 2
_SERVER_ERROR = 500
_SAMPLED = 1
_NEVER_SENT = frozenset({"none", "console"})
_CLOSE_SECONDS = 2.0
Parent = Sequence[str]


@dataclasses.dataclass(frozen=True)
class Export:
    """Where spans go and how. ``share`` of those without a parent are sent; ``by_parent``: of others it decides."""

    url: str
    headers: Mapping[str, str]
    timeout_seconds: float
    resource: Mapping[str, str]
    share: float
    by_parent: bool
    delay_seconds: float
    most_waiting: int
    most_at_once: int


class Span(NamedTuple):
    """One request. Ids are as hexadecimal words have them; ``ended`` is in nanoseconds since 1970."""

    trace_id: str
    span_id: int
    parent_id: str
    method: str
    path: str
    route: str
    status: int
    seconds: float
    ended: int


def tracer(environment: Mapping[str, str]) -> Tracer | None:
    """Return what sends spans, ``None`` if the environment does not want any."""
    export = read_export(environment)
    if export is None:
        return None
    if environment.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc":
        logger.warning("spans are sent over HTTP, not gRPC", extra={"fields": {"url": export.url}})
    return Tracer(export)


def read_export(environment: Mapping[str, str]) -> Export | None:
    """Return what the environment says; ``None`` if there is no collector, or none is wanted."""
    own = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    shared = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    exporters = {word.strip() for word in environment.get("OTEL_TRACES_EXPORTER", "otlp").split(",")}
    disabled = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if disabled or not (own or shared) or exporters <= _NEVER_SENT:
        return None
    resource = {"telemetry.sdk.language": "python", "telemetry.sdk.name": "jupyter-containerize"}
    resource |= _pairs(environment.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    resource["service.name"] = environment.get("OTEL_SERVICE_NAME") or resource.get("service.name", "unknown_service")
    sampler = environment.get("OTEL_TRACES_SAMPLER") or "parentbased_always_on"
    return Export(
        url=own or f"{shared.rstrip('/')}/v1/traces",
        headers=_pairs(_either(environment, "HEADERS")),
        timeout_seconds=_number(_either(environment, "TIMEOUT"), 10000) / 1000,
        resource=resource,
        share=_share(sampler, environment.get("OTEL_TRACES_SAMPLER_ARG", "")),
        by_parent=sampler.startswith("parentbased_"),
        delay_seconds=_number(environment.get("OTEL_BSP_SCHEDULE_DELAY", ""), 5000) / 1000,
        most_waiting=max(1, int(_number(environment.get("OTEL_BSP_MAX_QUEUE_SIZE", ""), 2048))),
        most_at_once=max(1, int(_number(environment.get("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", ""), 512))),
    )


class Tracer:
    """Makes a span of each request that is sampled. The sender's thread begins with the first."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._waiting: deque[Span] = deque()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._closing = False

    def answered(self, request: Request, status: int, seconds: float, route: str, parent: Parent | None) -> str:
        """Take a request that was just answered and return its trace's id.

        ``parent`` is what ``traceparent`` says: trace id, span id, flags.
        """
        trace_id, parent_id, flags = parent if parent is not None else (f"{random.getrandbits(128):032x}", "", "")
        if self._is_sampled(trace_id, flags):
            # Dropped while too many wait; a collector that is away costs nothing but this look.
            if len(self._waiting) < self._export.most_waiting:
                ended = time.time_ns()
                span_id = random.getrandbits(64)
                self._waiting.append(
                    Span(trace_id, span_id, parent_id, request.method, request.path, route, status, seconds, ended)
                )
            if self._pid != os.getpid():
                self._begin()
            if len(self._waiting) >= self._export.most_at_once:
                self._wake.set()
        return trace_id

    def close(self) -> None:
        """Send what waits, for a moment at most."""
        self._closing = True
        self._wake.set()
        if self._thread is not None and self._pid == os.getpid():
            self._thread.join(_CLOSE_SECONDS)

    def _is_sampled(self, trace_id: str, flags: str) -> bool:
        if flags and self._export.by_parent:
            return bool(int(flags, 16) & _SAMPLED)
        # The trace's id decides, so that all services of a trace decide the same.
        return int(trace_id[16:], 16) < self._export.share * 2**64

    def _begin(self) -> None:
        """Begin the thread, in this process: a fork has none of its parent's."""
        self._pid = os.getpid()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(self._export.delay_seconds)
            self._wake.clear()
            while self._waiting:
                count = min(len(self._waiting), self._export.most_at_once)
                self._send([self._waiting.popleft() for _ in range(count)])

    def _send(self, spans: Sequence[Span]) -> None:
        export = self._export
        content = json.dumps(document(spans, export.resource), separators=(",", ":")).encode()
        headers = {**export.headers, "content-type": "application/json"}
        try:
            # Whoever starts the container says where to.
            sending = Sending(export.url, content, headers, method="POST")  # noqa: S310
            with urlopen(sending, timeout=export.timeout_seconds) as answer:  # noqa: S310
                answer.read()
        except Exception as error:  # whatever it says, the thread goes on
            logger.debug("spans are lost: %s", error)


def document(spans: Sequence[Span], resource: Mapping[str, str]) -> dict[str, Any]:
    """Return an ``ExportTraceServiceRequest`` as JSON values."""
    scope = {"name": "jupyter_containerize_runtime"}
    listed = {"scope": scope, "spans": [_written(span) for span in spans]}
    return {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [listed]}]}


def _written(span: Span) -> dict[str, Any]:
    told: dict[str, Any] = {"http.request.method": span.method, "url.path": span.path, "url.scheme": "http"}
    told["http.response.status_code"] = span.status
    if span.route:
        told["http.route"] = span.route
    failed = span.status >= _SERVER_ERROR
    if failed:
        told["error.type"] = str(span.status)
    written = {
        "traceId": span.trace_id,
        # No span has the id 0.
        "spanId": f"{span.span_id or 1:016x}",
        "name": f"{span.method} {span.route}".strip(),
        "kind": _SERVER,
        "startTimeUnixNano": str(span.ended - int(span.seconds * 1e9)),
        "endTimeUnixNano": str(span.ended),
        "attributes": _attributes(told),
        "status": {"code": _ERROR} if failed else {},
    }
    return {**written, "parentSpanId": span.parent_id} if span.parent_id else written


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]


def _either(environment: Mapping[str, str], name: str) -> str:
    shared = environment.get(f"OTEL_EXPORTER_OTLP_{name}", "")
    return environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or shared


def _pairs(text: str) -> dict[str, str]:
    """Return ``key=value,key=value``, values percent-encoded, as a dict; what is no pair is left out."""
    found = (item.partition("=") for item in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, sign, value in found if sign and key.strip()}


def _number(text: str, otherwise: float) -> float:
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if math.isfinite(number) and number > 0 else otherwise


def _share(sampler: str, argument: str) -> float:
    if sampler.endswith("always_off"):
        return 0.0
    return min(1.0, _number(argument, 1.0) if argument != "0" else 0.0) if sampler.endswith("traceidratio") else 1.0
