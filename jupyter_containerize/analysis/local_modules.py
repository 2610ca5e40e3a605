"""Finds the modules beside the notebook that it imports, and what those import in turn."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.analysis.codes import LOCAL_MODULE_UNREADABLE
from jupyter_containerize.analysis.imports import import_sites
from jupyter_containerize.domain.notebook import Finding, ImportSite, Location, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModules:
    """``files`` maps dotted modules to paths relative to the root; ``imports`` are theirs."""

    files: dict[str, str]
    imports: tuple[ImportSite, ...]
    findings: tuple[Finding, ...]


def find_local_modules(sites: Iterable[ImportSite], root: Path) -> LocalModules:
    """Follow imports into the files under ``root``, transitively; the files are parsed, not run.

    A package without ``__init__.py`` counts only if the imported module is in it, and then maps to
    its folder: any installed distribution of that name would win over the bare folder.
    """
    files: dict[str, str] = {}
    imports: list[ImportSite] = []
    findings: list[Finding] = []
    queue = list(sites)
    for site in queue:
        for module in _modules_of(site, root):
            if module in files:
                continue
            file = _file_of(module, root)
            if file is None:
                continue
            files[module] = file.relative_to(root).as_posix()
            if file.is_dir():
                continue
            found, problems = _read(module, file, root)
            imports += found
            findings += problems
            queue += found
    return LocalModules(files=files, imports=tuple(imports), findings=tuple(findings))


def reached_modules(sites: Iterable[ImportSite], imports: Iterable[ImportSite], files: dict[str, str]) -> set[str]:
    """Return the dotted local modules that ``sites`` reach, following what those modules import.

    Args:
        sites: Where to begin.
        imports: All known import sites; those of a local module have its file as their path.
        files: Dotted local modules by file, as in ``Analysis.local_modules``.
    """
    by_file: dict[str, list[ImportSite]] = {}
    for site in imports:
        if site.location.cell is None:
            by_file.setdefault(site.location.path, []).append(site)
    reached: set[str] = set()
    queue = list(sites)
    for site in queue:
        for module in _dotted(site):
            if module in files and module not in reached:
                reached.add(module)
                queue += by_file.get(files[module], [])
    return reached


def _dotted(site: ImportSite) -> list[str]:
    """Return all modules that an import may run: each parent, itself, and the names it takes."""
    parts = site.module.split(".")
    parents = [".".join(parts[: end + 1]) for end in range(len(parts))]
    return [*parents, *(f"{site.module}.{name}" for name in site.names)]


def _modules_of(site: ImportSite, root: Path) -> list[str]:
    if site.name in sys.stdlib_module_names:
        return []
    if _file_of(site.name, root) is None:
        return []
    modules = _dotted(site)
    if (root / site.name).is_dir() and not (root / site.name / "__init__.py").is_file():
        has_module = any((file := _file_of(module, root)) is not None and file.is_file() for module in modules)
        return modules if has_module else []
    return modules


def _file_of(module: str, root: Path) -> Path | None:
    """Return the module's file, or the folder of a package without ``__init__.py``."""
    folder = root.joinpath(*module.split("."))
    for file in (folder / "__init__.py", folder.with_name(f"{folder.name}.py")):
        if file.is_file() and file.resolve().is_relative_to(root.resolve()):
            return file
    return folder if folder.is_dir() else None


def _read(module: str, file: Path, root: Path) -> tuple[list[ImportSite], list[Finding]]:
    path = file.relative_to(root).as_posix()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
        return [], [_unreadable(path, error)]
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]

    def locate(line: int) -> Location:
        return Location(path=path, line=line)

    return import_sites(tree, locate, package=package, functions_guard=True), []


def _unreadable(path: str, error: Exception) -> Finding:
    return Finding(
        code=LOCAL_MODULE_UNREADABLE,
        message=f"{path} cannot be read as Python: {getattr(error, 'msg', error)}",
        severity=Severity.WARNING,
        location=Location(path=path, line=getattr(error, "lineno", None)),
        hint="What this module imports may be missing from the image.",
    )
