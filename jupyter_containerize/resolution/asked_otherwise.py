"""What the user should know where the notebook asks for one version and its kernel has another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jupyter_containerize.domain.environment import DependencyEdits, KernelEnvironment
from jupyter_containerize.domain.notebook import Declared, Finding, Manager, Severity
from jupyter_containerize.resolution.edits import fits, installed_in, said_of
from jupyter_containerize.resolution.versions import counts

ASKED_OTHERWISE = "JC-RESOLUTION-53"


def asked_otherwise(
    declared: Iterable[Declared], edits: DependencyEdits, environment: KernelEnvironment
) -> Iterator[Finding]:
    """Yield a finding for each version that a cell asks for and the kernel contradicts: the kernel's is in the image.

    Args:
        declared: what the notebook's cells ask for.
        edits: of its metadata; what they name is told by ``edit_findings``.
        environment: the kernel's.
    """
    installed = installed_in(environment)
    edited = {*(name for name, _ in edits.pin), *(item.name for item in edits.add), *edits.exclude}
    for item in declared:
        has = installed.get(item.name)
        if has is None or item.name in edited or item.manager is not Manager.PIP or not item.specifier:
            continue
        if not fits(item, has) and counts(item, environment.python_version):
            yield Finding(
                code=ASKED_OTHERWISE,
                message=f"The image has {item.name} {has.version}, as the kernel {environment.kernel} that runs the "
                f"notebook: {item.rule} asks for {said_of(item)}",
                severity=Severity.WARNING,
                location=item.location,
                hint="Install that version in the kernel and run the notebook there, or change what the cell asks for.",
            )
