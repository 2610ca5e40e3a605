"""What is in an image, as far as a bill of materials tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from jupyter_containerize.domain.environment import Evidence, LockedEnvironment, LockedPackage, SystemPackage
from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import CapturedObject

_LONGEST_EVIDENCE = 200
_OWN = Evidence(rule="runtime", detail="the server's own")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageName:
    """What an image is called, and its digest: that of the manifest, or of the index of several platforms."""

    reference: Reference
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelItem:
    """A distribution. ``licence`` is an SPDX expression, or what the metadata says instead, or empty.

    ``evidence`` says why it is there. ``requires`` are names of other distributions of the image that it asks for.
    """

    package: LockedPackage
    licence: str = ""
    evidence: tuple[Evidence, ...] = ()
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectItem:
    """A captured object: what it was called in the notebook, and the sha256 hex of its file."""

    name: str
    type_name: str
    format: str
    sha256: str
    size_bytes: int
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileItem:
    """A file from beside the notebook. ``path`` is relative to the notebook's folder."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonItem:
    """The interpreter. ``version`` is full if known (``3.11.2``); ``url`` and ``sha256`` are of a standalone one."""

    version: str
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything that is in one image, each kind sorted by name.

    ``name`` is the image's, without host and tag. ``notebook`` is a file name, ``notebook_digest`` its sha256 hex.
    ``distro`` is the operating system (``debian-12``), empty if a named base brings another; ``base`` is that base.
    ``vendored`` are the server's own libraries: there may be a distribution of the same name among ``wheels``.
    ``created`` is the image's time (RFC 3339), which is not when it was built. ``tool_version`` is ours. Nothing here
    says on which machine, by whom, or where it was built.
    """

    name: str
    notebook: str
    notebook_digest: str
    platform: Platform
    python: PythonItem
    created: str
    tool_version: str
    distro: str = ""
    base: ImageName | None = None
    wheels: tuple[WheelItem, ...] = ()
    vendored: tuple[WheelItem, ...] = ()
    system_packages: tuple[SystemPackage, ...] = ()
    objects: tuple[ObjectItem, ...] = ()
    files: tuple[FileItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFacts:
    """What a wheel says of itself. ``requires`` are normalised names, without those of extras; sorted."""

    licence: str = ""
    requires: tuple[str, ...] = ()


def contents_of(
    environment: LockedEnvironment,
    *,
    name: str,
    notebook: str,
    notebook_digest: str,
    platform: Platform,
    python: PythonItem,
    created: str,
    tool_version: str,
    distro: str = "",
    base: ImageName | None = None,
    evidence: Mapping[str, tuple[Evidence, ...]] | None = None,
    facts: Mapping[str, WheelFacts] | None = None,
    vendored_licences: Mapping[str, str] | None = None,
    objects: Iterable[CapturedObject] = (),
    files: Iterable[FileItem] = (),
) -> Contents:
    """Return the contents of an image with that environment.

    Args:
        environment: the wheels, the server's own among them, and Debian packages.
        name: of the image.
        notebook: its path as the user gave it; only the file name is kept.
        notebook_digest: of the notebook, and of what its metadata says of the image.
        platform: what the image is for.
        python: the interpreter.
        created: RFC 3339.
        tool_version: of this program.
        distro: as in ``Contents``.
        base: a named base image, if there is one.
        evidence: by normalised name; what asks for it and is not in the image does not count.
        facts: by normalised name, read from the wheels.
        vendored_licences: of the server's own wheels, by name.
        objects: what was captured.
        files: from beside the notebook.
    """
    facts = facts or {}
    names = {item.name for item in environment.packages}
    wheels = (
        WheelItem(
            package=item,
            licence=facts.get(item.name, WheelFacts()).licence,
            evidence=_told((evidence or {}).get(item.name, ()), notebook, names),
            requires=tuple(other for other in facts.get(item.name, WheelFacts()).requires if other in names),
        )
        for item in environment.packages
    )
    licences = vendored_licences or {}
    own = (
        WheelItem(package=item, licence=licences.get(item.name, ""), evidence=(_OWN,)) for item in environment.vendored
    )
    return Contents(
        name=name,
        notebook=_file_name(notebook),
        notebook_digest=notebook_digest,
        platform=platform,
        python=python,
        created=created,
        tool_version=tool_version,
        distro=distro,
        base=base,
        wheels=tuple(sorted(wheels, key=lambda item: item.package.name)),
        vendored=tuple(sorted(own, key=lambda item: item.package.name)),
        system_packages=tuple(sorted(environment.system_packages, key=lambda item: (item.name, item.architecture))),
        objects=tuple(sorted((_object(item, notebook) for item in objects), key=lambda item: item.name)),
        files=tuple(sorted(files, key=lambda item: item.path)),
    )


def steady(contents: Contents) -> Contents:
    """Return the contents without what changes although no layer below the code does.

    That is the notebook's digest and our version; what is left is for a layer of the image itself.
    """
    return replace(contents, notebook_digest="", tool_version="")


def evidence_line(item: Evidence) -> str:
    """Return ``iris.ipynb[3]:7 import sklearn``; one line, without a login in a URL."""
    place = "" if item.location is None else f"{item.location} "
    text = " ".join(_LOGIN.sub("", f"{place}{item.rule} {item.detail}").split())
    return text if len(text) <= _LONGEST_EVIDENCE else f"{text[: _LONGEST_EVIDENCE - 1]}…"


def public_url(url: str) -> str:
    """Return the URL without login, query and fragment; empty unless it is one of the network.

    A file's URL would tell how this machine's folders are called, and a signed URL's query is a secret.
    """
    scheme, colon, rest = url.partition("://")
    if not colon or scheme not in {"http", "https"}:
        return ""
    host, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _told(evidence: Iterable[Evidence], notebook: str, names: set[str]) -> tuple[Evidence, ...]:
    kept = (item for item in evidence if item.rule != "requires" or item.detail in names)
    return tuple(dict.fromkeys(replace(item, location=_place(item.location, notebook)) for item in kept))


def _place(location: Location | None, notebook: str) -> Location | None:
    """Return the place by file name if its path is the notebook's or names this machine's folders."""
    if location is None:
        return None
    path = location.path
    outside = _is_absolute(path) or ".." in PurePosixPath(path).parts or path.startswith("~")
    return replace(location, path=_file_name(path)) if path == notebook or outside else location


def _object(item: CapturedObject, notebook: str) -> ObjectItem:
    place = _place(item.location, notebook)
    return ObjectItem(
        name=item.name,
        type_name=item.type_name,
        format=item.format,
        sha256=item.sha256,
        size_bytes=item.total_bytes,
        evidence="" if place is None else str(place),
    )


def _file_name(path: str) -> str:
    kind: type[PurePath] = PureWindowsPath if "\\" in path else PurePosixPath
    return kind(path).name


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()
