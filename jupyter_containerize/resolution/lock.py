"""Locks everything that the image installs: exact versions, one wheel each, with its hash."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.requirements import Requirement as Parsed
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import (
    DependencyEdits,
    Distribution,
    Evidence,
    KernelEnvironment,
    LockedEnvironment,
    LockedPackage,
    Requirement,
)
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError
from jupyter_containerize.resolution import kept_locks
from jupyter_containerize.resolution.building import Builder
from jupyter_containerize.resolution.edits import pinned_constraints, unchanged, wishes
from jupyter_containerize.resolution.errors import HashMissing, NoWheel, ResolutionConflict
from jupyter_containerize.resolution.evidence import evidence_for
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.local_wheels import LocalWheels
from jupyter_containerize.resolution.resolver import compile_pylock
from jupyter_containerize.resolution.tags import best_wheel, target_tags

# Raised when the same question would be answered otherwise.
_FORMAT = "1"
_PIN = re.compile(r"[\w.-]+(\[[\w.,-]*\])?==[\w.!+-]+")
# The builds of PyTorch that have an index of their own, which uv knows by their label.
_TORCH_LABEL = re.compile(r"cpu|cu\d+|rocm[\d.]+|xpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    python_minor: str
    platform: str
    torch_backend: str
    excludes: tuple[str, ...] = ()

    def key(self, index: PackageIndex) -> str:
        parts = [_FORMAT, self.requirements, self.constraints, self.python_minor, self.platform, self.torch_backend]
        parts += [self.excludes] if self.excludes else []
        return hashlib.sha256(json.dumps([*parts, index.fingerprint()]).encode()).hexdigest()

    def given(self) -> frozenset[str]:
        """Return the names of which one version alone may be taken."""
        return frozenset(_name_of(line) for line in (*self.requirements, *self.constraints) if _is_exact(line))


def lock(
    requirements: Iterable[Requirement],
    *,
    environment: KernelEnvironment,
    runtime_requirements: Iterable[str] | Mapping[str, str],
    python_minor: str,
    platform: str,
    index: PackageIndex,
    cache: Path,
    cancel: CancelToken,
    edits: DependencyEdits | None = None,
    at_hand: Callable[[str], bool] | None = None,
) -> tuple[LockedPackage, ...]:
    """Return every wheel that the image installs, sorted by name; URLs carry no credentials.

    What the kernel has is taken in the kernel's version, all the way down, so that the image computes
    what the notebook computed. A question that was answered before is not asked again, so a
    second build gets the same wheels. Nor is an index asked where its answer could only be one: every version is given,
    and every wheel is here already. What the kernel has from a folder, an archive or a repository, and what an index
    has as source alone, becomes a wheel below ``cache`` first.

    Args:
        requirements: what serving needs.
        environment: of the kernel; its versions bind.
        runtime_requirements: what our own server needs, as PEP 508 strings; as a mapping, with what to say of each.
        python_minor: of the image, as in ``3.11``.
        platform: of the image, as uv names it.
        index: where to look.
        cache: a folder for answers; made when needed.
        cancel: asked while uv works.
        edits: of the notebook; they go before what the kernel has. ``requirements`` have them already.
        at_hand: whether a file is here, by its sha256 hex; without it an index is always asked.

    Raises:
        NoWheel, VersionNotOnIndex, ResolutionConflict: the requirements cannot be had for the image.
        CompiledSource, SourceUnbuildable, LocalInstall: what comes as source, or from elsewhere than an index, cannot
            become a wheel for any platform.
        IndexUnreachable, IndexUnreadable, HashMissing: the index is no help.
        ResolverMissing, ResolverFailed: uv is no help.
        DiskFull, NotWritable: the answer cannot be kept.
    """
    requirements = tuple(requirements)
    edits = edits or DependencyEdits()
    if not isinstance(runtime_requirements, Mapping):
        runtime_requirements = tuple(runtime_requirements)
    runtime = tuple(runtime_requirements)
    evidence = evidence_for(requirements, runtime_requirements, environment)
    # What the notebook wants otherwise binds no more, and no wheel is made of it.
    environment = unchanged(environment, edits)
    ours: dict[str, Parsed] = {canonicalize_name(parsed.name): parsed for parsed in map(Parsed, runtime)}
    makes = LocalWheels(Builder(folder=cache / "wheels", index=index, cancel=cancel), environment)
    local = makes.from_elsewhere(
        {*(requirement.distribution for requirement in requirements), *ours},
        ours=ours,
        evidence_of=lambda name: evidence.get(name, ()),
    )
    lines = [_local_line(item, local) for item in requirements]
    pins = tuple(f"{name}=={version}" for name, version in pinned_constraints(edits, requirements).items())
    question = _Question(
        requirements=tuple(sorted({*lines, *runtime})),
        # Needed by others, if at all: a constraint asks for nothing by itself.
        constraints=(*_constraints(environment, requirements, ours), *pins, *_urls(local)),
        excludes=edits.exclude,
        python_minor=python_minor,
        platform=platform,
        torch_backend=_torch_backend(environment.distributions),
    )
    kept = cache / f"{question.key(index)}.toml"
    known = kept_locks.known(kept)
    if known is not None:
        return known
    packages = None if at_hand is None else _without_asking(question, index, at_hand, cancel)
    if packages is None:
        try:
            text = _compiled(question, index, evidence, makes, cancel)
        except ResolutionConflict as error:
            raise (ResolutionConflict(error.text, wishes(edits)) if edits else error) from error
        packages = _packages(text, question, evidence)
    kept_locks.keep(kept, LockedEnvironment(python_minor=python_minor, platform=platform, packages=packages))
    return packages


def _without_asking(
    question: _Question, index: PackageIndex, at_hand: Callable[[str], bool], cancel: CancelToken
) -> tuple[LockedPackage, ...] | None:
    """Return what uv resolves from what it kept of earlier answers, if no other answer could come now.

    An index only adds versions, which given ones do not let in, and what is said in a wheel does not change; its place
    may, so that each must be here already.
    """
    given = question.given()
    if index.no_index or not all(_name_of(line) in given for line in question.requirements):
        return None
    try:
        packages = _packages(_resolved(question, index, {}, cancel, offline=True), question, {})
    except Cancelled:
        raise
    except ContainerizeError:
        # Before it is said that there is no answer, the index is asked.
        return None
    certain = all(
        package.name in given and (package.url.startswith("file:") or at_hand(package.sha256)) for package in packages
    )
    return packages if certain else None


def _packages(
    text: str, question: _Question, evidence: Mapping[str, tuple[Evidence, ...]]
) -> tuple[LockedPackage, ...]:
    tags = target_tags(question.python_minor, question.platform)
    found = (_locked(item, tags, question.platform, evidence) for item in tomllib.loads(text).get("packages", ()))
    return tuple(sorted(found, key=lambda package: package.name))


def _compiled(
    question: _Question,
    index: PackageIndex,
    evidence: Mapping[str, tuple[Evidence, ...]],
    makes: LocalWheels,
    cancel: CancelToken,
) -> str:
    """Return what uv resolves, with wheels of ours for what an index has as source alone."""
    made: dict[str, Path] = {}
    while True:
        try:
            return _resolved(question, index, evidence, cancel, made)
        except NoWheel as error:
            if error.distribution in made:
                raise
            made[error.distribution] = makes.instead_of(error)


def _resolved(
    question: _Question,
    index: PackageIndex,
    evidence: Mapping[str, tuple[Evidence, ...]],
    cancel: CancelToken,
    made: Mapping[str, Path] = MappingProxyType({}),
    *,
    offline: bool = False,
) -> str:
    """Return uv's answer; ``made`` are wheels to take instead of what an index has."""
    return compile_pylock(
        (*(line for line in question.requirements if _name_of(line) not in made), *_urls(made)),
        constraints=[line for line in question.constraints if _name_of(line) not in made],
        python_minor=question.python_minor,
        platform=question.platform,
        torch_backend=question.torch_backend,
        index=index,
        excludes=question.excludes,
        evidence_of=lambda name: evidence.get(name, ()),
        cancel=cancel,
        offline=offline,
    )


