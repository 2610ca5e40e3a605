"""Which modules left a distribution, and which came, by release."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from import_table.names import modules_of

_DEEPEST = 3
_NOT_PUBLIC = re.compile(r"(?:^|\.)(?:_|tests?(?:\.|$)|testing(?:\.|$)|conftest|examples?(?:\.|$)|test_)|_test$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One stable release and all its modules."""

    version: Version
    modules: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What came and went.

    ``gone``: module -> (last release with it, first without; empty if no neighbour was read).
    ``since``: module -> ``>`` the last release before it came and the first one read with it, or ``>=`` the first
    release with it; also of modules that are gone.
    """

    read: str
    gone: Mapping[str, tuple[str, str]]
    since: Mapping[str, str]


def history(
    releases: Sequence[Release], *, init_text: Callable[[str], str], adjacent: bool, keep: Iterable[str]
) -> History:
    """Compare the releases of one distribution, oldest first.

    A module counts as gone if an older release has its file and the newest has not, and the newest parent package
    does not mention the name: it may still give it, by an alias or a lazy loader. Only the shallowest is kept.

    Args:
        releases: at least one.
        init_text: gives the ``__init__`` of a package in the newest release; empty if there is none.
        adjacent: whether no stable release lies between two of them.
        keep: modules that stay, whatever the files say.
    """
    newest = releases[-1].modules
    every = frozenset().union(*(release.modules for release in releases))
    spared = set(keep)
    gone: dict[str, tuple[str, str]] = {}
    for module in sorted(every - newest):
        last = max(index for index, release in enumerate(releases) if module in release.modules)
        if public(module) and not _lives_on(module, newest, spared, init_text):
            gone[module] = str(releases[last].version), str(releases[last + 1].version) if adjacent else ""
    since = {}
    for module in sorted(newest | gone.keys()) if adjacent else ():
        there = [index for index, release in enumerate(releases) if module in release.modules]
        absent = sorted(set(range(there[-1])) - set(there))
        if absent and public(module):
            # Not ">=" the first with it: a release whose tag has another form was not read, and may have it.
            since[module] = f">{releases[absent[-1]].version} {releases[absent[-1] + 1].version}"
    told = f"{len(releases)} releases, {releases[0].version} to {releases[-1].version}"
    return History(read=told, gone=_shallowest(gone), since=_shallowest(since))


def public(module: str) -> bool:
    """Say whether notebooks may import it: not private, no test, at most three names deep."""
    return 1 <= module.count(".") < _DEEPEST and not _NOT_PUBLIC.search(module)


def _lives_on(module: str, newest: frozenset[str], spared: set[str], init_text: Callable[[str], str]) -> bool:
    if any(module == name or module.startswith(f"{name}.") for name in spared):
        return True
    parent, _, leaf = module.rpartition(".")
    # Not the middle of a longer path: "from package.other.leaf.x import y" gives no leaf.
    mention = rf"(?<!\w\.)\b{re.escape(leaf)}\b(?!\.)"
    return parent in newest and re.search(mention, init_text(parent)) is not None


def _shallowest(found: Mapping[str, Any]) -> dict[str, Any]:
    return {module: value for module, value in found.items() if found.get(module.rpartition(".")[0]) != value}


class Checkout:
    """The releases of one distribution by the tags of its repository.

    Args:
        repository: a git directory.
        tags: pattern of a release's tag; its first group is the version.
        roots: folders that hold the package in one release or another, as ``folder`` or ``folder=package``.
    """

    def __init__(self, repository: Path, *, tags: str, roots: Sequence[str]) -> None:
        self._repository = repository
        self._roots = {
            folder: package or folder.rpartition("/")[2]
            for folder, _, package in (root.partition("=") for root in roots)
        }
        found: dict[Version, str] = {}
        for tag in self._git("tag", "--list").split():
            match = re.fullmatch(tags, tag)
            if match:
                found.setdefault(Version(match[1]), tag)
        self._tags = found

    def releases(self, *, at_least: str = "0") -> tuple[Release, ...]:
        """Return the releases that hold the package, oldest first."""
        found = []
        for version in sorted(version for version in self._tags if version >= Version(at_least)):
            paths = self._paths(self._tags[version])
            modules = modules_of(filter(None, (self._inside(path) for path in paths)))
            # A tag from before the package moved into its folder holds a stray file or two.
            if len(modules) > _DEEPEST:
                found.append(Release(version=version, modules=modules))
        return tuple(found)

    def init_text(self, version: Version, package: str) -> str:
        """Return the ``__init__`` of a package at a release; empty if there is none."""
        top, _, rest = package.partition(".")
        for folder, name in self._roots.items():
            if name == top:
                path = "/".join(filter(None, (folder, rest.replace(".", "/"), "__init__.py")))
                text = self._git("show", f"{self._tags[version]}:{path}")
                if text:
                    return text
        return ""

    def _paths(self, tag: str) -> list[str]:
        return self._git("ls-tree", "-r", "--name-only", tag, "--", *self._roots).splitlines()

    def _inside(self, path: str) -> str:
        for folder in sorted(self._roots, key=len, reverse=True):
            if path.startswith(f"{folder}/"):
                return f"{self._roots[folder]}/{path[len(folder) + 1 :]}"
        return ""

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._repository), *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout if done.returncode == 0 else ""
