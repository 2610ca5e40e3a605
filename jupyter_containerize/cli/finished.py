"""What is done with finished images: a newer base, a check of their signature; and the buildpack for others' tools."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib import metadata

from rich.console import Console
from rich.table import Table

from jupyter_containerize.cli.signals import cancelled_by_signals
from jupyter_containerize.cli.watching import Quietly, Watching, WithJson, WithProgress, show_problem
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.explain import explain


def rebase(arguments: argparse.Namespace) -> int:
    """Put an image on the newest system packages."""
    # The terminal's other commands do without what builds need.
    from jupyter_containerize.lifecycle.rebase import rebase as on_newest  # noqa: PLC0415

    cancel = cancelled_by_signals()
    watching: Watching = WithJson() if arguments.json else Quietly() if arguments.quiet else WithProgress()
    with watching:
        try:
            done = on_newest(
                arguments.image,
                destination=arguments.destination,
                force=arguments.force,
                sign_key=arguments.sign_key,
                attest=arguments.attest,
                emit=watching.show,
                cancel=cancel,
            )
        except Exception as error:  # noqa: BLE001  # the door: explain has words for every error, our bugs too
            problem = explain(error)
            watching.failed(problem)
            return problem.exit_code
    if arguments.json:
        changes = {name: {"before": before, "after": after} for name, (before, after) in done.changes.items()}
        print(json.dumps({"reference": done.reference, "digest": done.digest, "changes": changes}))
    elif arguments.quiet:
        print(done.reference)
    else:
        table = Table("System package", "Before", "After")
        for name, pair in done.changes.items():
            table.add_row(name, *(version or "-" for version in pair))
        Console().print(table if done.changes else "The system packages are the newest already")
        Console().print(f"{done.reference} is {done.digest}", soft_wrap=True, highlight=False)
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Make sure that a key signed what a name of a registry means."""
    from jupyter_containerize.attestations import read_public_key, verify_published  # noqa: PLC0415
    from jupyter_containerize.publishing.registries import client_for  # noqa: PLC0415

    def check() -> None:
        reference = Reference.parse(arguments.image)
        found = verify_published(client_for(reference), reference, read_public_key(arguments.key))
        if arguments.json:
            print(json.dumps({"digest": found.digest, "predicates": found.predicates}))
            return
        told = "".join(f"\n  signed with it: {predicate}" for predicate in found.predicates)
        Console().print(f"{reference} is {found.digest}, signed with that key{told}", soft_wrap=True, highlight=False)

    return _door(check)


def buildpack(arguments: argparse.Namespace) -> int:
    """Write the Cloud Native Buildpack."""
    from jupyter_containerize.cnb import write_buildpack  # noqa: PLC0415

    def write() -> None:
        files = write_buildpack(arguments.output, version=metadata.version("jupyter-containerize"))
        Console().print(f"{arguments.output}: {', '.join(map(str, files))}", soft_wrap=True, highlight=False)

    return _door(write)


def _door(action: Callable[[], None]) -> int:
    try:
        action()
    except Exception as error:  # noqa: BLE001  # as in rebase
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0
