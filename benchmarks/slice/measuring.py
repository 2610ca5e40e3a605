"""Measures one notebook: the whole, the slice, and what the slice needs."""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from comparing import Verdict, first_difference
from distributions import Installed
from layout import Sources, extended, lay_out
from manifest import Entry
from running import Outcome, Question, run
from sampling import around

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.notebooks import read_notebook

if TYPE_CHECKING:
    from cutting import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all notebooks share. ``cache`` holds outcomes by what ran; ``fresh`` does not read them."""

    sources: Sources
    python: Path
    installed: Installed
    cache: Path
    timeout_seconds: float
    rounds: int = 1
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one notebook. Sizes are of distributions on disk, with all that they require."""

    identifier: str
    public: bool
    verdict: Verdict
    reason: str = ""
    kept_whole: str = ""
    statements: int = 0
    training: int = 0
    serving: int = 0
    whole_seconds: float = 0.0
    slice_seconds: float = 0.0
    imported: list[str] = field(default_factory=list)
    serving_imports: list[str] = field(default_factory=list)
    with_state: list[str] = field(default_factory=list)
    imported_bytes: int = 0
    image_bytes: int = 0
    state_bytes: int = 0
    analyze_ms: float = 0.0
    slice_ms: float = 0.0
    code_cells: int = 0


def measure(entry: Entry, bench: Bench, *, slices: bool = True) -> Measured:
    """Measure one notebook; without ``slices`` only whether the whole runs and repeats itself."""
    inputs = around(entry.example, entry.identifier)
    whole = _whole(entry, bench, inputs, 0)
    common = {"identifier": entry.identifier, "public": entry.public, "whole_seconds": whole.seconds}
    if whole.error:
        return Measured(**common, verdict=Verdict.WHOLE_FAILED, reason=whole.error)  # type: ignore[arg-type]
    refused = whole.answers[0]
    if isinstance(refused, dict) and "!" in refused:
        return Measured(**common, verdict=Verdict.WHOLE_FAILED, reason=f"predict: {refused}")  # type: ignore[arg-type]
    if not slices:
        unsteady = first_difference(whole.answers, _whole(entry, bench, inputs, 1).answers)
        verdict = Verdict.UNSTEADY if unsteady else Verdict.SAME
        return Measured(**common, verdict=verdict, reason=unsteady)  # type: ignore[arg-type]
    # Not at the top: the whole notebooks can be run while nothing can be sliced.
    from cutting import cut_out  # noqa: PLC0415

    try:
        cut = cut_out(entry, bench.sources)
    except (
        ContainerizeError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        IndexError,
        RecursionError,
        TimeoutError,
    ) as error:
        reason = f"{type(error).__name__}: {error}"
        return Measured(**common, verdict=Verdict.NO_SLICE, reason=reason)  # type: ignore[arg-type]
    part, whole_times, part_times = _part(entry, bench, cut, inputs, whole)
    verdict, reason = _verdict(whole, part)
    # A slice that answers alike shows that the notebook repeats itself; only another answer leaves it open.
    alike = verdict is Verdict.SAME
    unsteady = "" if alike else first_difference(whole.answers, _whole(entry, bench, inputs, 1).answers)
    needed = bench.installed.providing(site.module for site in cut.slice.imports)
    stored = needed | bench.installed.providing(part.modules)
    imported = bench.installed.providing(site.module for site in cut.analysis.imports)
    return Measured(
        identifier=entry.identifier,
        public=entry.public,
        verdict=Verdict.UNSTEADY if unsteady else verdict,
        reason=f"{unsteady}; {verdict}: {reason}" if unsteady else reason,
        kept_whole=cut.slice.whole,
        statements=len(cut.slice.statements),
        training=sum(item.training for item in cut.slice.statements),
        serving=sum(item.serving for item in cut.slice.statements),
        whole_seconds=statistics.median(whole_times),
        slice_seconds=statistics.median(part_times),
        imported=sorted(imported),
        serving_imports=sorted(needed),
        with_state=sorted(stored),
        imported_bytes=bench.installed.total_bytes(imported | stored),
        image_bytes=bench.installed.total_bytes(stored),
        state_bytes=part.state_bytes,
        analyze_ms=cut.analyze_ms,
        slice_ms=cut.slice_ms,
        code_cells=len(cut.notebook.code_cells),
    )


