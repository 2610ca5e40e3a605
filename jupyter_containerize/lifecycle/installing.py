"""Which distributions an image installs: what serving needs, as the notebook's metadata wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_containerize.domain.environment import DependencyEdits, KernelEnvironment, Requirement
from jupyter_containerize.domain.notebook import Finding, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.resolution import edit_findings, edited_requirements, required, without_server_needs
from jupyter_containerize.runtime.requirements import needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Installing:
    """``requirements`` have the ``edits``, which are without those that cannot be had; ``findings`` are about them.

    ``needed`` is what serving needs without them.
    """

    needed: tuple[Requirement, ...]
    requirements: tuple[Requirement, ...]
    edits: DependencyEdits
    findings: tuple[Finding, ...]


def installing(
    serving: Slice,
    state: CapturedState,
    environment: KernelEnvironment,
    *,
    local_modules: Iterable[str],
    edits: DependencyEdits,
    pickled_by: str,
    extras: tuple[str, ...],
) -> Installing:
    """Return what is to be installed.

    Args:
        serving: what the code needs.
        state: what the objects need.
        environment: the kernel's.
        local_modules: top-level names beside the notebook.
        edits: what the notebook wants otherwise.
        pickled_by: the version of cloudpickle that wrote the objects, or empty.
        extras: what the server does beside HTTP.

    Raises:
        UnknownImports: nothing provides an import, neither the kernel nor what is added.
    """
    found = required(
        serving=serving,
        state=state,
        environment=environment,
        local_modules=local_modules,
        added=[item.name for item in edits.add],
    )
    edits, kept = without_server_needs(edits, needs(pickled_by=pickled_by, extras=extras))
    told = edit_findings(edits, environment, serving=[item.distribution for item in found])
    return Installing(
        needed=found,
        requirements=edited_requirements(found, edits, environment),
        edits=edits,
        findings=(*kept, *told),
    )
