"""Finds the modules beside the notebook that it imports or runs, and what those import in turn."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace

from jupyter_containerize.analysis.codes import LOCAL_MODULE_OUTSIDE, LOCAL_MODULE_UNREADABLE
from jupyter_containerize.analysis.imports import IMPORTS_BY_NAME, ImportReader
from jupyter_containerize.analysis.magic_imports import RunFile
from jupyter_containerize.analysis.module_finder import ModuleFinder, Source
from jupyter_containerize.analysis.run_notebooks import python_of_notebook
from jupyter_containerize.analysis.statements import lines_of, parse_lines
from jupyter_containerize.domain.notebook import Finding, ImportSite, Location, Severity

_MOST_FILES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModules:
    """``files`` maps dotted modules to paths relative to the root; ``imports`` are theirs.

    ``written`` are the top-level names that the notebook itself writes, sorted.
    """

    files: dict[str, str]
    imports: tuple[ImportSite, ...]
    findings: tuple[Finding, ...]
    written: tuple[str, ...] = ()


def find_local_modules(
    sites: Iterable[ImportSite],
    runs: Iterable[RunFile],
    finder: ModuleFinder,
    notebook: str,
    *,
    called: Container[str] = (),
) -> LocalModules:
    """Follow imports and ``%run`` into files, transitively; they are parsed, not run.

    The imports of a module that is reached through guarded imports of local modules alone are guarded, too.

    Args:
        sites: What the notebook imports.
        runs: The files that it runs.
        finder: Knows the folders that imports are searched in.
        notebook: The notebook's path, for what stands in its own cells.
        called: The names that the notebook calls: what such a function of a local module imports, runs.
    """
    found = _Follower(finder, notebook, called)
    for run in runs:
        found.run(run.path)
    # A local module's function may never be called. What only such imports reach is not sure to be needed.
    maybe = found.follow([*sites, *(site for site in found.imports if not site.guarded)])
    maybe += (site for site in found.imports if site.guarded)
    found.follow(maybe, sure=False)
    return LocalModules(
        files=found.files,
        imports=tuple(found.imports),
        findings=tuple(found.findings),
        written=tuple(sorted(found.written)),
    )


@dataclass(slots=True)
class _Follower:
    finder: ModuleFinder
    notebook: str
    called: Container[str] = ()
    files: dict[str, str] = field(default_factory=dict)
    imports: list[ImportSite] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    known: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    read_files: int = 0

    def follow(self, queue: list[ImportSite], *, sure: bool = True) -> list[ImportSite]:
        """Read the modules that import sites reach, and return the guarded imports left aside while it is sure."""
        aside: list[ImportSite] = []
        for site in queue:
            # The same import in many files leads to the same modules.
            if (site.module, site.names) in self.known or site.name in sys.stdlib_module_names:
                continue
            self.known.add((site.module, site.names))
            modules = _dotted(site)
            base = self.finder.base_of(modules)
            if base is None:
                continue
            for module in modules:
                source = self.finder.source(base, module) if module not in self.seen else None
                if source is not None:
                    self.seen.add(module)
                    found = self._module(module, source, site)
                    if sure:
                        aside += (item for item in found if item.guarded)
                        queue += (item for item in found if not item.guarded)
                    else:
                        found = [replace(item, guarded=True) for item in found]
                        queue += found
                    self.imports += found
        return aside

    def run(self, path: str) -> None:
        """Read a file that runs in the notebook's namespace, and those that it runs."""
        queue = [path]
        for target in queue:
            source = self.finder.file(target, self.finder.root)
            if source is None and not target.endswith((".py", ".ipynb")):
                source = self.finder.file(f"{target}.py", self.finder.root)
            if source is None or f"%{source.path}" in self.seen:
                continue
            self.seen.add(f"%{source.path}")
            self.imports += self._read("", source)
            if source.path.endswith(".ipynb"):
                queue += python_of_notebook(self._bytes(source)).runs

    def _module(self, module: str, source: Source, site: ImportSite) -> list[ImportSite]:
        if source.written:
            self.written.add(module.partition(".")[0])
        if source.on_disk:
            self.files[module] = source.path
            self._report_outside(module, source, site)
        return self._read(module, source)

    def _report_outside(self, module: str, source: Source, site: ImportSite) -> None:
        top = module.partition(".")[0]
        if source.path.startswith("../") and top not in self.outside:
            self.outside.add(top)
            self.findings.append(
                Finding(
                    code=LOCAL_MODULE_OUTSIDE,
                    message=f"The module {top} lies outside of the notebook's folder: {source.path}",
                    severity=Severity.INFO,
                    location=site.location,
                    hint="If serving needs it, it goes into the image under its own name, without files beside it.",
                )
            )

    def _read(self, module: str, source: Source) -> list[ImportSite]:
        """Read the imports of a file, and of the cells that write it."""
        if source.folder or self.read_files >= _MOST_FILES:
            return []
        self.read_files += 1
        package = module if source.package else module.rpartition(".")[0]
        found: list[ImportSite] = []
        if source.on_disk and source.path.endswith(".ipynb"):
            text = python_of_notebook(self._bytes(source)).text
            found += self._sites(text, package, Location(path=source.path), whole=True)
        elif source.on_disk:
            text = self._bytes(source).decode("utf-8-sig", errors="replace")
            found += self._sites(text, package, Location(path=source.path))
        for written in source.written:
            start = Location(path=self.notebook, cell=written.cell, line=written.first_line)
            found += self._sites(written.text, package, start)
        return found

    def _bytes(self, source: Source) -> bytes:
        try:
            return self.finder.read(source)
        except OSError as error:
            self.findings.append(_unreadable(Location(path=source.path), error.strerror or str(error)))
            return b""

    def _sites(self, text: str, package: str, start: Location, *, whole: bool = False) -> list[ImportSite]:
        """Return the import sites of a text that begins at a place; ``whole`` gives all of them that place."""

        def locate(line: int) -> Location:
            if whole:
                return start
            return Location(path=start.path, cell=start.cell, line=(start.line or 1) + line - 1)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes, broken = parse_lines(lines_of(text))
        if broken and not whole:
            self.findings.append(_unreadable(locate(broken[0].line), broken[0].reason))
        salvaged = [node for piece in broken for node in piece.salvaged]
        reader = ImportReader(functions_guard=True, called=self.called)
        deep = IMPORTS_BY_NAME.search(text) is not None
        return reader.sites([*nodes, *salvaged], locate, package=package, deep=deep)


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


def _unreadable(location: Location, reason: str) -> Finding:
    return Finding(
        code=LOCAL_MODULE_UNREADABLE,
        message=f"{location.path} cannot be read as Python: {reason}",
        severity=Severity.WARNING,
        location=location,
        hint="What this module imports may be missing from the image.",
    )
