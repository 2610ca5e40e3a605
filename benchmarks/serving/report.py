"""The table: medians, ratios taken round by round, the goal, and whether it is reached."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from load import Load
from rounds import CONNECTIONS, FLOOR

Loads = Sequence[Mapping[str, Load]]
Numbers = Sequence[Mapping[str, float]]

HEAD = f"| what | ours | theirs | ratio (range) | goal | | by processor time |\n|{' --- |' * 7}"
_GOALS = {1: 3, 16: 10, 64: 15}
_MINE = ("ours, function, own route", "ours, function, V2", "ours, fitted model, own route")
_BATCHED = "mlserver-batching"
_SHARE, _FOREST, _LATENCY, _COLD, _MORE_MB, _FOOTPRINT_MB, _GOODPUT = 0.8, 3.5, 0.5, 0.8, 25, 15, 0.9
_WHOLE_FROM = 100


def throughput_report(rows: Loads, peers: Sequence[str]) -> list[str]:
    """Return ours against MLServer, and the other peers against it."""
    return [
        _rates(
            rows,
            f"requests/s, {connections} connections: {name} / mlserver",
            f"{name} @{connections}",
            f"mlserver @{connections}",
            _GOALS[connections] if name in _MINE else 0,
        )
        for name in (*_MINE, FLOOR, *(peer for peer in peers if peer != "mlserver"))
        for connections in CONNECTIONS
    ]


def forest_report(rows: Loads) -> list[str]:
    """Return ours against MLServer with its batching."""
    title = "requests/s, random forest, 64 connections"
    return [_rates(rows, f"{title}: {name}", f"{name} @64", f"{_BATCHED} @64", _FOREST) for name in _MINE]


def latency_report(rows: Loads) -> list[str]:
    """Return the p99, in milliseconds."""
    theirs = [row["mlserver at half of its own"].p99_ms for row in rows]
    asked = {
        "both at half of MLServer's maximum": ("ours at half of MLServer's", _LATENCY),
        "each at half of its own": ("ours at half of its own", _LATENCY),
        "for comparison: a constant answer, at half of MLServer's": ("idle at half of MLServer's", 0),
        "for comparison: a constant answer, at half of ours": ("idle at half of ours", 0),
    }
    return [
        _line(f"p99 in ms, {title}", [row[name].p99_ms for row in rows], theirs, goal, most=True)
        for title, (name, goal) in asked.items()
    ]


def share_report(rows: Loads) -> list[str]:
    """Return the share of the bare server's rate that a no-op function keeps."""
    title = "connections: no-op function / bare server,"
    kinds = [kind for kind in ("constant", "by-hand", "uvicorn") if f"bare, {kind} @{CONNECTIONS[0]}" in rows[0]]
    return [
        _rates(rows, f"requests/s, {number} {title} {kind}", f"no-op @{number}", f"bare, {kind} @{number}", _SHARE)
        for kind in kinds
        for number in CONNECTIONS
    ]


def cold_report(rows: Numbers) -> list[str]:
    """Return the seconds to the first answer."""
    theirs = [row["notebook"] for row in rows]
    asked = {
        "cold start in s / notebook's environment": ("ours", _COLD),
        "for comparison: ours there, no container": ("ours, no container", 0),
        "for comparison: unpickling in the image": ("unpickling in the image", 0),
    }
    return [_line(title, [row[name] for row in rows], theirs, goal, most=True) for title, (name, goal) in asked.items()]


def memory_report(rows: Numbers) -> list[str]:
    """Return the megabytes above libraries and model."""
    return [
        _more(f"MB, {kind}, {when}", [(row[f"{when}, {kind}"], row[f"bare import, {kind}"]) for row in rows])
        for when in ("first answer", "after load")
        for kind in ("RSS", "PSS")
    ]


def footprint_report(size_bytes: int, compressed_bytes: int) -> list[str]:
    """Return the size of the runtime's layer."""
    own, sent = size_bytes / 1e6, compressed_bytes / 1e6
    verdict = _verdict(reached=own <= _FOOTPRINT_MB)
    return [
        f"| runtime's layer in MB | {own:.2f} ({sent:.2f} compressed) | - | - | at most {_FOOTPRINT_MB} | {verdict} |"
    ]


def overload_report(row: Mapping[str, Load]) -> list[str]:
    """Return the goodput under ten times the capacity."""
    maximum, flooded, after = (row[name] for name in ("maximum", "flooded", "afterwards"))
    ratio = flooded.per_second / max(maximum.per_second, after.per_second)
    told = f"{flooded.refused} refused, {flooded.broken} broken, p99 {flooded.p99_ms:.0f} ms"
    rates = f"{flooded.per_second:.0f} | {maximum.per_second:.0f} before, {after.per_second:.0f} after"
    verdict = _verdict(reached=ratio >= _GOODPUT)
    return [
        f"| goodput/s at 10 times the capacity ({told}) | {rates} | {ratio:.2f} | at least {_GOODPUT} | {verdict} |"
    ]


def _rates(rows: Loads, title: str, mine: str, theirs: str, goal: float) -> str:
    bound = any(row[name].generator_bound for row in rows for name in (mine, theirs))
    words = f"{title} (generator-bound)" if bound else title
    line = _line(words, [row[mine].per_second for row in rows], [row[theirs].per_second for row in rows], goal)
    # What a request costs the server: it says the same whoever else uses the machine.
    ratio = statistics.median(row[mine].per_processor_second / row[theirs].per_processor_second for row in rows)
    return f"{line} {ratio:.2f} |"


def _line(title: str, mine: Sequence[float], theirs: Sequence[float], goal: float, *, most: bool = False) -> str:
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    middle = statistics.median(ratios)
    wanted = f"at {'most' if most else 'least'} {goal:g}" if goal else "-"
    reached = _verdict(reached=middle <= goal if most else middle >= goal) if goal else ""
    return (
        f"| {title} | {_number(statistics.median(mine))} | {_number(statistics.median(theirs))} | "
        f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {wanted} | {reached} |"
    )


def _more(title: str, pairs: Sequence[tuple[float, float]]) -> str:
    mine, theirs = (statistics.median(values) for values in zip(*pairs, strict=True))
    above = statistics.median(a - b for a, b in pairs)
    verdict = _verdict(reached=above <= _MORE_MB)
    return f"| {title} | {mine:.1f} | {theirs:.1f} | {above:+.1f} | at most {_MORE_MB:+g} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= _WHOLE_FROM else f"{value:.3g}"


def _verdict(*, reached: bool) -> str:
    return "reached" if reached else "not reached"
