"""Prints the table, and the same as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truth import Mode, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of one tool. ``cpu_seconds`` has one figure a round, for all notebooks."""

    tool: str
    release: str
    scores: Mapping[Mode, Score]
    cpu_seconds: Sequence[float]
    crashed: Sequence[str]


def as_markdown(rows: Sequence[Row], modes: Sequence[Mode]) -> str:
    """Return one table for each mode, the best F1 first."""
    return "\n\n".join(_table(rows, mode) for mode in modes)


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Return every figure, with the names that were wrong or missed."""
    return {row.tool: _values(row) for row in rows}


def _table(rows: Sequence[Row], mode: Mode) -> str:
    lines = [
        f"| tool | F1 {mode} | precision | recall | exactly right | CPU s | crashes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in sorted(rows, key=lambda row: -row.scores[mode].f1):
        score = row.scores[mode]
        lines.append(
            f"| {row.tool} {row.release} | {score.f1:.3f} | {score.precision:.3f} | {score.recall:.3f} "
            f"| {score.exact_rate:.0%} | {statistics.median(row.cpu_seconds):.1f} | {len(row.crashed)} |"
        )
    return "\n".join(lines)


def _values(row: Row) -> dict[str, Any]:
    return {
        "release": row.release,
        "cpu_seconds": [round(seconds, 2) for seconds in row.cpu_seconds],
        "crashed": list(row.crashed),
        **{
            mode: {
                "notebooks": score.notebooks,
                "f1": round(score.f1, 4),
                "precision": round(score.precision, 4),
                "recall": round(score.recall, 4),
                "exact": score.exact,
                "exact_rate": round(score.exact_rate, 4),
                "hits": score.hits,
                "wrong": _most_first(score.wrong),
                "missed": _most_first(score.missed),
            }
            for mode, score in row.scores.items()
        },
    }


def _most_first(names: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(found) for name, found in sorted(names.items(), key=lambda pair: (-len(pair[1]), pair[0]))}
