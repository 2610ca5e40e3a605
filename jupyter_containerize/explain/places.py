"""Places, and what is told with a place, as JSON."""

from __future__ import annotations

from jupyter_containerize.domain.notebook import CandidateKind, Finding, Location, ServingCandidate


def place_to_json(location: Location | None) -> dict[str, object]:
    """Return the ``Place`` of ``api/openapi.yaml``; the whole notebook for ``None``."""
    return {
        "cell": None if location is None else location.cell,
        "line": None if location is None else location.line,
    }


def where_to_json(location: Location | None) -> dict[str, object]:
    """Return the place with its file, where that is no cell of the notebook."""
    place = place_to_json(location)
    if location is not None and location.cell is None:
        place["file"] = location.path
    return place


def candidate_to_json(value: ServingCandidate) -> dict[str, object]:
    """Return the ``Candidate`` of ``api/openapi.yaml``; its route is never empty but for a job."""
    # Nothing listens in the image of a job.
    route = "" if value.kind is CandidateKind.JOB else value.route or f"/{value.symbol.rpartition('.')[2]}"
    return {
        "symbol": value.symbol,
        "kind": value.kind,
        "route": route,
        "method": value.method,
        "reasons": list(value.reasons),
        **place_to_json(value.location),
    }


def finding_to_json(value: Finding) -> dict[str, object]:
    """Return the ``Finding`` of ``api/openapi.yaml``."""
    return {
        "code": value.code,
        "message": value.message,
        "severity": value.severity,
        "hint": value.hint,
        **where_to_json(value.location),
    }
