"""The local store: how large it is, whether it is sound, and how it gets smaller."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from jupyter_containerize.cli.signals import cancelled_by_signals
from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.size import read_size, size_text
from jupyter_containerize.explain import explain
from jupyter_containerize.publishing.collecting import Collected, collect, prune
from jupyter_containerize.publishing.damage import Damage, repair
from jupyter_containerize.publishing.errors import IllegalSize
from jupyter_containerize.publishing.inventory import usage
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.verifying import VerifyReport, verify

_DAMAGED = 40


def store(arguments: argparse.Namespace) -> int:
    """Do what ``arguments.action`` says with the user's store and return the exit code.

    ``arguments`` has ``action`` (usage, verify, prune, gc) and ``json``; for verify ``repair``; for prune ``days``
    (a number) and ``dry_run``; for gc ``keep`` (a text like 20GB) and ``dry_run``.
    """
    cancel = cancelled_by_signals()
    try:
        return _ACTIONS[arguments.action](arguments, LocalStore.default(), cancel)
    except Exception as error:  # noqa: BLE001  # the door: explain has words for every error, our bugs too
        problem = explain(error)
        show_problem(problem, Console(stderr=True))
        return problem.exit_code


def size_of(text: str) -> int:
    """Return a number of bytes: ``20GB``, ``512MiB``, ``1.5 T`` or ``1000``.

    Raises:
        IllegalSize: the text is none.
    """
    size = read_size(text)
    if size is None:
        raise IllegalSize(text)
    return size


def _usage(arguments: argparse.Namespace, opened: LocalStore, cancel: CancelToken) -> int:
    found = usage(opened, cancel=cancel)
    if arguments.json:
        print(json.dumps({**asdict(found), "root": str(found.root)}))
        return 0
    table = Table("What", "Pieces", "On the disk")
    for kind, share in found.kinds.items():
        table.add_row(kind, str(share.count), size_text(share.size_bytes))
    console = Console()
    console.print(table)
    console.print(f"{found.root}: {size_text(found.size_bytes)}", soft_wrap=True, highlight=False)
    return 0


def _verify(arguments: argparse.Namespace, opened: LocalStore, cancel: CancelToken) -> int:
    report = _verified(opened, cancel, show=not arguments.json)
    damages = repair(opened, report.damages) if arguments.repair and report.damages else report.damages
    if arguments.json:
        print(json.dumps(_report_json(report, damages)))
    else:
        _print_report(report, damages)
    return 0 if all(damage.repaired for damage in damages) else _DAMAGED


def _verified(opened: LocalStore, cancel: CancelToken, *, show: bool) -> VerifyReport:
    columns = (TextColumn("Reading the store"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not show) as progress:
        task = progress.add_task("", total=None)
        return verify(opened, lambda done, total: progress.update(task, completed=done, total=total), cancel)


def _report_json(report: VerifyReport, damages: Iterable[Damage]) -> Mapping[str, object]:
    return {
        "files": report.files,
        "size_bytes": report.size_bytes,
        "seconds": round(report.seconds, 3),
        "damages": [{**asdict(damage), "todo": damage.todo} for damage in damages],
    }


def _print_report(report: VerifyReport, damages: tuple[Damage, ...]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for damage in damages:
        tags = f" (needed by {', '.join(damage.tags)})" if damage.tags else ""
        console.print(f"{damage.seen} {damage.path}: {damage.problem}{tags}", markup=False)
        for said in filter(None, (damage.done, damage.todo)):
            console.print(f"  {said}", markup=False)
    read = f"{report.files} files, {size_text(report.size_bytes)}, in {report.seconds:.1f} s"
    console.print(f"{len(damages)} damaged of {read}" if damages else f"Everything is sound: {read}", markup=False)


def _prune(arguments: argparse.Namespace, opened: LocalStore, cancel: CancelToken) -> int:
    return _tell(prune(opened, days=arguments.days, dry_run=arguments.dry_run, cancel=cancel), arguments)


def _gc(arguments: argparse.Namespace, opened: LocalStore, cancel: CancelToken) -> int:
    keep = size_of(arguments.keep)
    done = collect(opened, keep, dry_run=arguments.dry_run, cancel=cancel)
    code = _tell(done, arguments)
    if done.after_bytes > keep and not arguments.json:
        print(f"The rest is of tagged images, or of a build that runs: {size_text(done.after_bytes)}")
    return code


def _tell(done: Collected, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(json.dumps({**asdict(done), "freed_bytes": done.freed_bytes}))
        return 0
    console = Console(highlight=False, soft_wrap=True)
    if done.dry_run:
        for piece in done.removed:
            console.print(f"{piece.kind}: {piece.name}, {size_text(piece.size_bytes)}", markup=False)
    verb = "would be removed" if done.dry_run else "removed"
    sizes = f"{size_text(done.before_bytes)} before, {size_text(done.after_bytes)} after"
    console.print(f"{len(done.removed)} pieces {verb}, {size_text(done.freed_bytes)} freed: {sizes}", markup=False)
    return 0


_ACTIONS: Mapping[str, Callable[[argparse.Namespace, LocalStore, CancelToken], int]] = {
    "usage": _usage,
    "verify": _verify,
    "prune": _prune,
    "gc": _gc,
}
