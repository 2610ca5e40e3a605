"""The table: medians, ratios taken round by round, the goal, and whether it is reached."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from load import Load
from rounds import CONNECTIONS

Loads = Sequence[Mapping[str, Load]]
Numbers = Sequence[Mapping[str, float]]

HEAD = "| what | ours | theirs | ratio (range) | goal | |\n| --- | --- | --- | --- | --- | --- |"
_GOALS = {1: 3, 16: 10, 64: 15}
_MINE = ("ours, function, /predict", "ours, function, V2", "ours, fitted model, own route")
_BATCHED = "mlserver-batching"


def throughput_report(rows: Loads, peers: Sequence[str]) -> list[str]:
    """Return ours against MLServer, and the other peers against it."""
    lines = []
    for name in (*_MINE, *(peer for peer in peers if peer != "mlserver")):
        for connections in CONNECTIONS:
            goal = _GOALS[connections] if name in _MINE else 0
            title = f"requests/s, {connections} connections: {name} / mlserver"
            lines.append(_rates(rows, title, f"{name} @{connections}", f"mlserver @{connections}", goal))
    return lines


def forest_report(rows: Loads) -> list[str]:
    """Return ours against MLServer with its batching."""
    return [
        _rates(rows, f"requests/s, random forest, 64 connections: {name}", f"{name} @64", f"{_BATCHED} @64", 3.5)
        for name in _MINE
    ]


def latency_report(rows: Loads) -> list[str]:
    """Return the p99, in milliseconds."""
    theirs = [row["mlserver at half of its own"].p99_ms for row in rows]
    lines = []
    for title, name in (
        ("each at half of its own maximum", "ours at half of its own"),
        ("both at half of MLServer's", "ours at half of MLServer's"),
    ):
        mine = [row[name].p99_ms for row in rows]
        lines.append(_line(f"p99 in ms, {title}", mine, theirs, 0.5, most=True))
    return lines


def share_report(rows: Loads) -> list[str]:
    """Return the share of the bare server's rate that a no-op function keeps."""
    return [
        _rates(rows, f"requests/s, {number} connections: no-op / bare server", f"no-op @{number}", f"bare @{number}", 0.8)
        for number in CONNECTIONS
    ]


def cold_report(rows: Numbers) -> list[str]:
    """Return the seconds to the first answer."""
    theirs = [row["notebook"] for row in rows]
    lines = [_line("cold start in s / notebook's environment", [row["ours"] for row in rows], theirs, 0.8, most=True)]
    for name in ("ours, no container", "unpickling in the image"):
        lines.append(_line(f"for comparison: {name}", [row[name] for row in rows], theirs, 0, most=True))
    return lines


def memory_report(rows: Numbers) -> list[str]:
    """Return the megabytes above libraries and model."""
    return [
        _more(f"MB, {kind}, {when}", [(row[f"{when}, {kind}"], row[f"bare import, {kind}"]) for row in rows], 25)
        for when in ("first answer", "after load")
        for kind in ("RSS", "PSS")
    ]


def footprint_report(size_bytes: int, compressed_bytes: int) -> list[str]:
    """Return the size of the runtime's layer."""
    own, sent = size_bytes / 1e6, compressed_bytes / 1e6
    return [f"| runtime's layer in MB | {own:.2f} ({sent:.2f} compressed) | - | - | at most 15 | {_verdict(own <= 15)} |"]


def overload_report(row: Mapping[str, Load]) -> list[str]:
    """Return the goodput under ten times the capacity."""
    maximum, flooded, after = (row[name] for name in ("maximum", "flooded", "afterwards"))
    ratio = flooded.per_second / max(maximum.per_second, after.per_second)
    told = f"{flooded.refused} refused, {flooded.broken} broken, p99 {flooded.p99_ms:.0f} ms"
    return [
        f"| goodput/s at 10 times the capacity ({told}) | {flooded.per_second:.0f} | {maximum.per_second:.0f} before, "
        f"{after.per_second:.0f} after | {ratio:.2f} | at least 0.9 | {_verdict(ratio >= 0.9)} |"
    ]


def _rates(rows: Loads, title: str, mine: str, theirs: str, goal: float) -> str:
    bound = any(row[name].generator_bound for row in rows for name in (mine, theirs))
    words = f"{title} (generator-bound)" if bound else title
    return _line(words, [row[mine].per_second for row in rows], [row[theirs].per_second for row in rows], goal)


def _line(title: str, mine: Sequence[float], theirs: Sequence[float], goal: float, *, most: bool = False) -> str:
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    middle = statistics.median(ratios)
    wanted = f"at {'most' if most else 'least'} {goal:g}" if goal else "-"
    reached = _verdict(middle <= goal if most else middle >= goal) if goal else ""
    return (
        f"| {title} | {_number(statistics.median(mine))} | {_number(statistics.median(theirs))} | "
        f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {wanted} | {reached} |"
    )


def _more(title: str, pairs: Sequence[tuple[float, float]], goal: float) -> str:
    mine, theirs = (statistics.median(values) for values in zip(*pairs, strict=True))
    above = statistics.median(a - b for a, b in pairs)
    return f"| {title} | {mine:.1f} | {theirs:.1f} | {above:+.1f} | at most {goal:+g} | {_verdict(above <= goal)} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _verdict(reached: bool) -> str:
    return "reached" if reached else "not reached"
