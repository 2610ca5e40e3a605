"""The slice command: the notebook, line by line, and what becomes of it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from jupyter_containerize.cli.sentences import count, sentence
from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.notebook import Cell, ServingCandidate, Slice
from jupyter_containerize.domain.serving import Dependency, DependencyKind
from jupyter_containerize.explain import MarkedLine, explain, marked_cells, slice_to_json
from jupyter_containerize.explain.places import candidate_to_json, finding_to_json
from jupyter_containerize.lifecycle import SliceView, counted, objects_of, sliced

# A mark each for what runs and what is served, so that the page can be read without colour.
_TRAINING, _SERVING = "\N{BOX DRAWINGS LIGHT VERTICAL}", "\N{BLACK CIRCLE}"
_PLAIN_TRAINING, _PLAIN_SERVING = "|", "*"
_STYLES = {(True, True): "green", (False, True): "green", (True, False): "", (False, False): "dim"}
_GAP = 3


def show_slice(arguments: argparse.Namespace) -> int:
    """Show what becomes of a notebook's lines; return the exit code."""
    request = BuildRequest(
        notebook=arguments.notebook,
        symbols=tuple(arguments.symbols),
        state=arguments.state,
        order=arguments.order,
        keep=tuple(arguments.keep),
        drop=tuple(arguments.drop),
        recreate=tuple(arguments.recreate),
    )
    try:
        view = sliced(request)
        if arguments.json:
            print(json.dumps(slice_to_json(view)), flush=True)
        else:
            print_slice(view, Console(highlight=False))
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). Python writes what is left when it ends: to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  # as in build
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0


def print_slice(view: SliceView, console: Console) -> None:
    """Print the notebook with its marks, and how much of it is used."""
    training, serving = (_PLAIN_TRAINING, _PLAIN_SERVING) if console.options.ascii_only else (_TRAINING, _SERVING)
    console.print(Text(f"{training}  runs to make the state    {serving}  is in the image    no mark: left out"))
    for cell, lines in marked_cells(view):
        console.print()
        console.print(_head(cell, lines))
        for line in lines:
            mark = (training if line.training else " ") + (serving if line.serving else " ")
            for text in _printed(line, mark, console.width):
                console.print(text, soft_wrap=True)
    console.print()
    for said in _summary(view):
        console.print(Text(said), soft_wrap=True)


def _head(cell: Cell, lines: Iterable[MarkedLine]) -> Text:
    used = any(line.training or line.serving for line in lines)
    return Text(f"[{cell.index}]" + ("" if used else " left out"), style="bold" if used else "dim")


def _printed(line: MarkedLine, mark: str, width: int) -> Iterator[Text]:
    """Give the line with its reasons: beside it where both fit, else below."""
    style = _STYLES[line.training, line.serving]
    text = Text.assemble((f"{mark} ", style), (line.text, style))
    reasons = "; ".join(line.reasons)
    room = width - cell_len(text.plain) - _GAP
    if not reasons:
        text.rstrip()
        yield text
    elif cell_len(reasons) <= room:
        text.append(" " * (width - cell_len(text.plain) - cell_len(reasons)))
        yield text.append(reasons, style="dim italic")
    else:
        yield text
        yield Text.assemble((f"{mark} ", style), (f"    ^ {reasons}", "dim italic"))


def _summary(view: SliceView) -> Iterator[str]:
    chosen = view.chosen
    for entry in chosen.entries:
        yield entry_line(entry)
    yield from used(chosen.part, view.dependencies)
    rows = [row for row in view.dependencies if row.kind is not DependencyKind.DECLARED]
    groups = {
        "in the image for the serving code": [row for row in rows if row.serving],
        "in the image only if the captured objects need it": [row for row in rows if row.serving is None],
        "left out": [row for row in rows if row.serving is False],
    }
    for words, group in groups.items():
        if group:
            yield f"{words}: {', '.join(row.distribution for row in group)}"
    for finding in chosen.findings:
        yield sentence(finding_to_json(finding))


def entry_line(entry: ServingCandidate) -> str:
    """Return what serves, where it answers and why it was chosen."""
    told = candidate_to_json(entry)
    where = f" on {entry.method} {told['route']}" if told["route"] else ""
    return f"serves {entry.symbol} ({entry.kind}, {entry.location}){where}: {'; '.join(entry.reasons)}"


def used(part: Slice, rows: tuple[Dependency, ...]) -> Iterator[str]:
    """Give how much of the notebook is used, and the objects that are captured of it, a line each."""
    counts = counted(part, rows)
    yield (
        f"{counts.training} of {count(counts.statements, 'statement')} run to make the state, {counts.serving} in the "
        f"image, {counts.dropped} left out"
    )
    yield (
        f"{counts.training_cells} of {count(counts.cells, 'cell')} run, {counts.serving_cells} in the image; "
        f"{counts.serving_distributions} of {count(counts.distributions, 'distribution')} named by the serving code"
    )
    if part.whole:
        yield f"nothing could be left out: {part.whole}"
    for name, place in objects_of(part):
        where = "" if place is None or place.cell is None else f", bound in cell {place.cell}"
        yield f"captures {name}{where}"
