"""What the user should know of the changes that the notebook's metadata makes to its distributions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.requirements import Requirement as Parsed
from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import DependencyEdits, KernelEnvironment
from jupyter_containerize.domain.notebook import Finding, Location, Severity
from jupyter_containerize.resolution.edits import edits_for, fits, installed_in, is_version, said_of
from jupyter_containerize.resolution.evidence import required_name

PINNED_OTHERWISE = "JC-RESOLUTION-49"
EXCLUDED_AND_NEEDED = "JC-RESOLUTION-50"
EDIT_WITHOUT_EFFECT = "JC-RESOLUTION-51"
SERVER_NEEDS_IT = "JC-RESOLUTION-52"


def without_server_needs(edits: DependencyEdits, runtime: Iterable[str]) -> tuple[DependencyEdits, tuple[Finding, ...]]:
    """Return the edits without excluding what our server needs, and a finding for each such.

    Args:
        edits: of the notebook.
        runtime: what the server needs, as PEP 508 strings.
    """
    needed = {canonicalize_name(Parsed(line).name) for line in runtime}
    kept = [name for name in edits.exclude if name in needed]
    findings = tuple(
        _finding(
            edits,
            SERVER_NEEDS_IT,
            f"{name} is excluded and installed all the same: loading the notebook's objects, or the server, needs it",
            "Take it out of containerize.dependencies.exclude.",
        )
        for name in kept
    )
    return replace(edits, exclude=tuple(name for name in edits.exclude if name not in needed)), findings


def edit_findings(
    edits: DependencyEdits,
    environment: KernelEnvironment | None,
    *,
    serving: Iterable[str],
    known: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Return what the user should know of the edits.

    Args:
        edits: of the notebook.
        environment: the kernel's; ``None`` where it was not asked, and then versions are not compared.
        serving: names of what serving needs.
        known: names of what the notebook depends on in any way.
    """
    needed = {*serving}
    there = {*needed, *known, *installed_in(environment)}
    found = [] if environment is None else [*_other_versions(edits, environment), *_unneeded(edits, there)]
    for name in edits.exclude:
        if name in needed:
            found.append(_needed(edits, name))
        elif by := _requiring(name, needed - {*edits.exclude}, environment):
            found.append(_required(edits, name, by))
    return tuple(found)


def _other_versions(edits: DependencyEdits, environment: KernelEnvironment) -> Iterator[Finding]:
    installed, pins = installed_in(environment), dict(edits.pin)
    for name, version in edits.pin:
        if name in installed and not is_version(version, installed[name].version):
            yield _other_version(edits, environment, name, version, installed[name].version)
    for item in edits_for(edits, environment):
        has = installed.get(item.name)
        if has is not None and item.name not in pins and not fits(item, has):
            yield _other_version(edits, environment, item.name, said_of(item), has.version)


def _unneeded(edits: DependencyEdits, there: set[str]) -> Iterator[Finding]:
    added = {item.name for item in edits.add}
    for name, _ in edits.pin:
        if name not in there | added:
            yield _without_effect(edits, "pin", name)
    for name in edits.exclude:
        if name not in there:
            yield _without_effect(edits, "exclude", name)


def _requiring(name: str, among: set[str], environment: KernelEnvironment | None) -> tuple[str, ...]:
    """Return which of those that stay ask for a distribution, by themselves or by others that they bring."""
    installed = installed_in(environment)
    asks = {
        item.name: {needed for line in item.requires if (needed := required_name(line))} for item in installed.values()
    }
    return tuple(root for root in sorted(among) if name in _reached(root, asks))


def _reached(root: str, asks: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        for name in asks.get(waiting.pop(), set()) - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def _other_version(
    edits: DependencyEdits, environment: KernelEnvironment, name: str, wanted: str, installed: str
) -> Finding:
    return _finding(
        edits,
        PINNED_OTHERWISE,
        f"The image has another {name} than the notebook was run with: the notebook asks for "
        f"{wanted.removeprefix(name)}, the kernel {environment.kernel} has {installed}",
        f"Objects and answers may differ. Install that version in the kernel and run the notebook, or take {name} out "
        "of containerize.dependencies.",
    )


def _needed(edits: DependencyEdits, name: str) -> Finding:
    return _finding(
        edits,
        EXCLUDED_AND_NEEDED,
        f"{name} is excluded, and the serving code or its objects need it: the server may not start, or calls fail",
        "Take it out of containerize.dependencies.exclude, unless the code does without it.",
    )


def _required(edits: DependencyEdits, name: str, by: tuple[str, ...]) -> Finding:
    return _finding(
        edits,
        EXCLUDED_AND_NEEDED,
        f"{name} is excluded, and {', '.join(by[:3])} {'requires' if len(by) == 1 else 'require'} it",
        "What is served must not call what needs it; the test of the image tells, as far as the example goes.",
    )


def _without_effect(edits: DependencyEdits, part: str, name: str) -> Finding:
    return Finding(
        code=EDIT_WITHOUT_EFFECT,
        message=f"containerize.dependencies.{part} names {name}, which nothing here needs",
        severity=Severity.INFO,
        location=Location(path=edits.path),
        hint="Use containerize.dependencies.add to install what nothing asks for."
        if part == "pin"
        else "Take it out, or check its name.",
    )


def _finding(edits: DependencyEdits, code: str, message: str, hint: str) -> Finding:
    return Finding(code=code, message=message, severity=Severity.WARNING, location=Location(path=edits.path), hint=hint)
