"""The preview command: what notebooks depend on, as a table, as JSON lines or as a requirements file."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jupyter_containerize.cli.watching import show_problem
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.explain import (
    explain,
    explain_dependency,
    failed_preview_to_json,
    preview_to_json,
    size_text,
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


def preview(arguments: argparse.Namespace) -> int:
    """Show what is known of notebooks without running them; return the first failure's exit code, or 0."""
    errors = Console(stderr=True)
    options = PreviewOptions(environment=arguments.environment, python=arguments.python)
    details = DetailOptions(index=arguments.details, advisories=arguments.advisories, before=arguments.as_of)
    code = 0
    for path in notebooks_of(arguments.notebooks):
        try:
            found = add_details(preview_notebook(path, options), details)
            _show(found, path, arguments)
        except Exception as error:  # noqa: BLE001  # as in build; one bad notebook must not hide the others
            problem = explain(error)
            if arguments.json:
                print(json.dumps(failed_preview_to_json(str(path), error)), flush=True)
            else:
                show_problem(problem, errors)
            code = code or problem.exit_code
    return code


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
        Console(stderr=True).print(f"{path}: {'written' if changed else 'up to date'}", markup=False, soft_wrap=True)
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
        Text.assemble((found.path, "bold"), f": {found.language}, kernel {found.kernel or 'not named'}, {python}")
    )
    if found.serving is not None:
        serving = found.serving
        console.print(
            Text.assemble("serves ", (serving.symbol, "bold"), f" ({serving.location}): {'; '.join(serving.reasons)}")
        )
    table = Table("Distribution", "Version", "From", "Kind", "Asked for by")
    for row in found.dependencies:
        table.add_row(row.distribution, row.version or row.specifier or "any", row.source, row.kind, _places(row))
    if found.dependencies:
        console.print(table)
    for package in found.system_packages:
        console.print(Text(f"system package {package.name}: {package.evidence[0].detail}"), soft_wrap=True)
    for variable in found.variables:
        needed = "needed" if variable.required else "optional"
        console.print(Text(f"environment variable {variable.name} ({needed}): cell {variable.location.cell}"))
    if found.r_packages:
        console.print(Text(f"R packages: {', '.join(item.name for item in found.r_packages)}"), soft_wrap=True)
    missing = [item for item in found.files if item.exists is False and not item.written_first]
    known = sum(item.size_bytes or 0 for item in found.files)
    if found.files:
        console.print(Text(f"{len(found.files)} files named ({size_text(known)}), {len(missing)} not there"))
    for finding in preview_to_json(found)["findings"]:  # type: ignore[attr-defined]  # plain JSON by the schema
        where = "" if finding["cell"] is None else f"cell {finding['cell']}: "
        console.print(Text(f"{finding['severity']}: {where}{finding['message']} {finding['hint']}"), soft_wrap=True)


def _places(row: Dependency) -> str:
    places = [
        f"cell {item.location.cell}" if item.location.cell else item.location.path
        for item in row.evidence
        if item.location is not None
    ]
    return ", ".join(dict.fromkeys(places))
