"""Packages beside the base: what a notebook needs of Debian that no base has, in versions that stay."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.resolution.debian.archive import DebianArchive, write_json
from jupyter_containerize.resolution.debian.base import DebianBase, system_package
from jupyter_containerize.resolution.debian.candidates import archive_folder, find_candidates
from jupyter_containerize.resolution.debian.relations import parse_relations
from jupyter_containerize.resolution.debian.releases import FURTHER_LEFT_OUT, LEFT_OUT, release_named
from jupyter_containerize.resolution.debian.solve import solve_more
from jupyter_containerize.transport import Transport, writing

# Part of the lock's key: raise it when the same question would be answered otherwise.
_FORMAT = 1


def resolve_more(
    base: DebianBase,
    wanted: Mapping[str, tuple[str, ...]],
    *,
    architecture: str = "amd64",
    transport: Transport,
    cache: Path,
    cancel: CancelToken,
    archive: DebianArchive | None = None,
    renew: bool = False,
) -> tuple[SystemPackage, ...]:
    """Return the ``wanted`` packages and all that they need beside the base, sorted by name.

    ``wanted`` gives for each package what asked for it (``libgomp.so.1 of lightgbm/lib/lib_lightgbm.so``); that, or
    the package which needs it, is its ``needed_by``. What the base has is left out, also when it is wanted.

    The answer is kept, and given again for the same base and the same wishes as long as the archive still has every
    package of it: an update elsewhere moves nothing. ``renew`` asks anew.

    Raises:
        IndexUnreachable, SignatureInvalid, ReleaseExpired, ReleaseMismatch, IndexDamaged: from the archive.
        PackageMissing: the release lacks one of them, or a dependency.
        BaseTooOld: one needs another version of a package of the base: the base was kept and is to be renewed.
    """
    there = {package.name: package.version for package in base.packages}
    seeds = tuple(sorted(name for name in wanted if name not in there))
    if not seeds:
        return ()
    release = release_named(base.release)
    archive = archive or DebianArchive.from_environment(os.environ)
    # Of libraries a base leaves out what only modules of Python load; one of Debian's needs all of its own.
    left_out = {name for name in (*LEFT_OUT, *FURTHER_LEFT_OUT) if name not in LEFT_OUT or not name.startswith("lib")}
    kept_as = hashlib.sha256(json.dumps([_FORMAT, seeds, sorted(there)]).encode()).hexdigest()[:16]
    candidates = find_candidates(
        archive,
        release,
        architecture=architecture,
        # The base's packages as well: what they provide counts.
        seeds=(*seeds, *sorted(there)),
        left_out=left_out - set(seeds),
        transport=transport,
        cache=cache,
        cancel=cancel,
        kept_as=f"further-{kept_as}",
    )
    question = [_FORMAT, seeds, sorted(there.items()), sorted(left_out)]
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()
    place = cache / archive_folder(archive, release, architecture) / f"locked-{digest[:32]}.json"
    known = {(package.name, package.sha256) for package in candidates.packages}
    locked = None if renew else _locked(place)
    if locked is None or any((package.name, package.sha256) not in known for package in locked):
        solved = solve_more(
            candidates.packages, installed=there, seeds=seeds, left_out=left_out, release=release.codename
        )
        locked = tuple(map(system_package, solved))
        with writing(place):
            write_json(place, [asdict(package) for package in locked])
    reasons = _reasons(locked, {each.name: each.depends for each in candidates.packages}, wanted)
    sources = {(package.name, package.sha256): package.source for package in candidates.packages}
    return tuple(
        replace(package, needed_by=reasons.get(package.name, ()), source=sources[package.name, package.sha256])
        for package in locked
    )


def _locked(place: Path) -> tuple[SystemPackage, ...] | None:
    """Return the kept answer; a damaged file counts as none."""
    try:
        kept = json.loads(place.read_bytes())
        return tuple(SystemPackage(**{**package, "needed_by": ()}) for package in kept)
    except (OSError, ValueError, TypeError):
        return None


def _reasons(
    packages: Iterable[SystemPackage], depends: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return who asked for each package: never nobody, so that these can be told from the base's."""
    reasons = {name: reason or ("asked for by name",) for name, reason in wanted.items()}
    for owner in sorted(package.name for package in packages):
        for group in parse_relations(depends.get(owner, "")):
            for relation in group:
                if relation.name not in wanted and owner not in reasons.get(relation.name, ()):
                    reasons[relation.name] = (*reasons.get(relation.name, ()), owner)
    return {package.name: reasons.get(package.name, ("another package",)) for package in packages}