def _urls(wheels: Mapping[str, Path]) -> tuple[str, ...]:
    return tuple(f"{name} @ {wheel.as_uri()}" for name, wheel in sorted(wheels.items()))


def _local_line(requirement: Requirement, local: Mapping[str, Path]) -> str:
    wheel = local.get(requirement.distribution)
    return str(requirement) if wheel is None else f"{requirement.named} @ {wheel.as_uri()}"


@functools.lru_cache(maxsize=1 << 12)
def _name_of(line: str) -> str:
    return canonicalize_name(Parsed(line).name)


def _is_exact(line: str) -> bool:
    """Return whether a line is as we write pins, ``name==1.0`` and no pattern of versions, or names a file."""
    return _PIN.fullmatch(line) is not None or " @ " in line


def _constraints(
    environment: KernelEnvironment, requirements: tuple[Requirement, ...], ours: Mapping[str, Parsed]
) -> tuple[str, ...]:
    needed = {requirement.distribution for requirement in requirements}
    pins = []
    for item in environment.distributions:
        if item.name in needed or item.direct_url is not None:
            # Pinned already, or not to be had from an index.
            continue
        try:
            version = Version(item.version)
        except InvalidVersion:
            continue
        our = ours.get(canonicalize_name(item.name))
        if our is not None and not our.specifier.contains(version, prereleases=True):
            # The server's own needs go before a version that the notebook does not use.
            continue
        # A build label (+mkl) is the kernel's own; the public version matches builds with any label.
        pins.append(f"{item.name}=={version.public}")
    return tuple(sorted(pins))


