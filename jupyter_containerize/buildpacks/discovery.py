"""Finds the buildpacks that are installed here, ours and other people's, by their entry points.

A distribution adds one with an entry point of the group ``jupyter_containerize.buildpacks``: its name is the
buildpack's id, its object is called without arguments and returns a ``Buildpack``. Ours are registered in the same
way. Those that make the base (``debian``, ``cpython``) are not in the group: what they are made of is resolved before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

from packaging.utils import canonicalize_name

from jupyter_containerize.buildpacks.checked import CheckedBuildpack
from jupyter_containerize.buildpacks.discovery_errors import BuildpackBroken, BuildpackTwice, BuildpackUnknown
from jupyter_containerize.buildpacks.protocol import Buildpack
from jupyter_containerize.domain.notebook import Finding, Severity

GROUP = "jupyter_containerize.buildpacks"
# The ones that every image has, in their order; others come before the last of them.
OURS = ("system-packages", "wheels", "model_server", "notebook_app")
_OUR_DISTRIBUTION = "jupyter-containerize"
UNUSABLE = "JC-BUILDPACK-41"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBuildpack:
    """One installed buildpack; nothing of it is imported yet. ``distribution`` and ``version`` say whose it is."""

    id: str
    distribution: str
    version: str
    entry_point: metadata.EntryPoint

    @property
    def is_ours(self) -> bool:
        """Whether it came with this package."""
        return canonicalize_name(self.distribution) == _OUR_DISTRIBUTION

    def load(self) -> Buildpack:
        """Import and make it; somebody else's keeps to the protocol from then on, or says whose it is.

        Raises:
            BuildpackBroken: it cannot be imported or made, or is no buildpack of that id.
        """
        try:
            buildpack = self.entry_point.load()()
        except (Exception, SystemExit) as error:
            raise self._broken(f"{type(error).__name__}: {error}") from error
        said = getattr(buildpack, "id", None)
        if said != self.id:
            raise self._broken(f"its id is {said!r}")
        missing = [name for name in ("detect", "build") if not callable(getattr(buildpack, name, None))]
        if missing:
            raise self._broken(f"it has no {' and no '.join(missing)}")
        found: Buildpack = buildpack
        return found if self.is_ours else CheckedBuildpack(found, distribution=self.distribution)

    def _broken(self, reason: str) -> BuildpackBroken:
        return BuildpackBroken(self.id, self.distribution, "loading", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A buildpack that a project asks for by its id, in any version unless it names one.

    One that is ``optional`` may be absent or broken.
    """

    id: str
    version: str = ""
    optional: bool = False


def discover(paths: Sequence[str] | None = None) -> Mapping[str, tuple[FoundBuildpack, ...]]:
    """Return the installed buildpacks by id, sorted; nothing is imported.

    An id with several distributions is an error only for who uses it. ``paths`` are searched instead of ``sys.path``.
    """
    distributions = metadata.distributions(path=list(paths)) if paths is not None else metadata.distributions()
    found: dict[tuple[str, str], FoundBuildpack] = {}
    for distribution in distributions:
        for entry_point in distribution.entry_points:
            if entry_point.group == GROUP:
                # The first on the path is the one that Python imports.
                item = FoundBuildpack(
                    id=entry_point.name,
                    distribution=distribution.name,
                    version=distribution.version,
                    entry_point=entry_point,
                )
                found.setdefault((item.id, item.distribution), item)
    by_id: dict[str, tuple[FoundBuildpack, ...]] = {}
    for (name, _), item in sorted(found.items()):
        by_id[name] = (*by_id.get(name, ()), item)
    return by_id


def chosen(
    found: Mapping[str, tuple[FoundBuildpack, ...]],
    *,
    group: Iterable[Wanted] | None = None,
    pre: Iterable[Wanted] = (),
    post: Iterable[Wanted] = (),
) -> tuple[tuple[Buildpack, ...], tuple[Finding, ...]]:
    """Return the buildpacks that are asked, in their order, and what is wrong with those that are left out.

    Without ``group`` those are ours and every other that is installed and can be loaded, by id, before the last of
    ours. With it, they are exactly those of the group, in its order. ``pre`` and ``post`` come before and after.

    Raises:
        BuildpackUnknown, BuildpackBroken, BuildpackTwice: of one that is asked for by name and not optional.
    """
    findings: list[Finding] = []
    named = [*_loaded(found, pre, findings)]
    after = [*_loaded(found, post, findings)]
    taken = {buildpack.id for buildpack in (*named, *after)}
    if group is not None:
        between = _loaded(found, [item for item in group if item.id not in taken], findings)
    else:
        others = [Wanted(id=name, optional=True) for name in found if name not in OURS and name not in taken]
        ours = [Wanted(id=name) for name in OURS if name not in taken]
        between = _loaded(found, [*ours[:-1], *others, *ours[-1:]], findings)
    return (*named, *between, *after), tuple(findings)


def _loaded(
    found: Mapping[str, tuple[FoundBuildpack, ...]], wanted: Iterable[Wanted], findings: list[Finding]
) -> list[Buildpack]:
    loaded = []
    for item in wanted:
        try:
            loaded.append(_one(found, item).load())
        except (BuildpackUnknown, BuildpackBroken, BuildpackTwice) as error:
            if not item.optional:
                raise
            if not isinstance(error, BuildpackUnknown):
                findings.append(_unusable(item.id, error))
    return loaded


def _one(found: Mapping[str, tuple[FoundBuildpack, ...]], wanted: Wanted) -> FoundBuildpack:
    there = found.get(wanted.id, ())
    # Nobody takes the place of ours by its name alone; a project's group can leave ours out.
    there = tuple(item for item in there if item.is_ours) or there
    if not there or (wanted.version and wanted.version not in {item.version for item in there}):
        known = tuple(f"{item.id} {item.version}" for items in found.values() for item in items)
        raise BuildpackUnknown(f"{wanted.id} {wanted.version}".rstrip(), known)
    if len(there) > 1:
        raise BuildpackTwice(wanted.id, tuple(item.distribution for item in there))
    return there[0]


def _unusable(name: str, error: BuildpackBroken | BuildpackTwice) -> Finding:
    whose = error.distribution if isinstance(error, BuildpackBroken) else " and ".join(error.distributions)
    reason = error.reason if isinstance(error, BuildpackBroken) else "both have one of this id"
    return Finding(
        code=UNUSABLE,
        message=f"The buildpack {name} of {whose} takes no part: {reason}",
        severity=Severity.WARNING,
        hint=f"Upgrade or uninstall {whose}.",
    )
