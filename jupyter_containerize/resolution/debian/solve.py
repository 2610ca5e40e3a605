"""From the packages that a base starts from to all that it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from jupyter_containerize.resolution.debian.candidates import Candidate
from jupyter_containerize.resolution.debian.errors import BaseTooOld, PackageMissing
from jupyter_containerize.resolution.debian.relations import Relation, parse_relations
from jupyter_containerize.resolution.debian.version import satisfies, version_key


def solve(
    candidates: Iterable[Candidate], *, seeds: Sequence[str], left_out: Collection[str], release: str
) -> tuple[Candidate, ...]:
    """Return the seeds and their dependencies, each in its highest version, sorted by name.

    Of alternatives the first that exists is taken, as apt does; a dependency on a package in
    ``left_out`` counts as fulfilled. Recommendations are not followed.

    Raises:
        PackageMissing: no package and no provider satisfies a relation.
    """
    return _closure(_Pool(candidates), {}, seeds, "base", left_out, release)


def solve_more(
    candidates: Iterable[Candidate],
    *,
    installed: Mapping[str, str],
    seeds: Sequence[str],
    left_out: Collection[str],
    release: str,
) -> tuple[Candidate, ...]:
    """Return what the seeds need beside the ``installed`` packages (name to version), sorted by name.

    As apt does, a relation of which any alternative is installed counts as fulfilled. A seed is taken though it is in
    ``left_out``: somebody asked for it by name.

    Raises:
        BaseTooOld: a relation wants another version of an installed package.
        PackageMissing: no package and no provider satisfies a relation.
    """
    candidates = tuple(candidates)
    there = {name: _bare(name, version) for name, version in installed.items()}
    there |= {each.name: each for each in candidates if installed.get(each.name) == each.version}
    return _closure(_Pool(candidates), there, seeds, "the notebook", set(left_out) - set(seeds), release)


def _bare(name: str, version: str) -> Candidate:
    """Return an installed package that the archive no longer has: what it provides is not known."""
    return Candidate(
        name=name, version=version, architecture="", url="", size_bytes=0, sha256="", depends="", provides=""
    )


def _closure(  # noqa: PLR0917  # all that a closure depends on
    pool: _Pool,
    there: Mapping[str, Candidate],
    seeds: Sequence[str],
    wanted_by: str,
    left_out: Collection[str],
    release: str,
) -> tuple[Candidate, ...]:
    present = _Pool(there.values())
    chosen: dict[str, Candidate] = {}
    waiting: list[tuple[tuple[Relation, ...], str]] = [((Relation(name=seed),), wanted_by) for seed in seeds]
    while waiting:
        alternatives, wanted_by = waiting.pop()
        if any(relation.name in left_out for relation in alternatives) or present.first(alternatives):
            continue
        package = pool.first(alternatives)
        if package is not None and package.name in there:
            raise BaseTooOld(" | ".join(map(str, alternatives)), wanted_by, there[package.name].version)
        if package is None:
            raise PackageMissing(" | ".join(map(str, alternatives)), wanted_by, release)
        if package.name not in chosen:
            chosen[package.name] = package
            waiting += ((group, package.name) for group in parse_relations(package.depends))
    return tuple(chosen[name] for name in sorted(chosen))


class _Pool:
    """The highest version of each package, and who provides which virtual one."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._packages: dict[str, Candidate] = {}
        for package in candidates:
            known = self._packages.get(package.name)
            if known is None or version_key(package.version) > version_key(known.version):
                self._packages[package.name] = package
        self._provided: dict[str, list[tuple[Relation, Candidate]]] = {}
        # By name, so that the choice among providers does not depend on the order of the index.
        for name in sorted(self._packages):
            for (provided,) in parse_relations(self._packages[name].provides):
                self._provided.setdefault(provided.name, []).append((provided, self._packages[name]))

    def first(self, alternatives: Iterable[Relation]) -> Candidate | None:
        """Return the package for the first alternative that has one."""
        return next((package for relation in alternatives if (package := self._for(relation))), None)

    def _for(self, relation: Relation) -> Candidate | None:
        package = self._packages.get(relation.name)
        if package is not None and _fulfils(package.version, relation):
            return package
        for provided, provider in self._provided.get(relation.name, ()):
            # An unversioned Provides satisfies only unversioned relations (Debian Policy, 7.5).
            if not relation.comparison or (provided.version and _fulfils(provided.version, relation)):
                return provider
        return None


def _fulfils(version: str, relation: Relation) -> bool:
    return not relation.comparison or satisfies(version, relation.comparison, relation.version)
