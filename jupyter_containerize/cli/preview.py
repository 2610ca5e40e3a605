"""The preview command: what notebooks depend on, as a table, as JSON lines or as a requirements file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from jupyter_containerize.cli.sentences import sentence
from jupyter_containerize.cli.slice import entry_line, used
from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.domain.environment import Edited
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.explain import (
    explain,
    explain_dependency,
    failed_preview_to_json,
    findings_to_json,
    preview_to_json,
)
from jupyter_containerize.lifecycle import (
    DetailOptions,
    Preview,
    PreviewOptions,
    add_details,
    formatted,
    preview_notebook,
    write_requirements,
)
from jupyter_containerize.notebooks import read_notebook

_CHECKPOINTS = ".ipynb_checkpoints"
_INTERRUPTED = 130
_LATER = "used only for training or plotting, "
_COLUMNS = ("Distribution", "Version", "From", "Kind", "Asked for by")


def preview(arguments: argparse.Namespace) -> int:
    """Show what is known of notebooks without running them; return the first failure's exit code, or 0."""
    options = PreviewOptions(environment=arguments.environment, python=arguments.python)
    details = DetailOptions(index=arguments.details, advisories=arguments.advisories, before=arguments.as_of)
    code = 0
    paths = list(notebooks_of(arguments.notebooks))
    if not paths:
        Console(stderr=True).print(Text("There are no notebooks here"))
    try:
        for path in paths:
            ended = _preview(path, arguments, options, details)
            code = code or ended
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). Python writes what is left when it ends: to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _preview(path: Path, arguments: argparse.Namespace, options: PreviewOptions, details: DetailOptions) -> int:
    """Show one notebook, or why it cannot be shown; return the exit code."""
    try:
        _show(add_details(preview_notebook(path, options), details), path, arguments)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # as in build; one bad notebook must not hide the others
        problem = explain(error)
        if arguments.json:
            print(json.dumps(failed_preview_to_json(str(path), error)), flush=True)
        else:
            show_problem(problem, Console(stderr=True))
        return problem.exit_code
    return 0


def notebooks_of(paths: Sequence[Path]) -> Iterator[Path]:
    """Return the files that are named, and the notebooks in the folders that are named, sorted, no checkpoints."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if name != _CHECKPOINTS and not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(".ipynb"))


def _show(found: Preview, path: Path, arguments: argparse.Namespace) -> None:
    if arguments.write:
        changed = write_requirements(path, found, arguments.write)
        Console(stderr=True).print(Text(f"{path}: {'written' if changed else 'up to date'}"), soft_wrap=True)
    if arguments.json:
        print(json.dumps(preview_to_json(found)), flush=True)
    elif arguments.format:
        print(formatted(found, arguments.format), end="")
    elif arguments.explain:
        print(explain_dependency(found, read_notebook(path), arguments.explain))
    elif not arguments.write:
        _table(found)


def _table(found: Preview) -> None:
    console = Console()
    python = f"Python {found.python} ({found.python_source})" if found.python else "Python version unknown"
    console.print(
        Text.assemble((found.path, "bold"), f": {found.language}, kernel {found.kernel or 'not named'}, {python}"),
        soft_wrap=True,
    )
    for line in _serving(found):
        console.print(Text(line), soft_wrap=True)
    excluded = [row for row in found.dependencies if row.edited is Edited.EXCLUDED]
    wanted = [row for row in found.dependencies if row not in excluded]
    later = [row for row in wanted if found.chosen is not None and not row.serving]
    _rows(console, [row for row in wanted if row not in later])
    if later:
        perhaps = any(row.serving is None for row in later)
        what = "in the image only if the captured objects need it" if perhaps else "left out"
        console.print(Text(f"{_LATER}{what}:"), soft_wrap=True)
        _rows(console, later)
    if excluded:
        console.print(Text("excluded by the notebook's metadata:"), soft_wrap=True)
        _rows(console, excluded)
    for package in found.system_packages:
        first = package.evidence[0]
        why = first.rule if first.detail == package.name else first.detail
        console.print(Text(f"system package {package.name}: {why}"), soft_wrap=True)
    for variable in found.variables:
        needed = "needed" if variable.required else "optional"
        console.print(Text(f"environment variable {variable.name} ({needed}): cell {variable.location.cell}"))
    if found.r_packages:
        console.print(Text(f"R packages: {', '.join(item.name for item in found.r_packages)}"), soft_wrap=True)
    missing = [item for item in found.files if item.exists is False and not item.written_first]
    known = sum(item.size_bytes or 0 for item in found.files)
    if found.files:
        files = "1 file" if len(found.files) == 1 else f"{len(found.files)} files"
        console.print(Text(f"{files} named ({size_text(known)}), {len(missing)} not there"))
    for finding in findings_to_json(found):
        console.print(Text(sentence(finding)), soft_wrap=True)


def _serving(found: Preview) -> Iterator[str]:
    chosen = found.chosen
    if chosen is None:
        return
    yield from map(entry_line, chosen.entries)
    others = [item for item in found.candidates if item.symbol not in {entry.symbol for entry in chosen.entries}]
    if others:
        yield f"could serve, too: {', '.join(f'{item.symbol} ({item.kind}, {item.location})' for item in others)}"
    if chosen.part.statements:
        yield from used(chosen.part, found.dependencies)


def _rows(console: Console, rows: Sequence[Dependency]) -> None:
    # Folded, not cut: half a name is another name.
    table = Table(*(Column(name, overflow="fold") for name in _COLUMNS))
    for row in rows:
        version = row.version or row.specifier or "any"
        # Texts: what is in brackets is no markup.
        table.add_row(*map(Text, (row.distribution, version, row.source, row.kind, _places(row))))
    if rows:
        console.print(table)


def _places(row: Dependency) -> str:
    places = [
        f"cell {item.location.cell}" if item.location.cell else item.location.path
        for item in row.evidence
        if item.location is not None
    ]
    return ", ".join(dict.fromkeys(places))
