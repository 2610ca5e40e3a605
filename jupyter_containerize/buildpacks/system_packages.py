"""The Debian packages that a notebook needs beside the base, in a layer of their own above Python."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.deb import Deb
from jupyter_containerize.buildpacks.debian_root import LAYOUT, package_entries
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.standard_library import fetched
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Download, EntryKind, LayerEntry, LayerPlan, LayerRole
from jupyter_containerize.resolution.debian.maintainer import LINKS, chosen_links, read_scripts

# What is done for maintainer scripts; raised when the same packages give other bytes.
_EFFECTS = "1"
_MERGED = re.compile(r"\A/?(?=(bin|sbin|lib|lib32|lib64|libx32)/)")


class SystemPackagesBuildpack:
    """Takes part when a package of the environment says what needs it: the base's say nothing."""

    id = "system-packages"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide one layer with all of them."""
        packages = _further(inputs)
        if not packages:
            return None
        depends = layer_inputs(
            inputs.options,
            {"layout": str(LAYOUT), "effects": _EFFECTS}
            | {each.name: f"{each.version} {each.architecture} {each.sha256}" for each in packages},
        )
        plan = LayerPlan(
            role=LayerRole.OS,
            title=_title(packages),
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(package.size_bytes for package in packages),
            sources=tuple(package.name for package in packages),
            slot="debian/further",
            inputs=depends,
            downloads=tuple(Download(url=p.url, sha256=p.sha256, size_bytes=p.size_bytes) for p in packages),
        )
        return Contribution(layers=(plan,))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Unpack the packages, and do what their maintainer scripts would have done.

        Raises:
            ScriptUnknown: one of them would do what we do not know; names it.
            DebBroken, Cancelled, and what downloading raises.
        """
        debs = fetched((package for package in _further(inputs) if package.name in plan.sources), workbench)
        effects = links_of(debs)
        entries = {entry.path: entry for entry in package_entries(debs)}
        links = {**effects, **_found_by_the_loader(entries, inputs.platform.multiarch)}
        for path, target in links.items():
            # A link that leads nowhere helps nobody, and a file of a package goes first.
            if path not in entries and _merged(target) in entries:
                entries[path] = tree.symlink(path, target)
        return tree.complete(entries.values())


def links_of(debs: Mapping[str, Deb]) -> dict[str, str]:
    """Return the links that maintainer scripts would make: path in the image -> target, which is absolute.

    Raises:
        ScriptUnknown: a script would do more than that.
    """
    alternatives = [
        alternative
        for name, deb in sorted(debs.items())
        for alternative in read_scripts(
            name, {script: text.decode("utf-8", "replace") for script, text in deb.scripts.items()}
        )
    ]
    links = {_merged(link): target for link, target in chosen_links(alternatives).items()}
    for name in sorted(debs):
        links |= LINKS.get(name, {})
    return links


def _further(inputs: BuildInputs) -> tuple[SystemPackage, ...]:
    return tuple(package for package in inputs.environment.system_packages if package.needed_by)


def _title(packages: tuple[SystemPackage, ...]) -> str:
    """Name the first package that something other than a package needs, and count the rest."""
    names = {package.name for package in packages}
    asked = [package for package in packages if not set(package.needed_by) <= names]
    first = (asked or list(packages))[0].name
    return f"{first} and {len(packages) - 1} more" if packages[1:] else first


def _found_by_the_loader(entries: Mapping[str, LayerEntry], multiarch: str) -> dict[str, str]:
    """Return links in the loader's own folder to the libraries of folders that packages configure it for.

    There is no cache of ldconfig's in an image. Source: ldconfig(8), /etc/ld.so.conf.
    """
    links = {}
    for folder in _configured(entries.values()):
        for path in entries:
            if posixpath.dirname(path) == folder and ".so" in posixpath.basename(path):
                links[f"usr/lib/{multiarch}/{posixpath.basename(path)}"] = f"/{path}"
    return links


def _configured(entries: Iterable[LayerEntry]) -> Iterator[str]:
    for entry in entries:
        if re.fullmatch(r"etc/ld\.so\.conf\.d/[^/]+\.conf", entry.path) and entry.kind is EntryKind.FILE and entry.open:
            with entry.open() as file:
                for line in file.read().decode("utf-8", "replace").splitlines():
                    folder = line.partition("#")[0].strip()
                    if folder.startswith("/"):
                        yield _merged(folder)


def _merged(path: str) -> str:
    """Return an absolute path as the image has it: relative to its root, in the merged /usr."""
    return posixpath.normpath(_MERGED.sub("usr/", path, count=1)).lstrip("/")
