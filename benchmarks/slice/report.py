"""Writes what was measured as tables and as JSON."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from comparing import Verdict
from measuring import Measured

_MEGA = 1e6
# The right answer may depend on luck, or the notebook on another environment: these say nothing of the slicer.
_NOT_COUNTED = frozenset({Verdict.UNSTEADY, Verdict.WHOLE_FAILED})


def as_markdown(found: Sequence[Measured], *, kept_back_rows: bool = False) -> str:
    """Return a summary of each side of the split and one row for each notebook.

    The rows of the kept back side are left out unless asked for: whoever works on the slicer should not see them.
    """
    sides = {"public": [row for row in found if row.public], "kept back": [row for row in found if not row.public]}
    parts = [_table(["", *sides], [[name, *(of(side) for side in sides.values())] for name, of in _SUMMARY])]
    for name, side in sides.items():
        if side and (kept_back_rows or name == "public"):
            parts.append(
                f"{name}:\n\n" + _table(list(_COLUMNS), [[of(row) for of in _COLUMNS.values()] for row in side])
            )
    reasons = [f"- {row.identifier}: {row.verdict}: {row.reason}" for row in sides["public"] if row.reason]
    return "\n\n".join([*parts, *(["\n".join(reasons)] if reasons else [])])


def as_json(found: Sequence[Measured]) -> dict[str, object]:
    """Return every figure."""
    return {"notebooks": [asdict(row) for row in found]}


def counted(rows: Iterable[Measured]) -> list[Measured]:
    """Return the notebooks whose right answer is known."""
    return [row for row in rows if row.verdict not in _NOT_COUNTED]


def _same(rows: Sequence[Measured]) -> list[Measured]:
    return [row for row in rows if row.verdict is Verdict.SAME]


def _verdicts(rows: Sequence[Measured]) -> str:
    counts = Counter(row.verdict for row in rows)
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "none"


def _median(of: Callable[[Measured], float], form: str) -> Callable[[Sequence[Measured]], str]:
    def text(rows: Sequence[Measured]) -> str:
        same = _same(rows)
        return form.format(statistics.median(map(of, same))) if same else ""

    return text


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _together(
    part: Callable[[Measured], float], whole: Callable[[Measured], float]
) -> Callable[[Sequence[Measured]], str]:
    def text(rows: Sequence[Measured]) -> str:
        same = _same(rows)
        return f"{_share(sum(map(part, same)), sum(map(whole, same))):.0%}" if same else ""

    return text


_SUMMARY: Sequence[tuple[str, Callable[[Sequence[Measured]], str]]] = (
    ("notebooks", lambda rows: str(len(rows))),
    ("verdicts", _verdicts),
    ("same, of those counted", lambda rows: f"{len(_same(rows))} of {len(counted(rows))}"),
    ("everything kept", lambda rows: str(sum(bool(row.kept_whole) for row in rows))),
    ("statements that train, all together", _together(lambda row: row.training, lambda row: row.statements)),
    ("statements that train, median share", _median(lambda row: _share(row.training, row.statements), "{:.0%}")),
    ("run time, all together", _together(lambda row: row.slice_seconds, lambda row: row.whole_seconds)),
    ("run time, median share", _median(lambda row: _share(row.slice_seconds, row.whole_seconds), "{:.0%}")),
    ("serving statements, median", _median(lambda row: row.serving, "{:.0f}")),
    (
        "distributions of serving imports, median share",
        _median(lambda row: _share(len(row.serving_imports), len(row.imported)), "{:.0%}"),
    ),
    (
        "distributions of serving imports and state, median share",
        _median(lambda row: _share(len(row.with_state), len(row.imported)), "{:.0%}"),
    ),
    (
        "installed bytes, median share",
        _median(lambda row: _share(row.image_bytes, row.imported_bytes), "{:.0%}"),
    ),
    ("installed bytes, all together", _together(lambda row: row.image_bytes, lambda row: row.imported_bytes)),
    ("slice ms, median", _median(lambda row: row.slice_ms, "{:.1f}")),
    ("slice ms, most", lambda rows: f"{max((row.slice_ms for row in rows), default=0):.1f}"),
    ("analysis ms, median", _median(lambda row: row.analyze_ms, "{:.1f}")),
)

_COLUMNS: dict[str, Callable[[Measured], str]] = {
    "notebook": lambda row: row.identifier,
    "verdict": lambda row: row.verdict + (" (kept whole)" if row.kept_whole else ""),
    "statements": lambda row: f"{row.training}+{row.serving} of {row.statements}",
    "seconds": lambda row: f"{row.slice_seconds:.1f} of {row.whole_seconds:.1f}",
    "distributions": lambda row: f"{len(row.serving_imports)}, {len(row.with_state)} of {len(row.imported)}",
    "MB": lambda row: f"{row.image_bytes / _MEGA:.0f} of {row.imported_bytes / _MEGA:.0f}",
    "slice ms": lambda row: f"{row.slice_ms:.1f}",
}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
