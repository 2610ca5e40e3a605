"""Turns each of our errors into title, what we saw, what to do, details."""

from __future__ import annotations

from jupyter_containerize.domain.build import Problem
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError

# These modules register the words for their rooms' errors.
from jupyter_containerize.explain import (  # noqa: F401
    of_attestations,
    of_cnb,
    of_images,
    of_kernels,
    of_live,
    of_networks,
    of_notebooks,
    of_platforms,
    of_projects,
    of_resolution,
)
from jupyter_containerize.explain.dependency import explain_dependency
from jupyter_containerize.explain.preview import failed_preview_to_json, findings_to_json, preview_to_json
from jupyter_containerize.explain.slice import MarkedLine, marked_cells, slice_to_json
from jupyter_containerize.explain.words import Words, words

__all__ = [
    "MarkedLine",
    "Words",
    "explain",
    "explain_dependency",
    "failed_preview_to_json",
    "findings_to_json",
    "marked_cells",
    "preview_to_json",
    "slice_to_json",
    "words",
]

_BUG = 70

# The terminal's exit codes, by what kind of thing went wrong. The longest prefix of the error's code counts.
EXIT_CODES = {
    "JC-IMAGE": 2,
    "JC-PUBLISH-01": 2,
    "JC-NOTEBOOK": 10,
    "JC-ANALYSIS": 11,
    "JC-KERNELS": 12,
    "JC-KERNELS-05": 13,
    "JC-KERNELS-06": 13,
    "JC-KERNELS-07": 13,
    "JC-KERNELS-08": 13,
    "JC-KERNELS-09": 13,
    "JC-KERNELS-10": 13,
    "JC-KERNELS-11": _BUG,
    "JC-RESOLUTION": 20,
    "JC-BUILDPACK": 20,
    "JC-DETECT-01": 20,
    "JC-DETECT-02": 11,
    "JC-DETECT-03": 12,
    "JC-DEBIAN-01": 20,
    "JC-DEBIAN": 30,
    "JC-NET": 30,
    "JC-DISK": 40,
    "JC-OCI": 40,
    "JC-OCI-02": _BUG,
    "JC-PUBLISH": 50,
    "JC-STORE": 40,
    "JC-STORE-03": 2,
    "JC-REGISTRY": 50,
    "JC-ATTEST": 50,
    "JC-CNB": 50,
    "JC-CNB-03": 2,
    "JC-CNB-04": _BUG,
    "JC-PLAN": 2,
    "JC-PREVIEW": 2,
    "JC-PROJECT": 2,
    "JC-SLICE": 2,
    "JC-EXPORT": 60,
    "JC-RUN": 60,
    "JC-BUILD": 40,
    "JC-BUILD-01": 130,
}


@words.register
def _(error: Cancelled) -> Words:
    del error  # it carries nothing
    return Words(
        title="The build was cancelled",
        saw="It stopped before an image was named; no tag was moved.",
        todo="Build again: finished layers are kept.",
    )


def explain(error: BaseException) -> Problem:
    """Return any error in words; one that we did not raise on purpose is our bug and says so."""
    said = words(error)
    code = error.code if isinstance(error, ContainerizeError) else "JC-BUG"
    return Problem(
        code=code,
        title=said.title,
        saw=said.saw,
        todo=said.todo,
        details=said.details,
        location="" if said.location is None else str(said.location),
        exit_code=exit_code(code),
    )


def exit_code(code: str) -> int:
    """Return the terminal's exit code for an error's code."""
    matching = [prefix for prefix in EXIT_CODES if code.startswith(prefix)]
    return EXIT_CODES[max(matching, key=len)] if matching else _BUG
