"""Says what a notebook depends on, which version of it, and why: from its facts, a kernel and a table of wheels.

An import becomes a distribution only with evidence that the distribution provides that module:
the kernel has it installed, a real wheel in the shipped table holds it, or the user's own installation command
names it. What has none of these is a question to the user, never a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.environment import Distribution, Evidence, KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, Declared, Finding, ImportSite, Location, Manager
from jupyter_containerize.domain.serving import DependencyKind, Needs, SystemDependency
from jupyter_containerize.resolution import questions
from jupyter_containerize.resolution.edits import said_of
from jupyter_containerize.resolution.mapping import conda_only, confusable, name_of_conda, platform_only, providers
from jupyter_containerize.resolution.needs import is_wheel_on_the_web
from jupyter_containerize.resolution.providers import Providers, asked_modules
from jupyter_containerize.resolution.row import Row
from jupyter_containerize.resolution.versions import Chosen, Pins, counts

KERNEL, LISTED, DECLARED = "kernel", "list", "declared"
"""What proves that a distribution provides a module; otherwise the name of the wheel that was read."""

_NOWHERE = Location(path="")


def dependencies(
    analysis: Analysis,
    *,
    environment: KernelEnvironment | None = None,
    declared: Sequence[Declared] = (),
    python: str | None = None,
) -> Needs:
    """Return every distribution that the notebook needs, and what the user must be asked.

    Args:
        analysis: The facts, with the notebook's own installation commands.
        environment: The kernel's; without one the notebook alone must do.
        declared: What the files beside the notebook and its metadata ask for. It gives versions to what is
            needed, and is no need by itself.
        python: The version that is asked for where no environment tells it (``3.9``); declarations for others
            do not count. A range or ``None``: they count whatever Python they are for.
    """
    collecting = _Collecting(analysis, environment, declared, python)
    for site in analysis.imports:
        collecting.take_import(site)
    collecting.take_hidden()
    collecting.take_commands()
    return collecting.result()


class _Collecting:
    """Gathers rows in the order in which evidence counts."""

    def __init__(
        self,
        analysis: Analysis,
        environment: KernelEnvironment | None,
        declared: Sequence[Declared],
        python: str | None,
    ) -> None:
        self._analysis = analysis
        self._environment = environment
        python = python if environment is None else environment.python_version
        self._commands = tuple(_on_the_index(item) for item in analysis.declared if counts(item, python))
        self._pins = Pins((*self._commands, *(_on_the_index(item) for item in declared if counts(item, python))))
        local = {*(name for name, _ in analysis.local_modules), *analysis.written_modules}
        self._providers = Providers(environment, local)
        self._installed = {} if environment is None else {item.name: item for item in environment.distributions}
        self._rows: dict[str, Row] = {}
        self._system: defaultdict[str, list[Evidence]] = defaultdict(list)
        self._findings: list[Finding] = []
        self._asked: set[str] = set()
        self._unknown: dict[str, ImportSite] = {}
        self._lacking: dict[str, ImportSite] = {}

    def take_import(self, site: ImportSite) -> None:
        """Add what provides an imported module, or a question."""
        if self._providers.needs_none(site.module):
            return
        if platform := _platform(site):
            self._ask(questions.only_on_a_platform(site, platform))
            return
        if site.instead_of and self._is_provided(site.instead_of):
            # Either of the two will do, and there is the first.
            return
        kind = DependencyKind.LOCAL if site.location.cell is None else DependencyKind.DIRECT
        if kind is DependencyKind.LOCAL and site.guarded:
            # In a function of a module beside the notebook that nothing is seen to call.
            return
        evidence = Evidence(rule=site.rule, detail=site.module, location=site.location)
        installed = self._providers.of(site)
        for distribution in installed:
            self._row(distribution.name, kind).because(site, evidence, proof=KERNEL)
        if installed or (self._environment is not None and site.guarded):
            # A guarded import that the kernel lacks is one that the notebook does without.
            return
        known = self._known(site)
        if not known:
            self._unknown.setdefault(site.name, site)
            self._ask(questions.unknown_import(site, self._environment))
        for names, proof in known:
            row = self._row(names[0], kind)
            row.because(site, evidence, proof=proof)
            row.alternatives.update(names)
            self._lacking.setdefault(names[0], site)

    def take_hidden(self) -> None:
        """Add what rules found, unless something that is there already will do."""
        for need in self._analysis.hidden:
            evidence = Evidence(rule=f"hidden:{need.rule}", detail=need.reason, location=need.location)
            for package in need.system_packages:
                self._system[package].append(evidence)
            if not need.distributions:
                continue
            extras = dict(map(_split, need.distributions))
            there = [name for name in extras if name in self._rows]
            name = there[0] if there else self._preferred(tuple(extras))
            row = self._row(name, DependencyKind.HIDDEN)
            row.evidence.append(evidence)
            row.extras.update(extras[name])
            row.alternatives.update(extras)

    def take_commands(self) -> None:
        """Add what the notebook's own commands install."""
        for item in self._commands:
            evidence = Evidence(rule=item.rule, detail=said_of(item), location=item.location)
            if item.manager is Manager.APT:
                self._system[item.name].append(evidence)
            elif not item.name:
                self._ask(questions.install_without_a_name(item))
            elif item.manager is Manager.PIP or not conda_only(item.name):
                self._row(self._meant(item), DependencyKind.DECLARED).evidence.append(evidence)
            else:
                self._ask(questions.only_in_conda(item))

    def _meant(self, item: Declared) -> str:
        """Return the distribution that a command installs; ask if its name is easily taken for another's.

        Who installs ``sklearn`` and imports what scikit-learn holds needs that alone: the other is a stub, or worse.
        """
        confusion = confusable(item.name) if item.manager is Manager.PIP else None
        if confusion is None:
            return item.name
        self._ask(questions.mistakable(item, confusion.meant, confusion.reason))
        return confusion.meant if item.name not in self._rows and confusion.meant in self._rows else item.name

    def result(self) -> Needs:
        """Return the rows with their versions."""
        rows = []
        for name in sorted(self._rows):
            row, installed = self._rows[name], self._installed.get(name)
            chosen = self._pins.version_of(name, row.modules, installed)
            rows.append(row.finished(chosen, installed))
            self._question(name, chosen, installed)
        system = (
            SystemDependency(name=name, evidence=tuple(dict.fromkeys(found)))
            for name, found in sorted(self._system.items())
        )
        return Needs(
            dependencies=tuple(rows),
            system_packages=tuple(system),
            findings=tuple(self._findings),
            unknown=tuple(self._unknown.values()),
        )

    def _question(self, name: str, chosen: Chosen, installed: Distribution | None) -> None:
        """Ask what the version that was chosen, or the lack of one, leaves to the user."""
        if self._environment is not None and name in self._lacking:
            kernel = self._environment.kernel
            self._ask(questions.not_in_the_kernel(self._lacking[name], name, chosen.specifier, kernel))
        if installed and installed.direct_url and not is_wheel_on_the_web(installed.direct_url):
            self._ask(questions.not_from_an_index(name, installed.direct_url))
        if chosen.contradiction:
            self._ask(questions.contradiction(name, chosen.contradiction))

    def _known(self, site: ImportSite) -> list[tuple[tuple[str, ...], str]]:
        """Return who provides what is imported and not installed: names, the one to take first, with the proof."""
        for asked in asked_modules(site):
            matches = {match.distributions: match for module in asked if (match := providers(module))}
            if matches:
                return [(self._preferred_first(names), match.wheel or LISTED) for names, match in matches.items()]
        own = canonicalize_name(site.name)
        # Who installs foo and imports foo has said what provides it.
        return [((own,), DECLARED)] if own in self._pins else []

    def _preferred_first(self, names: tuple[str, ...]) -> tuple[str, ...]:
        first = self._preferred(names)
        return (first, *(name for name in names if name != first))

    def _preferred(self, names: tuple[str, ...]) -> str:
        for known in (self._installed, self._pins):
            for name in names:
                if name in known:
                    return name
        return names[0]

    def _is_provided(self, module: str) -> bool:
        if self._providers.needs_none(module) or self._providers.of(ImportSite(module=module, location=_NOWHERE)):
            return True
        if self._environment is not None or platform_only(module) is not None:
            return False
        return bool(self._known(ImportSite(module=module, location=_NOWHERE)))

    def _row(self, name: str, kind: DependencyKind) -> Row:
        row = self._rows.setdefault(name, Row(name, kind))
        row.raise_to(kind)
        return row

    def _ask(self, finding: Finding) -> None:
        # One question for each thing, where it is first asked for.
        if finding.message not in self._asked:
            self._asked.add(finding.message)
            self._findings.append(finding)


def _platform(site: ImportSite) -> str | None:
    """Return the platform that alone has what is imported, as ``from google import colab`` does."""
    places = [platform_only(f"{site.module}.{name}") for name in site.names] or [platform_only(site.module)]
    return places[0] if all(places) else None


def _split(distribution: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the extras of ``name[extra,extra]``."""
    name, _, extras = distribution.rstrip("]").partition("[")
    return name, tuple(extras.split(",")) if extras else ()


def _on_the_index(item: Declared) -> Declared:
    """Return a conda wish under the name that the package index has it by."""
    if item.manager is not Manager.CONDA or conda_only(item.name):
        return item
    return replace(item, name=name_of_conda(item.name) or canonicalize_name(item.name))
