"""What the notebook's metadata changes of the distributions that were found: versions, more of them, fewer of them.

The same words for a preview, whose rows stay to be shown, and a build, whose requirements are what is installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.environment import (
    DependencyEdits,
    Distribution,
    Edited,
    Evidence,
    KernelEnvironment,
    Requirement,
)
from jupyter_containerize.domain.notebook import Declared, Location
from jupyter_containerize.domain.serving import Dependency, DependencyKind
from jupyter_containerize.resolution.versions import METADATA, counts


def edited_rows(
    rows: tuple[Dependency, ...], edits: DependencyEdits, environment: KernelEnvironment | None
) -> tuple[Dependency, ...]:
    """Return the rows as the image has them, sorted by name; those that are left out stay and say so.

    What is added is marked as serving: it is in the image in any case.
    """
    if not edits:
        return rows
    installed = installed_in(environment)
    pins = dict(edits.pin)
    found = {row.distribution: row for row in rows}
    for item in edits_for(edits, environment):
        found[item.name] = _added_row(found.get(item.name), item, installed.get(item.name))
    for name, version in pins.items():
        if name in found:
            found[name] = _pinned_row(found[name], version, edits, installed.get(name))
    for name in edits.exclude:
        if name in found:
            found[name] = replace(found[name], edited=Edited.EXCLUDED)
    return tuple(found[name] for name in sorted(found))


def edited_requirements(
    requirements: Iterable[Requirement], edits: DependencyEdits, environment: KernelEnvironment
) -> tuple[Requirement, ...]:
    """Return what is to be installed, sorted by name.

    What only others ask for is not among the requirements: a pin of it is a constraint, see ``pinned_constraints``.
    """
    if not edits:
        return tuple(requirements)
    installed = installed_in(environment)
    found = {item.distribution: item for item in requirements}
    for item in edits_for(edits, environment):
        asked = found.get(item.name)
        found[item.name] = Requirement(
            distribution=item.name,
            specifier=f" @ {item.url}" if item.url else _specifier(item, installed.get(item.name)),
            import_names=asked.import_names if asked else (),
            evidence=(*(asked.evidence if asked else ()), _evidence(edits, said_of(item))),
            extras=item.extras,
        )
    for name, version in edits.pin:
        if name in found:
            said = _evidence(edits, f"{name}=={version}")
            evidence = tuple(dict.fromkeys((*found[name].evidence, said)))
            found[name] = replace(found[name], specifier=f"=={version}", evidence=evidence)
    return tuple(found[name] for name in sorted(found) if name not in edits.exclude)


def pinned_constraints(edits: DependencyEdits, requirements: Iterable[Requirement]) -> Mapping[str, str]:
    """Return the pins of what is no requirement by itself: versions by name."""
    asked = {item.distribution for item in requirements}
    return {name: version for name, version in edits.pin if name not in asked}


def unchanged(environment: KernelEnvironment, edits: DependencyEdits) -> KernelEnvironment:
    """Return the environment with those distributions alone whose versions the edits leave as they are."""
    pinned, added = dict(edits.pin), {item.name: item for item in edits.add}

    def stays(item: Distribution) -> bool:
        if item.name in edits.exclude or item.name in pinned:
            return False
        return item.name not in added or fits(added[item.name], item)

    return replace(environment, distributions=tuple(filter(stays, environment.distributions))) if edits else environment


def wishes(edits: DependencyEdits) -> tuple[str, ...]:
    """Return what the edits ask for, in words."""
    pins = (f"{name}=={version}" for name, version in edits.pin)
    return (*pins, *map(said_of, edits.add), *(f"no {name}" for name in edits.exclude))


def _added_row(row: Dependency | None, item: Declared, installed: Distribution | None) -> Dependency:
    same = installed is not None and not item.url and fits(item, installed)
    evidence = Evidence(rule=METADATA, detail=said_of(item), location=item.location)
    if installed is not None and same:
        version, specifier, source = installed.version, f"=={installed.version}", "kernel"
    else:
        version, specifier, source = None, item.specifier, METADATA if item.specifier or item.url else "newest"
    base = row or Dependency(
        distribution=item.name,
        version=None,
        source=source,
        import_names=(),
        evidence=(),
        kind=DependencyKind.DECLARED,
        license="" if installed is None else installed.license,
    )
    return replace(
        base,
        version=version,
        specifier=specifier,
        source=source,
        extras=tuple(sorted({*base.extras, *item.extras})),
        url=item.url,
        evidence=tuple(dict.fromkeys((*base.evidence, evidence))),
        serving=True,
        size_bytes=installed.size_bytes if installed is not None and same else None,
        edited=Edited.ADDED,
    )


def _pinned_row(row: Dependency, version: str, edits: DependencyEdits, installed: Distribution | None) -> Dependency:
    same = installed is not None and is_version(version, installed.version)
    evidence = _evidence(edits, f"{row.distribution}=={version}")
    return replace(
        row,
        version=version,
        specifier=f"=={version}",
        source=METADATA,
        url="",
        evidence=tuple(dict.fromkeys((*row.evidence, evidence))),
        size_bytes=row.size_bytes if same else None,
        # What was added and has a version of its own is still what the user added.
        edited=row.edited or Edited.PINNED,
    )


def edits_for(edits: DependencyEdits, environment: KernelEnvironment | None) -> list[Declared]:
    """Return what is added for the image's system and Python."""
    python = None if environment is None else environment.python_version
    return [item for item in edits.add if counts(item, python)]


def edits_on(machine: str, edits: DependencyEdits, environment: KernelEnvironment) -> DependencyEdits:
    """Return the edits for an image of that processor (``x86_64``): what is added for others alone is not in them."""
    added = tuple(item for item in edits.add if counts(item, environment.python_version, machine))
    return replace(edits, add=added) if added != edits.add else edits


def installed_in(environment: KernelEnvironment | None) -> dict[str, Distribution]:
    """Return what the kernel has, by name."""
    return {} if environment is None else {item.name: item for item in environment.distributions}


def _specifier(item: Declared, installed: Distribution | None) -> str:
    """Return the kernel's version where that is what is asked for: the image has what the notebook ran with."""
    return item.specifier if installed is None or not fits(item, installed) else f"=={installed.version}"


def fits(item: Declared, installed: Distribution) -> bool:
    """Tell whether what is installed is what is asked for; a URL's version is not known."""
    try:
        version = Version(installed.version)
    except InvalidVersion:
        return False
    return not item.url and SpecifierSet(item.specifier).contains(version, prereleases=True)


def is_version(asked: str, installed: str) -> bool:
    """Tell whether an installed version is the one that is asked for, whatever its build label."""
    try:
        return Version(asked) in {Version(installed), Version(Version(installed).public)}
    except InvalidVersion:
        return asked == installed


def said_of(item: Declared) -> str:
    """Return what is asked for as PEP 508 has it."""
    extras = f"[{','.join(item.extras)}]" if item.extras else ""
    return f"{item.name}{extras}{item.specifier}" + (f" @ {item.url}" if item.url else "")


def _evidence(edits: DependencyEdits, said: str) -> Evidence:
    return Evidence(rule=METADATA, detail=said, location=Location(path=edits.path))
