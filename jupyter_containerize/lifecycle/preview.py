"""What a notebook depends on and what a build would serve, from reading alone: the notebook is not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.analysis import holds_secret
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.environment import DependencyEdits, KernelEnvironment
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import (
    Analysis,
    Declared,
    FileUse,
    Finding,
    ImportSite,
    Notebook,
    RPackage,
    ServingCandidate,
    Slice,
    Variable,
)
from jupyter_containerize.domain.serving import Dependency, SystemDependency
from jupyter_containerize.kernels import environment_of_python, inspect_kernel
from jupyter_containerize.lifecycle.declaring import in_cells, script_block
from jupyter_containerize.lifecycle.naming import default_reference
from jupyter_containerize.lifecycle.slicing import ChosenPart, choose_part, with_serving
from jupyter_containerize.notebooks import (
    PYTHON,
    order_findings,
    read_metadata,
    read_notebook,
    read_outputs,
    settings_of,
)
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import (
    asked_otherwise,
    dependencies,
    edit_findings,
    edited_rows,
    without_server_needs,
)
from jupyter_containerize.resolution.declared import (
    ScriptBlock,
    files_beside,
    in_metadata,
    python_asked,
    read_requirement_file,
)
from jupyter_containerize.runtime.requirements import needs as runtime_needs


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """Where a preview may look.

    ``environment`` says whether the kernel is asked what it has; ``python`` is an interpreter to ask instead of the
    kernel's. ``boundary`` is a folder that no file is read outside of, ``None`` for no limit. ``request`` is what a
    build would be asked for, as far as it decides what is served. ``metadata`` is the notebook's own; ``outputs`` are
    its cells' outputs as (cell, text), searched for secrets.
    """

    environment: bool = True
    python: Path | None = None
    boundary: Path | None = None
    request: BuildRequest | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    outputs: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the sidebar shows of a notebook before it is built.

    ``python`` is the kernel's version, or what the notebook or a file beside it asks for, ``None`` if nothing
    says; ``python_source`` says which. ``chosen`` is what would serve and what it needs of the notebook, ``None`` if a
    build could not choose; ``serving`` is the first of it. ``errors`` are what a build would fail with, as far as
    reading can tell. ``environment`` is the kernel's, ``None`` if it was not asked or gave no answer; ``unknown`` are
    the imports that nothing is known to provide.
    """

    path: str
    language: str
    kernel: str
    python: str | None
    python_source: str
    tag: str
    serving: ServingCandidate | None
    candidates: tuple[ServingCandidate, ...]
    dependencies: tuple[Dependency, ...]
    system_packages: tuple[SystemDependency, ...]
    files: tuple[FileUse, ...]
    variables: tuple[Variable, ...]
    r_packages: tuple[RPackage, ...]
    findings: tuple[Finding, ...]
    errors: tuple[ContainerizeError, ...]
    environment: KernelEnvironment | None = None
    unknown: tuple[ImportSite, ...] = ()
    chosen: ChosenPart | None = None


def preview_notebook(path: Path, options: PreviewOptions | None = None) -> Preview:
    """Return what is known of a notebook file; see ``preview``. Its metadata and outputs are read, too.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable, NoCode: as ``read_notebook``.
    """
    notebook = read_notebook(path)
    outputs = tuple((item.cell, item.text) for item in read_outputs(path) if holds_secret(item.text))
    options = replace(options or PreviewOptions(), metadata=read_metadata(path), outputs=outputs)
    return preview(notebook, root=path.resolve().parent, options=options)


