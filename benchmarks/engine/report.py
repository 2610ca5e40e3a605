"""Medians, and ratios taken round by round."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping, Sequence

# What is told, its name in a row, and the ratio to reach.
_WORK = (
    ("first build, nothing cached", "cold", 3),
    ("build, downloads at hand", "downloads at hand", 10),
    ("rebuild after a code cell changed", "code changed", 3),
    ("rebuild with one distribution more", "one distribution more", 10),
)


def rows_report(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """Return a line for each kind of work."""
    lines = []
    for title, name, goal in _WORK:
        mine, theirs = ([row[f"{side} {name}"] for row in rows] for side in ("ours", "theirs"))
        lines.append(_line(title, mine, theirs, goal))
        if name == "cold":
            whole = [row["theirs cold"] + row["their run"] for row in rows]
            lines.append(_line(f"{title}, and their run of the notebook", mine, whole, goal))
    mine = [row["ours another notebook"] for row in rows]
    whole = [row["theirs downloads at hand"] + row["their run"] for row in rows]
    lines.append(_line("first build of another notebook with the same libraries, and their run of it", mine, whole, 10))
    mine, floor = ([row[f"{side} 200 MB changed"] for row in rows] for side in ("ours", "floor"))
    ratio = statistics.median(a / b for a, b in zip(mine, floor, strict=True))
    lines.append(
        f"layers after 200 MB changed: {statistics.median(mine):.2f} s, "
        f"to read, hash and write them {statistics.median(floor):.2f} s: {ratio:.1f} times (goal: at most 3)"
    )
    return lines


def size_report(ours_mb: float, theirs_mb: float) -> str:
    """Return the line on the images' sizes."""
    return (
        f"size, uncompressed: {ours_mb:.0f} MB, docker build {theirs_mb:.0f} MB: {ours_mb / theirs_mb:.2f} (goal: 0.55)"
    )


def pushed_report(pushed: Mapping[str, int]) -> str:
    """Return the line on what a registry receives after a change of code."""
    ours, theirs = pushed["ours"] / 1e3, pushed["theirs"] / 1e3
    return f"kept by a registry after a change of code: {ours:.1f} kB, docker build {theirs:.1f} kB (goal: 100 kB)"


def growth_report(kept: Mapping[str, Sequence[int]]) -> list[str]:
    """Return a line for each side: the first image, and what each further notebook adds."""
    lines = []
    for side, sizes in kept.items():
        each = [after - before for before, after in itertools.pairwise(sizes)]
        lines.append(
            f"{len(sizes)} notebooks in one registry, {side}: {sizes[0] / 1e6:.1f} MB for the first, "
            f"{statistics.median(each) / 1e6:.3f} MB (at most {max(each) / 1e6:.3f}) for each further (goal: 1 MB)"
        )
    return lines


def _line(title: str, ours: Sequence[float], theirs: Sequence[float], goal: int) -> str:
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return (
        f"{title}: {statistics.median(ours):.2f} s, docker build {statistics.median(theirs):.2f} s: "
        f"{statistics.median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f}; goal: {goal})"
    )
