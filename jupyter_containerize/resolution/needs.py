"""Says which of the kernel's distributions serving needs, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Distribution, Evidence, KernelEnvironment, Requirement
from jupyter_containerize.domain.notebook import ImportSite, Location, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.resolution.errors import UnknownImports
from jupyter_containerize.resolution.mapping import providers
from jupyter_containerize.resolution.providers import Providers, asked_modules


@dataclass(slots=True)
class _Wanted:
    distribution: Distribution
    import_names: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)

    def because(self, import_name: str, evidence: Evidence) -> None:
        self.import_names.add(import_name)
        if evidence not in self.evidence:
            self.evidence.append(evidence)


def required(
    *,
    serving: Slice,
    state: CapturedState,
    environment: KernelEnvironment,
    local_modules: Iterable[str],
    added: Collection[str] = (),
) -> tuple[Requirement, ...]:
    """Return the distributions that serving needs, pinned to the kernel's versions, sorted by name.

    Asked for by the imports of the slice, by the modules that loading the objects imports, and by the rules
    of what code needs though nothing imports it. A guarded import that nothing provides and a hidden need
    that the kernel lacks are left out: the notebook worked without them. So is an import that something of ``added``
    provides, distributions that the image has in any case.

    Raises:
        UnknownImports: carries every import that nothing in the kernel provides.
    """
    providers = Providers(environment, local_modules)
    unknown: list[ImportSite] = []
    wanted: dict[str, _Wanted] = {}
    for site, evidence in (*_imported(serving), *_loaded(state)):
        if providers.needs_none(site.module):
            continue
        found = providers.of(site)
        if not (found or site.guarded or _provided(site, added)):
            unknown.append(site)
        for distribution in found:
            wanted.setdefault(distribution.name, _Wanted(distribution)).because(site.name, evidence)
    installed = {item.name: item for item in environment.distributions}
    for need in serving.hidden:
        names = [name.partition("[")[0] for name in need.distributions]
        if there := next((installed[name] for name in names if name in installed), None):
            evidence = Evidence(rule=f"hidden:{need.rule}", detail=need.reason, location=need.location)
            wanted.setdefault(there.name, _Wanted(there)).evidence.append(evidence)
    if unknown:
        raise UnknownImports(
            tuple(sorted(set(unknown), key=lambda site: (site.location.path, _order(site), site.module)))
        )
    return tuple(_requirement(wanted[name]) for name in sorted(wanted))


def _provided(site: ImportSite, added: Collection[str]) -> bool:
    if not added:
        return False
    asked = (module for modules in asked_modules(site) for module in modules)
    matches = [match for module in asked if (match := providers(module))]
    known = {name for match in matches for name in match.distributions}
    return not {*known, canonicalize_name(site.name)}.isdisjoint(added)


def _imported(serving: Slice) -> Iterable[tuple[ImportSite, Evidence]]:
    for site in serving.imports:
        yield site, Evidence(rule="import", detail=site.module, location=site.location)


def _loaded(state: CapturedState) -> Iterable[tuple[ImportSite, Evidence]]:
    for item in state.objects:
        evidence = Evidence(rule="state", detail=f"{item.name}: {item.type_name}", location=item.location)
        for module in item.modules:
            # The runtime brings the cloudpickle that wrote the objects, whether or not the kernel has one.
            if module.partition(".")[0] != "cloudpickle":
                yield ImportSite(module=module, location=item.location or Location(path=item.name)), evidence


def _requirement(wanted: _Wanted) -> Requirement:
    distribution = wanted.distribution
    url = distribution.direct_url
    # Models and nightly builds are published as wheels on the web; the URL is as good as a pin. What came from a folder
    # or a repository becomes a wheel of that very version, when it is locked.
    published = url is not None and is_wheel_on_the_web(url)
    specifier = f" @ {url}" if published else f"=={distribution.version}"
    return Requirement(
        distribution=distribution.name,
        specifier=specifier,
        import_names=tuple(sorted(wanted.import_names)),
        evidence=tuple(wanted.evidence),
    )


def is_wheel_on_the_web(url: str) -> bool:
    """Tell whether a direct reference is as good as a pin."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and parts.path.endswith(".whl")


def _order(site: ImportSite) -> tuple[int, int]:
    return site.location.cell or 0, site.location.line or 0