def preview(notebook: Notebook, *, root: Path | None, options: PreviewOptions | None = None) -> Preview:
    """Return what is known of a notebook without running it; what is wrong is in the value, never raised.

    Args:
        notebook: In any language; what needs Python is empty for others.
        root: The notebook's folder, for the files beside it; ``None`` when it has none.
        options: Where to look.
    """
    options = options or PreviewOptions()
    analysis = analyzing.analyze(notebook, root=root, boundary=options.boundary)
    errors: list[ContainerizeError] = []
    chosen = _chosen(notebook, analysis, options, errors)
    part = None if chosen is None else chosen.part
    environment = _environment(notebook, root, options, errors)
    asked = _asked(notebook, analysis, root, options)
    edits = settings_of(options.metadata, notebook.cells, path=notebook.path)[0].dependencies
    declared = (*edits.add, *asked.declared)
    needs = dependencies(analysis, environment=environment, declared=declared, python=asked.python[0])
    serving = with_serving(needs.dependencies, part)
    python, python_source = (environment.python_version, "kernel") if environment else asked.python
    found = (
        *analysis.findings,
        *_about_the_run(notebook, chosen),
        *asked.findings,
        *needs.findings,
        *_about(edits, serving, environment),
        *(() if environment is None else asked_otherwise(in_cells(notebook, analysis), edits, environment)),
        *analyzing.find_secrets(notebook, options.outputs),
    )
    return Preview(
        path=notebook.path,
        language=notebook.language,
        kernel=notebook.kernel or "",
        python=python,
        python_source=python_source,
        tag=str(default_reference(notebook.path)),
        serving=None if chosen is None else chosen.entries[0],
        candidates=analysis.candidates,
        dependencies=edited_rows(serving, edits, environment),
        system_packages=needs.system_packages,
        files=_files(analysis, part),
        variables=analysis.variables,
        r_packages=analysis.r_packages,
        findings=tuple(dict.fromkeys(found)),
        errors=tuple(errors),
        environment=environment,
        unknown=needs.unknown,
        chosen=chosen,
    )


def _about_the_run(notebook: Notebook, chosen: ChosenPart | None) -> tuple[Finding, ...]:
    """Return what the choice found, and what running the cells in order comes upon."""
    if chosen is None:
        return (*order_findings(notebook), *_unbound(notebook, (), ()))
    return (*chosen.findings, *_unbound(chosen.notebook, chosen.request.drop, chosen.findings))


def _unbound(notebook: Notebook, drop: tuple[int, ...], told: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return analyzing.find_unbound(notebook, drop=drop, told=told) if notebook.language == PYTHON else ()


def _about(
    edits: DependencyEdits, rows: tuple[Dependency, ...], environment: KernelEnvironment | None
) -> tuple[Finding, ...]:
    edits, kept = without_server_needs(edits, runtime_needs())
    names = [row.distribution for row in rows]
    serving = [row.distribution for row in rows if row.serving]
    return (*kept, *edit_findings(edits, environment, serving=serving, known=names))


def _chosen(
    notebook: Notebook, analysis: Analysis, options: PreviewOptions, errors: list[ContainerizeError]
) -> ChosenPart | None:
    request = options.request or BuildRequest(notebook=Path(notebook.path))
    try:
        return choose_part(notebook, analysis, request, metadata=options.metadata)
    except ContainerizeError as error:
        errors.append(error)
        return None


def _environment(
    notebook: Notebook, root: Path | None, options: PreviewOptions, errors: list[ContainerizeError]
) -> KernelEnvironment | None:
    if not options.environment or notebook.language != PYTHON:
        return None
    cache = LocalStore.default().cache / "kernels"
    try:
        if options.python is not None:
            return environment_of_python(options.python, cache=cache)
        return inspect_kernel(notebook.kernel, cache=cache, folder=root)
    except ContainerizeError as error:
        errors.append(error)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the notebook's blocks and metadata and the files around it ask for, the nearest first."""

    declared: tuple[Declared, ...]
    python: tuple[str | None, str]
    findings: tuple[Finding, ...]


def _asked(notebook: Notebook, analysis: Analysis, root: Path | None, options: PreviewOptions) -> _Asked:
    block = script_block(notebook) or ScriptBlock()
    declared = [*block.declared, *in_metadata(options.metadata, notebook.path)]
    findings = [*block.findings]
    python = python_asked(root, options.metadata, script_python=block.requires_python, boundary=options.boundary)
    if root is not None:
        for path, location in analysis.requirement_files:
            found, unread = read_requirement_file(
                root / path, location=location, boundary=options.boundary, folder=root
            )
            declared += found
            findings += unread
        found, unread = files_beside(root, boundary=options.boundary)
        declared += found
        findings += unread
    return _Asked(declared=tuple(declared), python=python or (None, ""), findings=tuple(findings))


def _files(analysis: Analysis, part: Slice | None) -> tuple[FileUse, ...]:
    """Say of each file whether the serving code names it."""
    if part is None:
        return analysis.file_uses
    named = {(use.text, use.location) for use in part.file_uses}
    return tuple(replace(use, serving=(use.text, use.location) in named) for use in analysis.file_uses)
