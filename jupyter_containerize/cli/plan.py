"""The plan command: what a build would do, layer by layer and why, and what it changes."""

from __future__ import annotations

import argparse
import json
import os
import sys

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from jupyter_containerize.cli.request import request_from
from jupyter_containerize.cli.sentences import sentence
from jupyter_containerize.cli.signals import cancelled_by_signals
from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.domain.build import BuildEvent, Level, LogLine
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.explain import explain
from jupyter_containerize.explain.places import finding_to_json
from jupyter_containerize.explain.plan import (
    comparison_lines,
    layer_size_text,
    needed_lines,
    plan_to_json,
    state_text,
    totals,
)
from jupyter_containerize.lifecycle.miss_words import miss_lines
from jupyter_containerize.lifecycle.planning import PlannedImage, PlanView, show_plan

# The reasons of a layer that so many of its inputs changed for are told by their number.
_MOST_REASONS = 6


def plan(arguments: argparse.Namespace) -> int:
    """Show what a build would do; return the exit code.

    ``arguments`` are those of ``build`` with ``json`` and ``diff`` (the name of an image, or empty).
    """
    cancel = cancelled_by_signals()
    try:
        view = show_plan(request_from(arguments), _tell, cancel, than=arguments.diff)
        if arguments.json:
            print(json.dumps(plan_to_json(view)), flush=True)
        else:
            print_plan(view, Console(highlight=False))
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). Python writes what is left when it ends: to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  # as in build
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0


def _tell(event: BuildEvent) -> None:
    """Say on stderr what takes long or is wrong: detect may run the notebook."""
    if isinstance(event, LogLine) and (event.level is not Level.INFO or event.text.startswith("Running ")):
        Console(stderr=True, highlight=False).print(Text(event.text), soft_wrap=True)


def print_plan(view: PlanView, console: Console) -> None:
    """Print every image of a plan, then the warnings and the comparison."""
    where = view.plan.understood.request.destination or "the local store"
    for image in view.images:
        console.print(Text.assemble((str(view.plan.reference), "bold"), f" for {image.platform}, into {where}"))
        console.print(_table(image))
        for line in (*totals(image), *needed_lines(image)):
            console.print(Text(line), soft_wrap=True)
        console.print()
    for finding in view.warnings:
        console.print(Text(sentence(finding_to_json(finding)), style="yellow"), soft_wrap=True)
    for comparison in view.comparison:
        for line in comparison_lines(comparison):
            console.print(Text(line), soft_wrap=True)


def _table(image: PlannedImage) -> Table:
    columns = ("Role", "Layer", "Size", "State", "Why")
    table = Table(*(Column(name, overflow="fold", justify="right" if name == "Size" else "left") for name in columns))
    for layer in image.base_layers:
        table.add_row("base", layer.digest.hex[:12], size_text(layer.size_bytes), "there", "")
    for item in image.layers:
        reasons = miss_lines(item.misses)
        shown = reasons[:_MOST_REASONS]
        if len(reasons) > len(shown):
            shown.append(f"and {len(reasons) - len(shown)} more")
        row = (item.plan.role, item.plan.title, layer_size_text(item), state_text(item), "\n".join(shown))
        table.add_row(*map(Text, row))
    return table
