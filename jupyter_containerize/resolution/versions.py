"""Chooses the version of a distribution: the kernel's, else what the user asked for, else what the imports allow."""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

from jupyter_containerize.domain.environment import Distribution
from jupyter_containerize.domain.notebook import Declared, Manager
from jupyter_containerize.domain.platform import MACHINES
from jupyter_containerize.resolution.declared.specifiers import combine, exact_of
from jupyter_containerize.resolution.mapping import bounds

METADATA = "metadata"
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
# What this machine says of itself must not decide: packaging fills in what is not given.
_LINUX = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "sys_platform": "linux",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A version and where it comes from; see ``Dependency``.

    ``contradiction`` says what the user asked for and what the imports need, if no version suits both.
    """

    source: str
    version: str | None = None
    specifier: str = ""
    extras: tuple[str, ...] = ()
    url: str = ""
    contradiction: str = ""


class Pins:
    """What the user asked for, by distribution.

    Cells come first, then the notebook's metadata, then files from near to far; of one place, locks before wishes.
    """

    def __init__(self, declared: Iterable[Declared]) -> None:
        self._by_name: defaultdict[str, list[Declared]] = defaultdict(list)
        places: dict[str, int] = {}
        ranked = []
        for item in declared:
            if item.location.cell is not None:
                rank = (-2, False)
            elif item.rule == METADATA:
                rank = (-1, not item.exact)
            else:
                rank = (places.setdefault(item.location.path.rpartition("/")[0], len(places)), not item.exact)
            ranked.append((rank, item))
        for _, item in sorted(ranked, key=operator.itemgetter(0)):
            if item.name and item.manager is not Manager.APT:
                self._by_name[item.name].append(item)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def version_of(self, name: str, modules: Iterable[str], installed: Distribution | None) -> Chosen:
        """Return the version to take.

        Args:
            name: The distribution.
            modules: The dotted names that are imported of it: old ones bound the version from above.
            installed: What the kernel has of it.
        """
        asked = self._by_name.get(name, [])
        extras = tuple(sorted({extra for item in asked for extra in item.extras}))
        if installed is not None:
            return Chosen(
                source="kernel",
                version=installed.version,
                specifier=f"=={installed.version}",
                extras=extras,
                url=installed.direct_url or "",
            )
        bound = bounds(name, modules)
        said = next((item for item in asked if item.specifier or item.url), None)
        if said is None:
            return Chosen(source="import path" if bound else "newest", specifier=bound, extras=extras)
        specifier, possible = combine([said.specifier, bound])
        if not possible:
            return Chosen(
                source=said.rule,
                version=exact_of(said.specifier),
                specifier=said.specifier,
                extras=extras,
                url=said.url,
                contradiction=f"{said.rule} asks for {name}{said.specifier}, its imports need {name}{bound}",
            )
        return Chosen(source=said.rule, version=exact_of(specifier), specifier=specifier, extras=extras, url=said.url)


def counts(item: Declared, python: str | None, machine: str | None = None) -> bool:
    """Say whether a declaration is for the image: Linux, and the Python if that is a version and not a range.

    ``machine`` is the image's processor as Linux names it; without one, a declaration for any that images are
    built for counts.

    Source: PyPA specifications, "Dependency specifiers", environment markers.
    """
    if not item.marker:
        return True
    versions = {}
    if _VERSION.fullmatch(python or ""):
        parts = str(python).split(".")
        versions = {"python_version": ".".join(parts[:2]), "python_full_version": ".".join([*parts, "0"][:3])}
    elif "python" in item.marker:
        return True
    try:
        marker = Marker(item.marker)
        machines = MACHINES if machine is None else (machine,)
        return any(marker.evaluate({**_LINUX, **versions, "platform_machine": one}) for one in machines)
    except (InvalidMarker, UndefinedEnvironmentName):
        return True
