"""Works on PEP 440 specifiers: what several say together, and whether they name one version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def combine(specifiers: Sequence[str]) -> tuple[str, bool]:
    """Return what all the specifiers say together, and whether any version can suit them all.

    Clauses are sorted and not repeated; what is no specifier is left out. Pre-releases count as
    versions. Only the specifiers decide: that an index has such a version is not said.
    """
    # ==1.2 and ==1.2.0 are equal; which of them stays does not depend on their order.
    clauses = dict.fromkeys(sorted((clause for text in specifiers for clause in _clauses(text)), key=str))
    text = ",".join(map(str, clauses))
    together = SpecifierSet(text)
    possible = any(together.contains(version, prereleases=True) for version in _candidates(clauses))
    return text, possible or not clauses


def exact_of(specifier: str) -> str | None:
    """Return the version that a specifier pins (``==1.2``, ``===1.2``), ``None`` for ``==1.2.*`` and all others."""
    for clause in _clauses(specifier):
        if clause.operator == "===" or (clause.operator == "==" and not clause.version.endswith(".*")):
            return clause.version
    return None


def _clauses(text: str) -> Sequence[Specifier]:
    try:
        return tuple(SpecifierSet(text))
    except InvalidSpecifier:
        return ()


def _candidates(clauses: Iterable[Specifier]) -> Iterator[str]:
    """Give versions of which one suits all clauses, if any version does.

    Clauses cut the line of versions at some points, so each point, and the piece right after each
    one, stands for all. Before the first point there is the lowest version of all.
    """
    yield "0.dev0"
    yield "0"
    for clause in clauses:
        text = clause.version.removesuffix(".*")
        yield text
        try:
            version = Version(text)
        except InvalidVersion:
            continue
        release = version.release
        # `>1.2` leaves out 1.2.post1 and 1.2+local, `<1.2` leaves out 1.2rc1.
        yield _version(version, (*release, 0, 0, 1))
        yield _version(version, (*release[:-1], release[-1] + 1))
        if version.is_prerelease or version.is_postrelease:
            yield f"{version.public}.post1" if not version.is_postrelease and version.dev is None else _later(version)
            yield _version(version, release)


def _version(version: Version, release: tuple[int, ...]) -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, release))


def _later(version: Version) -> str:
    base = _version(version, version.release)
    if version.dev is not None:
        return str(version.public).rpartition(".dev")[0] + f".dev{version.dev + 1}"
    return f"{base}.post{(version.post or 0) + 1}"