def _whole(entry: Entry, bench: Bench, inputs: list[dict[str, object]], number: int) -> Outcome:
    """Run the whole notebook for the first or for another time."""
    text = extended(entry, bench.sources.read(entry.repository, entry.commit, entry.path).decode())
    key = _key("whole", number, text, inputs, entry.files, entry.commit, *_beside(entry))
    return _cached(bench, entry, f"whole-{key}", lambda: _run_whole(entry, bench, inputs))


def _run_whole(entry: Entry, bench: Bench, inputs: list[dict[str, object]]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="slice-whole-") as folder:
        path = lay_out(entry, bench.sources, Path(folder))
        cells = read_notebook(path).code_cells
        question = Question(inputs=inputs)
        return run(
            cells, folder=path.parent, question=question, python=bench.python, timeout_seconds=bench.timeout_seconds
        )


def _part(
    entry: Entry, bench: Bench, cut: Cut, inputs: list[dict[str, object]], whole: Outcome
) -> tuple[Outcome, list[float], list[float]]:
    """Run the slice, by turns with the whole when the times shall count; return it and both times."""
    key = _key(
        "slice",
        [(cell.index, cell.source) for cell in cut.slice.program],
        cut.slice.source,
        inputs,
        entry.files,
        cut.search,
        *_beside(entry),
    )
    part = _cached(bench, entry, f"slice-{key}", lambda: _run_part(entry, bench, cut, inputs))
    whole_times, part_times = [whole.seconds], [part.seconds]
    if bench.rounds > 1 and not part.error:
        whole_times, part_times = [], []
        for _ in range(bench.rounds):
            whole_times.append(_run_whole(entry, bench, inputs).seconds)
            part_times.append(_run_part(entry, bench, cut, inputs).seconds)
    return part, whole_times, part_times


def _run_part(entry: Entry, bench: Bench, cut: Cut, inputs: list[dict[str, object]]) -> Outcome:
    found = cut.slice
    with tempfile.TemporaryDirectory(prefix="slice-part-") as folder:
        path = lay_out(entry, bench.sources, Path(folder))
        question = Question(inputs=inputs, live_in=found.live_in, source=found.source, search=cut.search)
        # The program makes the state; predict itself is source, and the answers in this kernel need it too.
        return run(
            found.program,
            folder=path.parent,
            question=question,
            python=bench.python,
            timeout_seconds=bench.timeout_seconds,
        )


def _verdict(whole: Outcome, part: Outcome) -> tuple[Verdict, str]:
    if part.error:
        return Verdict.FAILED, part.error
    if part.refused:
        if difference := first_difference(whole.answers, part.answers):
            return Verdict.DIFFERS, f"in the kernel: {difference}"
        return Verdict.REFUSED, "; ".join(f"{name}: {reason}" for name, reason in part.refused.items())
    if part.serve_error:
        return Verdict.FAILED, f"serving: {part.serve_error}"
    difference = first_difference(whole.answers, part.served or [])
    return (Verdict.DIFFERS, difference) if difference else (Verdict.SAME, "")


def _cached(bench: Bench, entry: Entry, name: str, work: Callable[[], Outcome]) -> Outcome:
    file = bench.cache / entry.identifier / f"{name}.json"
    if file.exists() and not bench.fresh:
        return Outcome(**json.loads(file.read_bytes()))
    outcome = work()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(outcome), indent=1) + "\n")
    return outcome


def _beside(entry: Entry) -> list[object]:
    """Return what an entry replaces in modules beside its notebook: the notebook's own text does not show it."""
    return [asdict(edit) for edit in entry.edits if edit.file]


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
