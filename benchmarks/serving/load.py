"""Two load generators: wrk (closed loop) and vegeta (open).

A closed loop asks again when it was answered, which finds the maximum. vegeta keeps a rate, and its requests do not
wait for each other, as those of many clients do not: what latency and overload are about.
"""

from __future__ import annotations

import base64
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shell import GENERATOR_CORE, pinned, tool

_CLIENT_TIMEOUT_SECONDS = 10
_MOST_CLIENTS = 10_000
_BUSY = 0.9

_SCRIPT = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local bodies = {{ {bodies} }}
local requests, at = {{}}, 0
init = function()
  for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency)
  local e = summary.errors
  io.stdout:write(string.format(
    '\\n{{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %f, "p99": %f, "p999": %f}}\\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: one of the bodies after the other. ``answer`` is in every right answer to the first."""

    url: str
    bodies: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came back. ``per_second`` counts answers with 200 only; ``refused`` are answers with any other status."""

    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    refused: int
    broken: int
    """Connections and requests that failed without an answer."""
    generator_busy: float
    """The share of its core that the generator used: near 1 it is the generator that was measured."""

    processor_seconds: float = 0
    """What the server took, all its processes together; 0 where nobody looked."""

    @property
    def per_processor_second(self) -> float:
        """Answers with 200 for a second of the server's processor time: less moved by who else uses the machine."""
        # The system counts in hundredths of a second: less than one is no measurement.
        return self.per_second * self.seconds / max(self.processor_seconds, 0.01)

    @property
    def generator_bound(self) -> bool:
        """Whether the server may be faster than what was seen."""
        return self.generator_busy > _BUSY


def closed(question: Question, connections: int, seconds: float, work: Path) -> Load:
    """Ask with wrk as fast as answers come, over this many connections."""
    options = ("-t1", f"-c{connections}", f"-d{_whole(seconds)}s", "--timeout", f"{_CLIENT_TIMEOUT_SECONDS}s")
    script = work / "ask.lua"
    script.write_text(_SCRIPT.format(bodies=", ".join(f"[==[{body}]==]" for body in question.bodies)))
    said, busy = _timed(pinned(GENERATOR_CORE, tool("wrk"), *options, "-s", str(script), question.url))
    found = json.loads(said.strip().splitlines()[-1])
    seconds = found["microseconds"] / 1e6
    return Load(
        seconds=seconds,
        per_second=(found["requests"] - found["refused"]) / seconds,
        p50_ms=found["p50"] / 1e3,
        p99_ms=found["p99"] / 1e3,
        p999_ms=found["p999"] / 1e3,
        refused=found["refused"],
        broken=found["broken"],
        generator_busy=busy,
    )


def paced(question: Question, connections: int, rate: float, seconds: float, work: Path) -> Load:
    """Ask with vegeta at a constant rate, over this many connections; where all wait for answers, so does the next."""
    clients = ("-workers", str(connections), "-max-workers", str(connections), "-connections", str(connections))
    return _vegeta(question, rate, seconds, work, *clients)


def flood(question: Question, rate: float, seconds: float, work: Path) -> Load:
    """Ask with vegeta at a constant rate, whatever has been answered, by up to 10 000 clients at a time."""
    clients = ("-max-workers", str(_MOST_CLIENTS), "-max-connections", str(_MOST_CLIENTS))
    return _vegeta(question, rate, seconds, work, *clients)


def together(loads: Sequence[Load]) -> Load:
    """Return several as if they had been one; the latencies are the worst of them."""
    seconds = sum(load.seconds for load in loads)
    return Load(
        seconds=seconds,
        per_second=sum(load.per_second * load.seconds for load in loads) / seconds,
        p50_ms=max(load.p50_ms for load in loads),
        p99_ms=max(load.p99_ms for load in loads),
        p999_ms=max(load.p999_ms for load in loads),
        refused=sum(load.refused for load in loads),
        broken=sum(load.broken for load in loads),
        generator_busy=sum(load.generator_busy * load.seconds for load in loads) / seconds,
        processor_seconds=sum(load.processor_seconds for load in loads),
    )


def _vegeta(question: Question, rate: float, seconds: float, work: Path, *clients: str) -> Load:
    targets, results = work / "targets.json", work / "results.bin"
    lines = [
        json.dumps(
            {
                "method": "POST",
                "url": question.url,
                "header": {"Content-Type": ["application/json"]},
                "body": base64.b64encode(body.encode()).decode(),
            }
        )
        for body in question.bodies
    ]
    targets.write_text("\n".join(lines) + "\n")
    options = ("-format", "json", "-targets", str(targets), "-output", str(results))
    more = ("-rate", f"{max(1, round(rate))}/s", "-duration", f"{_whole(seconds)}s")
    clients_wait = ("-timeout", f"{_CLIENT_TIMEOUT_SECONDS}s")
    _, busy = _timed(pinned(GENERATOR_CORE, tool("vegeta"), "attack", *options, *more, *clients_wait, *clients))
    said, _ = _timed((tool("vegeta"), "report", "-type", "json", str(results)))
    report = json.loads(said)
    statuses = {int(code): count for code, count in report["status_codes"].items()}
    lasted = (report["duration"] + report["wait"]) / 1e9
    milliseconds = {name: report["latencies"][name] / 1e6 for name in ("50th", "99th", "max")}
    return Load(
        seconds=lasted,
        per_second=statuses.get(200, 0) / lasted,
        p50_ms=milliseconds["50th"],
        p99_ms=milliseconds["99th"],
        p999_ms=milliseconds["max"],
        refused=sum(count for code, count in statuses.items() if code not in {0, 200}),
        broken=statuses.get(0, 0),
        generator_busy=busy,
    )


def _timed(command: Sequence[str]) -> tuple[str, float]:
    """Return what it printed, and the processor time that it took by the time that went by."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return done.stdout, used / took


def _whole(seconds: float) -> int:
    return max(1, round(seconds))
