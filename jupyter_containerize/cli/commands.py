"""What each command does: parse, call, print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.table import Table

from jupyter_containerize.cli.finished import buildpack, rebase, verify
from jupyter_containerize.cli.monitoring import monitoring
from jupyter_containerize.cli.plan import plan
from jupyter_containerize.cli.preview import preview
from jupyter_containerize.cli.request import request_from
from jupyter_containerize.cli.signals import cancelled_by_signals
from jupyter_containerize.cli.slice import show_slice
from jupyter_containerize.cli.store import store
from jupyter_containerize.cli.watching import Quietly, Watching, WithJson, WithProgress, show_problem
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle import run as run_build
from jupyter_containerize.lifecycle import running, wait
from jupyter_containerize.publishing import LocalStore


def build(arguments: argparse.Namespace) -> int:
    """Build an image and show it grow."""
    cancel = cancelled_by_signals()
    watching: Watching = WithJson() if arguments.json else Quietly() if arguments.quiet else WithProgress()
    with watching:
        try:
            report = run_build(request_from(arguments), watching.show, cancel)
        except Exception as error:  # noqa: BLE001  # the door: explain has words for every error, our bugs too
            problem = explain(error)
            watching.failed(problem)
            return problem.exit_code
        watching.done(report)
    return 0


def images(arguments: argparse.Namespace) -> int:
    """List the local store."""
    try:
        stored = LocalStore.default().images()
    except Exception as error:  # noqa: BLE001  # as in build
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    if arguments.json:
        for image in stored:
            print(
                json.dumps(
                    {
                        "digest": image.digest,
                        "tags": image.tags,
                        "size_bytes": image.size_bytes,
                        "created": image.created,
                    }
                )
            )
        return 0
    table = Table("Tags", "Digest", "Size", "Created")
    for image in stored:
        table.add_row("\n".join(image.tags), image.digest.hex[:12], size_text(image.size_bytes), image.created)
    Console().print(table if stored else "No images yet: jupyter containerize build NOTEBOOK makes one")
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Start an image in the foreground, until interrupted."""
    console = Console()
    cancel = cancelled_by_signals()
    try:
        with running(arguments.image, port=arguments.port, cancel=cancel) as container:
            if not container.alive():
                console.print(container.logs(), end="", markup=False, highlight=False, soft_wrap=True)
                return 0
            console.print(f"{arguments.image} answers at {container.url} until you press Ctrl+C", soft_wrap=True)
            wait(container, cancel)
    except Exception as error:  # noqa: BLE001  # as in build
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "build": build,
    "plan": plan,
    "preview": preview,
    "slice": show_slice,
    "images": images,
    "run": run,
    "rebase": rebase,
    "verify": verify,
    "store": store,
    "buildpack": buildpack,
    "monitoring": monitoring,
}
