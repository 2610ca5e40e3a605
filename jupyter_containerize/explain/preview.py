"""A preview as JSON, with its errors in words."""

from __future__ import annotations

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Finding, Location, ServingCandidate, Severity
from jupyter_containerize.explain.words import words
from jupyter_containerize.lifecycle import Preview


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
        "findings": [*map(_error, value.errors), *map(_finding, value.findings)],
    }


def _finding(value: Finding) -> dict[str, object]:
    return {
        "code": value.code,
        "message": value.message,
        "severity": value.severity,
        "hint": value.hint,
        **_place(value.location),
    }


def _error(error: ContainerizeError) -> dict[str, object]:
    said = words(error)
    return {
        "code": error.code,
        "message": f"{said.title}. {said.saw}",
        "severity": Severity.ERROR,
        "hint": said.todo,
        **_place(said.location),
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
