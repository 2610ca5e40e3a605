"""A preview as JSON, with its errors in words."""

from __future__ import annotations

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import (
    FileUse,
    RPackage,
    Severity,
    Variable,
)
from jupyter_containerize.domain.serving import Dependency, Vulnerability
from jupyter_containerize.explain.places import candidate_to_json, finding_to_json, place_to_json, where_to_json
from jupyter_containerize.explain.slice import part_to_json
from jupyter_containerize.explain.words import words
from jupyter_containerize.lifecycle import Preview


def preview_to_json(value: Preview) -> dict[str, object]:
    """Return the preview as ``api/openapi.yaml`` describes it."""
    return {
        "notebook": value.path,
        "language": value.language,
        "kernel": value.kernel,
        "python": value.python,
        "python_source": value.python_source,
        "tag": value.tag,
        "serving": None if value.serving is None else candidate_to_json(value.serving),
        "entries": [] if value.chosen is None else [candidate_to_json(entry) for entry in value.chosen.entries],
        "candidates": [candidate_to_json(candidate) for candidate in value.candidates],
        "slice": None if value.chosen is None else part_to_json(value.chosen, value.dependencies),
        "dependencies": [_dependency(row) for row in value.dependencies],
        "system_packages": [
            {"name": row.name, "evidence": [_evidence(item) for item in row.evidence]} for row in value.system_packages
        ],
        "files": [_file(item) for item in value.files],
        "variables": [_variable(item) for item in value.variables],
        "r_packages": [_r_package(item) for item in value.r_packages],
        "findings": findings_to_json(value),
    }


def findings_to_json(value: Preview) -> list[dict[str, object]]:
    """Return what the user should know, what a build would fail with first."""
    return [*map(_error, value.errors), *map(finding_to_json, value.findings)]


def failed_preview_to_json(path: str, error: BaseException) -> dict[str, object]:
    """Return the line of a notebook that could not be read: the same fields, and why in its findings."""
    nothing: dict[str, object] = {name: [] for name in ("dependencies", "system_packages", "files")}
    return {"notebook": path, "language": None, "python": None, **nothing, "findings": [_error(error)]}


def _dependency(row: Dependency) -> dict[str, object]:
    return {
        "distribution": row.distribution,
        "import_names": list(row.import_names),
        "version": row.version,
        "specifier": row.specifier,
        "source": row.source,
        "kind": row.kind,
        "proof": row.proof,
        "extras": list(row.extras),
        "url": row.url,
        "alternatives": list(row.alternatives),
        "serving": row.serving,
        "license": row.license,
        "size_bytes": row.size_bytes,
        "image_bytes": row.image_bytes,
        "wheels": dict(row.wheels),
        "vulnerabilities": None
        if row.vulnerabilities is None
        else [_vulnerability(item) for item in row.vulnerabilities],
        "evidence": [_evidence(item) for item in row.evidence],
        "edited": row.edited,
    }


def _vulnerability(value: Vulnerability) -> dict[str, object]:
    return {
        "id": value.id,
        "aliases": list(value.aliases),
        "summary": value.summary,
        "fixed_in": list(value.fixed_in),
    }


def _file(value: FileUse) -> dict[str, object]:
    return {
        "text": value.text,
        "access": value.access,
        "path": value.path,
        "exists": value.exists,
        "size_bytes": value.size_bytes,
        "portable": value.portable,
        "written_first": value.written_first,
        "serving": value.serving,
        **place_to_json(value.location),
    }


def _variable(value: Variable) -> dict[str, object]:
    return {"name": value.name, "required": value.required, **place_to_json(value.location)}


def _r_package(value: RPackage) -> dict[str, object]:
    return {"name": value.name, "rule": value.rule, "guarded": value.guarded, **place_to_json(value.location)}


def _error(error: BaseException) -> dict[str, object]:
    said = words(error)
    return {
        "code": error.code if isinstance(error, ContainerizeError) else "JC-BUG",
        "message": f"{said.title}. {said.saw}",
        "severity": Severity.ERROR,
        "hint": said.todo,
        **where_to_json(said.location),
    }


def _evidence(value: Evidence) -> dict[str, object]:
    return {"rule": value.rule, "detail": value.detail, **where_to_json(value.location)}
