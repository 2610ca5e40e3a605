"""Collects the facts of a notebook in one pass over its code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from jupyter_containerize.analysis.cell_findings import cell_findings, old_module_findings
from jupyter_containerize.analysis.commands import read_commands
from jupyter_containerize.analysis.constants import walk as walk_with_constants
from jupyter_containerize.analysis.entries.candidates import find_candidates
from jupyter_containerize.analysis.file_uses import FileUseReader
from jupyter_containerize.analysis.files import named_files
from jupyter_containerize.analysis.hidden import find_hidden
from jupyter_containerize.analysis.imports import IMPORTS_BY_NAME, ImportReader
from jupyter_containerize.analysis.literal_names import LiteralNames
from jupyter_containerize.analysis.literals import path_literals
from jupyter_containerize.analysis.local_modules import LocalModules, find_local_modules
from jupyter_containerize.analysis.magic_imports import read_magic_imports
from jupyter_containerize.analysis.module_finder import ModuleFinder
from jupyter_containerize.analysis.projects import nameless_project_folders
from jupyter_containerize.analysis.r_code import find_julia_packages, find_r_packages
from jupyter_containerize.analysis.repositories import OwnRepository
from jupyter_containerize.analysis.search_paths import search_paths
from jupyter_containerize.analysis.statements import Code, read_code, without_collecting
from jupyter_containerize.analysis.variables import VariableReader
from jupyter_containerize.analysis.written import written_files
from jupyter_containerize.domain.notebook import Analysis, Finding, ImportSite, Notebook, reading_order

_CALL = re.compile(r"\b([^\W\d]\w*+)[ \t]*+\(")


@without_collecting()
def analyze(notebook: Notebook, *, root: Path | None, boundary: Path | None = None) -> Analysis:
    """Return the facts of a notebook; bad code becomes findings and is never raised.

    Args:
        notebook: The notebook; its code is parsed, not run.
        root: The notebook's folder, to look for local modules and files; ``None`` when it has none.
        boundary: The folder that holds all of the user's work; ``sys.path`` is not followed out of it.
            ``None`` follows it wherever it leads.
    """
    code = read_code(notebook)
    names = LiteralNames(code)
    sites = list(_imports(code, names))
    local = _local_modules(code, names, sites, root, boundary)
    imports = sorted([*sites, *local.imports], key=lambda site: reading_order(site.location))
    known = {module.partition(".")[0] for module in local.files} | {*local.written}
    commands = read_commands(code, names)
    trees = [(item.node, item.text.location) for item in code.readable]
    hidden, data = find_hidden(trees, imports=imports, cells=notebook.code_cells, path=notebook.path)
    variables = VariableReader()
    files = FileUseReader(root=root, boundary=boundary, cells=notebook.code_cells, path=notebook.path)
    for node, constants, locate in walk_with_constants(trees):
        variables.see(node, constants, locate)
        files.see(node, constants, locate)
    uses, troubles = files.result()
    findings = [
        *cell_findings(code),
        *old_module_findings(imports, known),
        *local.findings,
        *data,
        *troubles,
        *_julia(notebook),
    ]
    return Analysis(
        imports=tuple(imports),
        candidates=find_candidates(code),
        findings=tuple(sorted(findings, key=lambda finding: reading_order(finding.location))),
        files=_named_files(code, root),
        local_modules=tuple(sorted(local.files.items())),
        written_modules=local.written,
        declared=commands.declared,
        requirement_files=commands.requirement_files,
        hidden=hidden,
        file_uses=uses,
        variables=variables.result(),
        r_packages=find_r_packages(notebook.cells, notebook.language, notebook.path, root=root, boundary=boundary),
    )


def _julia(notebook: Notebook) -> tuple[Finding, ...]:
    return find_julia_packages(notebook.cells, notebook.path) if notebook.language.lower() == "julia" else ()


def _imports(code: Code, names: LiteralNames) -> Iterator[ImportSite]:
    reader = ImportReader()
    deep: dict[int, bool] = {}
    for statement in code.readable:
        cell = statement.text.cell
        if cell.index not in deep:
            deep[cell.index] = IMPORTS_BY_NAME.search(cell.python or "") is not None
        yield from reader.sites([statement.node], statement.text.location, deep=deep[cell.index])
    yield from read_magic_imports(code, names.text).extensions


def _local_modules(
    code: Code, names: LiteralNames, sites: list[ImportSite], root: Path | None, boundary: Path | None
) -> LocalModules:
    folder = os.sep if root is None else str(root.resolve())
    folders = search_paths(code, names, folder, OwnRepository(root, boundary))
    if root is not None:
        folders += map(str, nameless_project_folders(root, boundary))
    finder = ModuleFinder(root, folders, boundary, written_files(code, names.text))
    return find_local_modules(sites, read_magic_imports(code, names.text).runs, finder, code.path, called=_called(code))


def _called(code: Code) -> set[str]:
    """Return the names that stand before an opening bracket anywhere: each call, and some that are none."""
    return {name for cell in code.cells if cell.python for name in _CALL.findall(cell.python)}


def _named_files(code: Code, root: Path | None) -> tuple[str, ...]:
    if root is None:
        return ()
    return named_files((found for item in code.statements for found in path_literals(item.node)), root)
