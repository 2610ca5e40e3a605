"""Says which distributions a notebook imports and which of them serving needs, and why."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jupyter_containerize.domain.environment import Distribution, Evidence, KernelEnvironment, Requirement
from jupyter_containerize.domain.notebook import Analysis, Finding, ImportSite, Location, Severity, Slice
from jupyter_containerize.domain.serving import CapturedState, Dependency
from jupyter_containerize.resolution.errors import LocalInstall, UnknownImports
from jupyter_containerize.resolution.providers import Providers
from jupyter_containerize.transport.redact import redact


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
) -> tuple[Requirement, ...]:
    """Return the distributions that serving needs, pinned to the kernel's versions, sorted by name.

    Asked for by the imports of the slice, and by the modules that loading the objects imports. A
    guarded import that nothing provides is left out: the notebook worked without it.

    Raises:
        UnknownImports: carries every import that nothing in the kernel provides.
        LocalInstall: one of them was installed from a folder or a repository.
    """
    providers = Providers(environment, local_modules)
    unknown: list[ImportSite] = []
    wanted: dict[str, _Wanted] = {}
    for site, evidence in (*_imported(serving), *_loaded(state)):
        if providers.needs_none(site.module):
            continue
        found = providers.of(site.module)
        if not found and not site.guarded:
            unknown.append(site)
        for distribution in found:
            wanted.setdefault(distribution.name, _Wanted(distribution)).because(site.name, evidence)
    if unknown:
        raise UnknownImports(
            tuple(sorted(set(unknown), key=lambda site: (site.location.path, _order(site), site.module)))
        )
    return tuple(_requirement(wanted[name]) for name in sorted(wanted))


def dependencies(
    analysis: Analysis, environment: KernelEnvironment | None
) -> tuple[tuple[Dependency, ...], tuple[Finding, ...]]:
    """Return every distribution that the notebook imports, sorted by name, and findings for unknown imports.

    Without an environment nothing can be named or pinned: rows then carry import names.
    """
    local = [name for name, _ in analysis.local_modules]
    if environment is None:
        return _unnamed(analysis, {*local, *sys.stdlib_module_names}), ()
    providers = Providers(environment, local)
    wanted: dict[str, _Wanted] = {}
    findings = []
    for site in analysis.imports:
        if providers.needs_none(site.module):
            continue
        found = providers.of(site.module)
        if not found:
            findings.append(_unknown_finding(site, environment.kernel))
        for distribution in found:
            evidence = Evidence(rule="import", detail=site.module, location=site.location)
            wanted.setdefault(distribution.name, _Wanted(distribution)).because(site.name, evidence)
    rows = tuple(
        Dependency(
            distribution=name,
            version=wanted[name].distribution.version,
            source="kernel",
            import_names=tuple(sorted(wanted[name].import_names)),
            evidence=tuple(wanted[name].evidence),
        )
        for name in sorted(wanted)
    )
    return rows, tuple(findings)


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
    evidence = tuple(wanted.evidence)
    url = distribution.direct_url
    if url is None:
        specifier = f"=={distribution.version}"
    elif _is_wheel_on_the_web(url):
        # Models and nightly builds are published this way; the URL is as good as a pin.
        specifier = f" @ {url}"
    else:
        raise LocalInstall(distribution.name, redact(url), evidence)
    return Requirement(
        distribution=distribution.name,
        specifier=specifier,
        import_names=tuple(sorted(wanted.import_names)),
        evidence=evidence,
    )


def _is_wheel_on_the_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and parts.path.endswith(".whl")


def _order(site: ImportSite) -> tuple[int, int]:
    return site.location.cell or 0, site.location.line or 0


def _unknown_finding(site: ImportSite, kernel: str) -> Finding:
    return Finding(
        code=UnknownImports.code,
        message=f"Nothing in the kernel {kernel} provides {site.module}",
        severity=Severity.INFO if site.guarded else Severity.WARNING,
        location=site.location,
        hint=f"Install the distribution that provides {site.name} in the kernel's environment.",
    )


def _unnamed(analysis: Analysis, elsewhere: set[str]) -> tuple[Dependency, ...]:
    sites: defaultdict[str, list[Evidence]] = defaultdict(list)
    for site in analysis.imports:
        if site.name not in elsewhere:
            sites[site.name].append(Evidence(rule="import", detail=site.module, location=site.location))
    return tuple(
        Dependency(distribution=name, version=None, source="unknown", import_names=(name,), evidence=tuple(sites[name]))
        for name in sorted(sites)
    )