def _torch_backend(distributions: Iterable[Distribution]) -> str:
    for item in distributions:
        label = item.version.partition("+")[2]
        if item.name == "torch" and _TORCH_LABEL.fullmatch(label):
            return label
    return ""


def _locked(
    item: Mapping[str, Any], tags: tuple[Tag, ...], platform: str, evidence: Mapping[str, tuple[Evidence, ...]]
) -> LockedPackage:
    name, version = item["name"], item.get("version", "")
    # A wheel asked for by URL is an archive.
    entries = item.get("wheels") or [item[key] for key in ("archive",) if key in item]
    by_filename = {_filename(entry): entry for entry in entries}
    filename = best_wheel(by_filename, tags)
    if filename is None:
        raise NoWheel(name, version, platform, evidence.get(name, ()), ", ".join(sorted(by_filename)))
    entry = by_filename[filename]
    url = _url(entry)
    sha256 = entry.get("hashes", {}).get("sha256")
    if sha256 is None:
        raise HashMissing(name, url)
    return LockedPackage(
        name=name,
        version=version or filename.split("-")[1],
        filename=filename,
        url=url,
        sha256=sha256,
        size_bytes=entry.get("size", _size_on_disk(url)),
    )


def _filename(entry: Mapping[str, Any]) -> str:
    return entry.get("name") or unquote(PurePosixPath(urlsplit(_url(entry)).path).name)


def _url(entry: Mapping[str, Any]) -> str:
    # A file that was asked for by its URL has a path instead.
    url = entry.get("url") or Path(entry["path"]).absolute().as_uri()
    parts = urlsplit(url)
    # The fragment is a hash that the lock has anyway.
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _size_on_disk(url: str) -> int | None:
    parts = urlsplit(url)
    return Path(unquote(parts.path)).stat().st_size if parts.scheme == "file" else None
