"""The serving benchmark measures our side, and says in its table what it measured."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[2] / "benchmarks" / "serving"
_NAMES = ("shell", "load", "running", "questions", "image", "ours", "peers", "rounds", "processes", "report")


@pytest.fixture(scope="module")
def parts():
    """The benchmark's modules, which import each other by name."""
    sys.path.insert(0, str(_FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in _NAMES}
    finally:
        sys.path.remove(str(_FOLDER))
        for name in _NAMES:
            sys.modules.pop(name, None)


def _load(parts, per_second: float, **changes: float):
    numbers = {"p50_ms": 1.0, "p99_ms": 2.0, "p999_ms": 3.0, "refused": 0, "broken": 0, "generator_busy": 0.5}
    numbers |= {"processor_seconds": 1.0, "seconds": 1.0, **changes}
    return parts["load"].Load(per_second=per_second, **numbers)


def test_share_report__rounds__gives_medians_and_ratios_round_by_round(parts) -> None:
    """The ratio is the median of the rounds' ratios, not the ratio of the medians."""
    names = ("no-op", "bare, constant", "bare, by-hand")
    rows = [
        {
            f"{name} @{number}": _load(parts, rate)
            for number in (1, 16, 64)
            for name, rate in zip(names, (*rates, 1), strict=True)
        }
        for rates in ((90, 100), (100, 200), (400, 300))
    ]
    title = "requests/s, 1 connections: no-op function / bare server, constant"
    told = "| 100 | 200 | 0.90 (0.50 to 1.33) | at least 0.8 | reached | 0.90 |"
    assert parts["report"].share_report(rows)[0] == f"| {title} {told}"


def test_throughput_report__generator_at_its_end__says_so(parts) -> None:
    """What the generator could not ask for is not held against the server."""
    rows = [
        {f"{name} @{number}": _load(parts, 10, generator_busy=0.95) for number in (1, 16, 64) for name in names}
        for names in [(*parts["report"]._MINE, parts["report"].FLOOR, "mlserver")]
    ]
    lines = parts["report"].throughput_report(rows, ["mlserver"])
    assert len(lines) == 12
    assert all("(generator-bound)" in line for line in lines)
    assert ["not reached" in line for line in lines] == [True] * 9 + [False] * 3


@pytest.mark.parametrize(
    ("goodput", "verdict"), {"enough": (91, "reached"), "too little": (80, "not reached")}.values()
)
def test_overload_report__goodput__against_the_better_maximum(parts, goodput: float, verdict: str) -> None:
    """A server that was slowed by others before the flood cannot look better for it."""
    row = {"maximum": _load(parts, 50), "flooded": _load(parts, goodput), "afterwards": _load(parts, 100)}
    (line,) = parts["report"].overload_report(row)
    assert line.endswith(f"| at least 0.9 | {verdict} |")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.skipif(
    not all(map(shutil.which, ("wrk", "umoci"))), reason="wrk and umoci, the benchmark's own tools, are not installed"
)
def test_share_round__our_side_with_tiny_numbers__has_answers_for_all(parts, tmp_path: Path) -> None:
    """The image is built, both servers start and answer, and nothing is refused."""
    image = parts["image"].everything(tmp_path)
    bench = parts["rounds"].Bench(work=tmp_path, seconds=1, image=image, peers=(), mlserver=None, batching=None)
    row = parts["rounds"].share_round(bench)
    assert list(row) == [
        f"{name} @{number}" for number in (1, 16, 64) for name in ("no-op", "bare, constant", "bare, by-hand")
    ]
    assert all(load.per_second > 0 and not load.refused and not load.broken for load in row.values())
    assert len(parts["report"].share_report([row])) == 6
    assert 0 < image.runtime_bytes_compressed < image.runtime_bytes


def test_together__slices__counts_them_as_one_run(parts) -> None:
    """Rates are by the whole time, and the latencies are the worst that anybody saw."""
    short, long = _load(parts, 10, seconds=1.0, p99_ms=9.0), _load(parts, 40, seconds=2.0, refused=3)
    one = parts["load"].together([short, long])
    assert (one.per_second, one.seconds, one.p99_ms, one.refused) == (30, 3, 9, 3)
    assert one.per_processor_second == 45
