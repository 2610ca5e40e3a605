"""What reading the code finds that goes into the image: imports, hidden needs, files, variables, findings."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_containerize.analysis.constants import walk
from jupyter_containerize.analysis.file_uses import FileUseReader
from jupyter_containerize.analysis.hidden import find_hidden
from jupyter_containerize.analysis.imports import import_sites
from jupyter_containerize.analysis.literals import literal_path, path_literals
from jupyter_containerize.analysis.local_modules import reached_modules
from jupyter_containerize.analysis.magic_calls import dropped_magics
from jupyter_containerize.analysis.render import Kept
from jupyter_containerize.analysis.statements import Statement
from jupyter_containerize.analysis.variables import VariableReader
from jupyter_containerize.domain.notebook import Analysis, FileUse, Finding, HiddenNeed, ImportSite, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFacts:
    """What reading the kept code found."""

    imports: tuple[ImportSite, ...]
    findings: tuple[Finding, ...]
    hidden: tuple[HiddenNeed, ...]
    file_uses: tuple[FileUse, ...]
    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, kept: Sequence[Kept], analysis: Analysis, path: str) -> KeptFacts:
        """Read the kept code."""
        sites = [site for item in kept for site in import_sites(item.node, item.statement.text.location)]
        trees = [(item.node, item.statement.text.location) for item in kept]
        # What the notebook imports elsewhere still says whose methods are called.
        hidden, data = find_hidden(trees, imports=analysis.imports, path=path)
        named = FileUseReader(root=None, boundary=None, cells=(), path=path)
        variables = VariableReader()
        for node, constants, locate in walk(trees):
            named.see(node, constants, locate)
            variables.see(node, constants, locate)
        return cls(
            imports=tuple(sites) + _imports_of_local_modules(sites, analysis),
            findings=(*data, *(finding for item in kept for finding in dropped_magics(item.statement))),
            hidden=hidden,
            file_uses=named.result()[0],
            variables=variables.result(),
        )


def _imports_of_local_modules(sites: list[ImportSite], analysis: Analysis) -> tuple[ImportSite, ...]:
    modules = dict(analysis.local_modules)
    files = {modules[module] for module in reached_modules(sites, analysis.imports, modules)}
    return tuple(site for site in analysis.imports if site.location.cell is None and site.location.path in files)


def files_named(kept: Sequence[Kept], live_in: dict[str, Statement | None], analysis: Analysis) -> tuple[str, ...]:
    """Return the named files that the kept code can open: its own literals, and paths held in live-in names."""
    named = {posixpath.normpath(literal.text) for item in kept for literal in path_literals(item.node)}
    for statement in live_in.values():
        value = getattr(statement.node, "value", None) if statement is not None else None
        if value is not None and (text := literal_path(value)) is not None:
            named.add(posixpath.normpath(text))
    return tuple(path for path in analysis.files if path in named)
