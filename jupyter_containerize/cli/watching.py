"""How a build looks in a terminal: with live progress, as JSON lines, or not at all."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from jupyter_containerize.domain import build as words
from jupyter_containerize.domain.serving import Parity, ParityProof
from jupyter_containerize.domain.size import size_text


class Watching(Protocol):
    """A way to show a build; used as a context manager around it."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def show(self, event: words.BuildEvent) -> None:
        """Show one event."""

    def failed(self, problem: words.Problem) -> None:
        """Show why there is no image."""

    def done(self, report: words.BuildReport) -> None:
        """Show the image."""


class _Plain:
    """What needs nothing to begin or end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class WithJson(_Plain):
    """Events as JSON lines on stderr, one closing object on stdout."""

    def show(self, event: words.BuildEvent) -> None:
        """Print the event."""
        print(json.dumps(words.event_to_json(event)), file=sys.stderr, flush=True)

    def failed(self, problem: words.Problem) -> None:
        """Print the last event, and the problem as the closing object."""
        event = words.event_to_json(words.BuildFailed(problem=problem))
        print(json.dumps(event), file=sys.stderr, flush=True)
        print(json.dumps({"problem": event["problem"]}))

    def done(self, report: words.BuildReport) -> None:
        """Print the last event, and the report as the closing object."""
        self.show(words.BuildDone(report=report))
        print(json.dumps(words.report_to_json(report)))


class Quietly(_Plain):
    """Only the image's name, or what went wrong."""

    def show(self, event: words.BuildEvent) -> None:
        """Show nothing."""

    def failed(self, problem: words.Problem) -> None:
        """Print the problem on stderr."""
        show_problem(problem, Console(stderr=True))

    def done(self, report: words.BuildReport) -> None:
        """Print the reference."""
        print(report.reference)


class WithProgress(_Plain):
    """The five phases with a live bar for the step under way; log lines scroll above."""

    def __init__(self) -> None:
        self._console = Console()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._steps: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin the live display."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the live display."""
        self._bars.stop()

    def show(self, event: words.BuildEvent) -> None:
        """Move a bar or print a line."""
        match event:
            case words.PhaseStarted(phase=phase):
                number = list(words.Phase).index(phase) + 1
                self._line(Text(f"[{number}/5] {phase.value}", style="bold"))
            case words.PhaseFinished():
                self._clear()
            case words.LogLine(text=text, level=level):
                style = {"warning": "yellow", "error": "red"}.get(level.value, "")
                self._line(Text(f"      {text}", style=style))
            case words.Progress():
                self._move(event)
            case _:
                pass

    def failed(self, problem: words.Problem) -> None:
        """Print the problem."""
        self._clear()
        self._bars.stop()
        show_problem(problem, Console(stderr=True))

    def done(self, report: words.BuildReport) -> None:
        """Print the image and the next command."""
        self._clear()
        self._bars.stop()
        reused = sum(layer.reused for layer in report.layers)
        rows = {
            "Image": Text(report.reference, style="bold green"),
            "Tags": Text(", ".join(report.tags)),
            "Digest": Text(report.digest),
            "Size": Text(size_text(report.size_bytes)),
            "Layers": Text(f"{len(report.layers) - reused} new, {reused} reused"),
            "Objects": Text(_objects(report)),
            "Checked": Text(_parity(report.parity)),
            "Self-test": Text(_selftest(report.selftest)),
            "Time": Text(f"{sum(report.timings[phase] for phase in words.Phase):.1f} s"),
            "Next": Text(report.run_command, style="bold"),
        }
        self._console.print()
        for name, value in rows.items():
            # Not a table: it would cut a digest that is wider than the terminal.
            self._console.print(Text.assemble((f"{name:<11}", "dim"), value), soft_wrap=True)

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _move(self, event: words.Progress) -> None:
        task = self._steps.get(event.step)
        if task is None:
            task = self._steps[event.step] = self._bars.add_task(event.step, total=event.total, amount="")
        self._bars.update(task, completed=event.done, total=event.total, amount=_amount(event))
        if event.total is not None and event.done >= event.total:
            self._bars.remove_task(self._steps.pop(event.step))

    def _clear(self) -> None:
        for task in self._steps.values():
            self._bars.remove_task(task)
        self._steps.clear()


def show_problem(problem: words.Problem, console: Console) -> None:
    """Print an error's four parts."""
    console.print(Text(f"{problem.title} ({problem.code})", style="bold red"), soft_wrap=True)
    for part in (problem.saw, problem.todo):
        if part:
            console.print(Text(part), soft_wrap=True)
    if problem.details:
        console.print(Text(problem.details, style="dim"), soft_wrap=True)


def _amount(event: words.Progress) -> str:
    if event.unit is words.Unit.BYTES:
        total = "" if event.total is None else f" of {event.total / 1e6:.1f}"
        return f"{event.done / 1e6:.1f}{total} MB"
    return "" if event.total is None else f"{event.done} of {event.total}"


def _objects(report: words.BuildReport) -> str:
    items = [f"{item.name} ({', '.join(item.formats)}, {size_text(item.size_bytes)})" for item in report.objects]
    return ", ".join(items) or "none"


_PARITY = {
    ParityProof.WHOLE: "all of the notebook ran",
    ParityProof.OUTPUT: "the part that ran gives the answer that the notebook shows",
    ParityProof.BYTES: "the part that ran and the whole notebook give the same objects",
    ParityProof.ANSWERS: "the part that ran and the whole notebook give the same answers",
    ParityProof.FELL_BACK: "the part gave other answers, so that the whole notebook counts",
    ParityProof.UNCHECKED: "not checked",
}


def _parity(parity: Parity | None) -> str:
    if parity is None:
        return "the objects are those of the running kernel"
    reason = f": {parity.reason}" if parity.reason else ""
    return f"{_PARITY[parity.proof]}{reason}"


def _selftest(result: words.SelfTestResult) -> str:
    if not result.ran:
        return f"not run: {result.reason}"
    return f"passed ({result.engine})" if result.passed else f"failed ({result.engine}): {result.reason}"
