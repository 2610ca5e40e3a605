"""What the package index and advisories know of a preview's rows. Asked for only when the user wants it."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from packaging.utils import canonicalize_name

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Finding, ImportSite
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.lifecycle.preview import Preview
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.advisories import Advisories
from jupyter_containerize.resolution.availability import facts, image_bytes, missing_modules, wheels_for
from jupyter_containerize.resolution.debian.releases import glibc_minor_for
from jupyter_containerize.resolution.declared import newest_that_fits
from jupyter_containerize.resolution.dependencies import KERNEL
from jupyter_containerize.resolution.questions import not_in_the_wheel, same_name_on_the_index
from jupyter_containerize.resolution.simple_index import SimpleIndex

PLATFORMS = ("linux/amd64", "linux/arm64")
"""The platforms that images can be for."""

_OSV = "osv"
_IMPORTS = frozenset({"import", "import_module", "load_ext"})
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
Row = TypeVar("Row")
# An index answers many at once, and more would only wait.
_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailOptions:
    """``index``: ask the package index. ``advisories``: OSV records at a path, or ``osv`` to ask osv.dev.

    ``before``: what nothing pins gets the newest version that was there on that day.
    """

    index: bool = False
    advisories: str = ""
    before: date | None = None


def add_details(found: Preview, options: DetailOptions) -> Preview:
    """Return the preview with what was asked for; an index that does not answer becomes an error in it.

    Raises:
        AdvisoriesUnreadable: the path leads to no OSV records.
    """
    cache = LocalStore.default().cache
    rows, errors = found.dependencies, [*found.errors]
    findings: list[Finding] = []
    if options.before is not None or options.index:
        asking = _Asking(minor=minor_of(found.python), cache=cache / "facts", findings=findings)
        rows = _each(rows, lambda row: asking.newest(row, options.before), errors)
        if options.index:
            rows = _each(rows, asking.facts_of, errors)
            _each(found.unknown, asking.look_for, errors)
    if options.advisories:
        rows = _with_advisories(rows, options.advisories, cache / "advisories", errors)
    # Rows are asked for side by side; what is found has an order of its own.
    findings.sort(key=operator.attrgetter("message"))
    return replace(found, dependencies=rows, findings=(*found.findings, *findings), errors=tuple(errors))


def _each(rows: tuple[Row, ...], change: Callable[[Row], Row], errors: list[ContainerizeError]) -> tuple[Row, ...]:
    """Change rows side by side; one that cannot be changed stays as it is, and its error is told once."""

    def tried(row: Row) -> Row | ContainerizeError:
        try:
            return change(row)
        except ContainerizeError as error:
            return error

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="details") as pool:
        answers = list(pool.map(tried, rows))
    for answer in answers:
        if isinstance(answer, ContainerizeError) and str(answer) not in map(str, errors):
            errors.append(answer)
    return tuple(
        row if isinstance(answer, ContainerizeError) else answer for row, answer in zip(rows, answers, strict=True)
    )


class _Asking:
    """Asks the index about one row after the other, for the notebook's Python.

    ``findings`` grows on the way, in the order of threads.

    Raises:
        IndexUnreadable: pip's or uv's configuration cannot be read.
    """

    def __init__(self, *, minor: str, cache: Path, findings: list[Finding]) -> None:
        self._findings = findings
        self._minor = minor
        self._glibc = glibc_minor_for(minor)
        self._cache = cache
        self._index = PackageIndex.from_environment()
        self._files = SimpleIndex(self._index)

    def newest(self, row: Dependency, before: date | None) -> Dependency:
        """Give a row without a version the newest one that was there before a day."""
        if row.version is not None or row.url:
            return row
        version = newest_that_fits(self._index, row.distribution, row.specifier, self._minor, before)
        if version is None:
            return row
        newest = "newest" if before is None else f"newest of {before.isoformat()}"
        return replace(row, version=version, source=newest if row.source == "newest" else f"{row.source}, {newest}")

    def facts_of(self, row: Dependency) -> Dependency:
        """Give a row its wheels, its size in the image and its licence, and prove that it holds what is imported."""
        name, version = row.distribution, row.version
        if version is None or row.url:
            return row
        where = (self._files, name, version, self._minor)
        row = self._proved(row, version)
        return replace(
            row,
            wheels=wheels_for(*where, PLATFORMS, glibc_minor=self._glibc, cache=self._cache),
            image_bytes=image_bytes(*where, PLATFORMS[0], glibc_minor=self._glibc, cache=self._cache),
            license=row.license or facts(self._files, name, version, cache=self._cache).license,
        )

    def look_for(self, site: ImportSite) -> ImportSite:
        """Tell the user of a distribution that has an unknown import's name and holds it; it is theirs to take."""
        name = canonicalize_name(site.name)
        version = newest_that_fits(self._index, name, "", self._minor, None)
        found = None if version is None else self._missing(name, version, [site.module])
        if found is not None and not found[1]:
            self._findings.append(same_name_on_the_index(site, name, found[0]))
        return site

    def _proved(self, row: Dependency, version: str) -> Dependency:
        """Look into the wheel for what is imported; what the kernel has installed needs no proof."""
        if row.proof in {"", KERNEL}:
            return row
        imports = {item.detail: item.location for item in row.evidence if item.rule in _IMPORTS}
        found = self._missing(row.distribution, version, imports)
        if found is None:
            return row
        wheel, missing = found
        if missing:
            self._findings.append(not_in_the_wheel(row.distribution, missing, wheel, imports[missing[0]]))
            return row
        return replace(row, proof=wheel)

    def _missing(self, name: str, version: str, modules: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
        where = (self._files, name, version, self._minor, PLATFORMS[0])
        return missing_modules(*where, modules=modules, glibc_minor=self._glibc, cache=self._cache)


def _with_advisories(
    rows: tuple[Dependency, ...], source: str, cache: Path, errors: list[ContainerizeError]
) -> tuple[Dependency, ...]:
    pinned = [(row.distribution, row.version) for row in rows if row.version is not None]
    try:
        known = _advisories(pinned, source, cache)
    except ContainerizeError as error:
        if source != _OSV:
            raise
        errors.append(error)
        return rows
    return tuple(
        row if row.version is None else replace(row, vulnerabilities=known.of(row.distribution, row.version))
        for row in rows
    )


def _advisories(pinned: Iterable[tuple[str, str]], source: str, cache: Path) -> Advisories:
    pinned = list(pinned)
    if source == _OSV:
        return Advisories.from_osv(pinned, cache=cache)
    return Advisories.from_file(Path(source), only=[name for name, _ in pinned])


def minor_of(python: str | None) -> str:
    """Return the Python that wheels are looked for: the notebook's, or this one when only a range is known."""
    parts = (python or "").split(".")
    if len(parts) > 1 and all(part.isdecimal() for part in parts[:2]):
        return ".".join(parts[:2])
    return _PYTHON
