"""What a build would serve and install, from reading alone: the notebook is not run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Analysis, Finding, Notebook, ServingCandidate
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.lifecycle.detect import default_reference
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import dependencies


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the sidebar shows of a notebook before it is built.

    ``errors`` are what a build would fail with, as far as reading can tell; ``python`` is ``None``
    when the kernel could not be asked, and one of them then says why.
    """

    path: str
    language: str
    kernel: str
    python: str | None
    tag: str
    serving: ServingCandidate | None
    candidates: tuple[ServingCandidate, ...]
    dependencies: tuple[Dependency, ...]
    findings: tuple[Finding, ...]
    errors: tuple[ContainerizeError, ...]


def preview(notebook: Notebook, *, root: Path | None) -> Preview:
    """Return what is known of a notebook without running it; what is wrong is in the value, never raised."""
    analysis = analyzing.analyze(notebook, root=root)
    errors: list[ContainerizeError] = []
    serving, found = _serving(analysis, notebook, errors)
    environment = _environment(notebook, errors)
    rows, unknown = dependencies(analysis, environment)
    return Preview(
        path=notebook.path,
        language=notebook.language,
        kernel=notebook.kernel or "",
        python=None if environment is None else environment.python_version,
        tag=str(default_reference(notebook.path)),
        serving=serving,
        candidates=analysis.candidates,
        dependencies=rows,
        findings=tuple(dict.fromkeys((*analysis.findings, *found, *unknown))),
        errors=tuple(errors),
    )


def _serving(
    analysis: Analysis, notebook: Notebook, errors: list[ContainerizeError]
) -> tuple[ServingCandidate | None, tuple[Finding, ...]]:
    try:
        candidate = analyzing.choose(analysis, notebook)
        return candidate, analyzing.slice_for(notebook, analysis, candidate.symbol).findings
    except ContainerizeError as error:
        errors.append(error)
        return None, ()


def _environment(notebook: Notebook, errors: list[ContainerizeError]) -> KernelEnvironment | None:
    try:
        return inspect_kernel(notebook.kernel, cache=LocalStore.default().cache / "kernels")
    except ContainerizeError as error:
        errors.append(error)
        return None
