"""What a build would serve and install, from reading alone: the notebook is not run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize import analysis as analyzing
from jupyter_containerize.domain.environment import Evidence, KernelEnvironment
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Analysis, Finding, Location, Notebook, ServingCandidate, Severity
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.lifecycle.detect import default_tag
from jupyter_containerize.resolution import dependencies


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the sidebar shows of a notebook before it is built.

    ``python`` is ``None`` when the kernel could not be asked; a finding then says why.
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


def preview(notebook: Notebook, *, root: Path | None) -> Preview:
    """Return what is known of a notebook without running it; problems are findings, never raised."""
    analysis = analyzing.analyze(notebook, root=root)
    findings = list(analysis.findings)
    serving = _serving(analysis, notebook, findings)
    environment = _environment(notebook, findings)
    rows, unknown = dependencies(analysis, environment)
    findings += unknown
    return Preview(
        path=notebook.path,
        language=notebook.language,
        kernel=notebook.kernel or "",
        python=None if environment is None else environment.python_version,
        tag=f"{default_tag(notebook.path)}:latest",
        serving=serving,
        candidates=analysis.candidates,
        dependencies=rows,
        findings=tuple(findings),
    )


def _serving(analysis: Analysis, notebook: Notebook, findings: list[Finding]) -> ServingCandidate | None:
    try:
        return analyzing.choose(analysis, notebook)
    except ContainerizeError as error:
        findings.append(_finding(error))
        return None


def _environment(notebook: Notebook, findings: list[Finding]) -> KernelEnvironment | None:
    try:
        return inspect_kernel(notebook.kernel)
    except ContainerizeError as error:
        findings.append(_finding(error))
        return None


def _finding(error: ContainerizeError) -> Finding:
    return Finding(code=error.code, message=str(error), severity=Severity.ERROR)


def preview_to_json(value: Preview) -> dict[str, object]:
    """Return the preview as ``api/openapi.yaml`` describes it."""
    return {
        "path": value.path,
        "language": value.language,
        "kernel": value.kernel,
        "python": value.python,
        "tag": value.tag,
        "serving": None if value.serving is None else _candidate(value.serving),
        "candidates": [_candidate(candidate) for candidate in value.candidates],
        "dependencies": [
            {
                "distribution": row.distribution,
                "version": row.version,
                "source": row.source,
                "import_names": list(row.import_names),
                "evidence": [_evidence(item) for item in row.evidence],
            }
            for row in value.dependencies
        ],
        "findings": [
            {
                "code": item.code,
                "message": item.message,
                "severity": item.severity,
                "hint": item.hint,
                **_place(item.location),
            }
            for item in value.findings
        ],
    }


def _candidate(value: ServingCandidate) -> dict[str, object]:
    return {"symbol": value.symbol, "kind": value.kind, "reasons": list(value.reasons), **_place(value.location)}


def _evidence(value: Evidence) -> dict[str, object]:
    return {"rule": value.rule, "detail": value.detail, **_place(value.location)}


def _place(location: Location | None) -> dict[str, object]:
    return {
        "cell": None if location is None else location.cell,
        "line": None if location is None else location.line,
    }
