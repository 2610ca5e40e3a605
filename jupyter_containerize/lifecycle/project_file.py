"""Reads a project.toml; every error and every finding names the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_containerize.analysis import holds_secret
from jupyter_containerize.buildpacks.discovery import Wanted
from jupyter_containerize.domain.image import Bytecode, Compression
from jupyter_containerize.domain.notebook import Finding, Location, Severity
from jupyter_containerize.domain.platform import Platform, UnknownPlatform
from jupyter_containerize.domain.size import read_size
from jupyter_containerize.lifecycle.patterns import Pattern
from jupyter_containerize.lifecycle.project import FILE, Options, Project
from jupyter_containerize.lifecycle.project_errors import ProjectInvalid, ProjectUnreadable
from jupyter_containerize.lifecycle.toml_lines import Place, lines_of
from jupyter_containerize.runtime.requirements import EXTRAS

NOT_HEEDED = "JC-PROJECT-21"
SECRET = "JC-PROJECT-23"  # noqa: S105  # a code

# As pack reads them; a later one adds what we do not know.
_SCHEMAS = frozenset({"0.2", "0.3"})
_LONGEST_BYTES = 1 << 20
_MOST_LAYERS = 127
_LINE = re.compile(r"at line (\d+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_OURS: Place = ("io", "jupyter-containerize")
_THEIRS: Place = ("io", "buildpacks")
# What each table may have; of ``_`` everything, as it is for people.
_KNOWN: Mapping[Place, frozenset[str]] = {
    _THEIRS: frozenset({"include", "exclude", "group", "pre", "post", "build", "schema-version"}),
    (*_THEIRS, "build"): frozenset({"env"}),
    (*_THEIRS, "pre"): frozenset({"group"}),
    (*_THEIRS, "post"): frozenset({"group"}),
    _OURS: frozenset(
        {"platforms", "compression", "bytecode", "layers", "split-size", "strip", "base", "kernel", "tag", "attest"}
        | {"extras", "registry-layers", "schema-version"}
    ),
}
_OF_ENTRY = frozenset({"id", "uri", "version", "optional"})
_OF_VARIABLE = frozenset({"name", "value"})
_BUILDER = "urn:cnb:builder:"


def read_project(folder: Path) -> Project:
    """Return what the project.toml in a notebook's folder says; an empty project where there is no such file.

    Raises:
        ProjectUnreadable: it cannot be read, or is not TOML.
        ProjectInvalid: something in it is not what it has to be.
    """
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Project()
    except OSError as error:
        raise ProjectUnreadable(path, error.strerror or str(error)) from error
    return parse_project(content, path)


def parse_project(content: bytes, path: Path) -> Project:
    """Return what the content of a project.toml says; see ``read_project``."""
    if len(content) > _LONGEST_BYTES:
        raise ProjectUnreadable(path, "it is longer than a megabyte")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        root = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ProjectUnreadable(path, "it is not UTF-8", content.count(b"\n", 0, error.start) + 1) from error
    except (ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        raise ProjectUnreadable(path, f"it is not TOML: {error}", int(line[1]) if line else None) from error
    return _Reading(root, lines_of(text), path).project()


class _Reading:
    """One file while it is read."""

    def __init__(self, root: Mapping[str, Any], lines: Mapping[Place, int], path: Path) -> None:
        self._root = root
        self._lines = lines
        self._path = path
        self._findings: list[Finding] = []

    def project(self) -> Project:
        about = self._table(("_",))
        schema = self._text(("_", "schema-version"), default="0.2")
        if schema not in _SCHEMAS:
            raise self._invalid(("_", "schema-version"), f"{schema!r} is none of {', '.join(sorted(_SCHEMAS))}")
        for place, known in _KNOWN.items():
            for key in self._table(place).keys() - known:
                self._not_heeded((*place, key))
        # What older files and slips of the pen have; tables of others' domains are theirs.
        for place in (("project",), ("build",), ("io", "jupyter_containerize")):
            if self._value(place) is not None:
                self._not_heeded(place)
        include, exclude = (self._patterns((*_THEIRS, key)) for key in ("include", "exclude"))
        if "include" in self._table(_THEIRS) and "exclude" in self._table(_THEIRS):
            # > If both `exclude` and `include` are defined, the build process MUST result in an error.
            raise self._invalid((*_THEIRS, "exclude"), "include is there too; say one of the two")
        return Project(
            path=self._path,
            name=str(about.get("name") or about.get("id") or ""),
            version=str(about.get("version") or ""),
            include=include,
            exclude=exclude,
            group=self._group((*_THEIRS, "group")),
            pre=self._group((*_THEIRS, "pre", "group")) or (),
            post=self._group((*_THEIRS, "post", "group")) or (),
            variables=tuple(self._variables((*_THEIRS, "build", "env"))),
            options=self._options(),
            findings=tuple(sorted(self._findings, key=lambda item: (item.location and item.location.line) or 0)),
        )

    # --- tables

    def _patterns(self, place: Place) -> tuple[Pattern, ...]:
        texts = [text for text in self._texts(place) if text and not text.startswith("#")]
        try:
            return tuple(map(Pattern, texts))
        except ValueError as error:
            raise self._invalid(place, f"a pattern cannot be read: {error}") from error

    def _group(self, place: Place) -> tuple[Wanted, ...] | None:
        entries = self._value(place)
        if entries is None:
            return None
        return tuple(self._wanted(entry, (*place, position)) for position, entry in enumerate(self._tables(place)))

    def _wanted(self, entry: Mapping[str, Any], place: Place) -> Wanted:
        for key in entry.keys() - _OF_ENTRY:
            if key == "script":
                raise self._invalid((*place, key), "buildpacks written here are not supported")
            self._not_heeded((*place, key))
        name, uri = self._text((*place, "id")), self._text((*place, "uri"))
        # > Either an `id` or a `uri` MUST be included, but MUST NOT include both. If `uri` is provided, `version` MUST
        # > NOT be allowed.
        if bool(name) == bool(uri):
            raise self._invalid(place, "it has an id or a uri, and not both")
        if uri and "version" in entry:
            raise self._invalid((*place, "version"), "what has a uri has no version")
        if uri and not uri.startswith(_BUILDER):
            raise self._invalid((*place, "uri"), f"{uri!r}: only buildpacks that are installed here can take part")
        return Wanted(
            id=name or uri.removeprefix(_BUILDER).partition("@")[0],
            version=self._text((*place, "version")),
            optional=self._flag((*place, "optional")) or False,
        )

    def _variables(self, place: Place) -> Iterator[tuple[str, str]]:
        for position, entry in enumerate(self._tables(place)):
            here = (*place, position)
            for key in entry.keys() - _OF_VARIABLE:
                self._not_heeded((*here, key))
            name, value = self._text((*here, "name")), self._text((*here, "value"))
            if not _VARIABLE.fullmatch(name):
                raise self._invalid((*here, "name"), f"{name!r} is no name of a variable")
            if "\0" in value:
                raise self._invalid((*here, "value"), "it has a null character in it")
            if holds_secret(f"{name} = {value!r}"):
                self._find(SECRET, (*here, "value"), f"The value of {name} looks like a secret", _NOT_HERE)
            yield name, value

    def _options(self) -> Options:
        def at(key: str) -> Place:
            return (*_OURS, key)

        registries = {host: self._layers((*at("registry-layers"), host)) for host in self._table(at("registry-layers"))}
        return Options(
            platforms=tuple(map(self._platform, self._texts(at("platforms")))),
            compression=self._one_of(at("compression"), Compression),
            bytecode=self._one_of(at("bytecode"), Bytecode),
            layers=self._layers(at("layers")),
            registry_layers=tuple((host, most) for host, most in registries.items() if most is not None),
            split_bytes=self._size(at("split-size")),
            strip=tuple(self._texts(at("strip"))),
            base=self._text(at("base")),
            kernel=self._text(at("kernel")),
            tag=self._text(at("tag")),
            attest=self._flag(at("attest")),
            extras=tuple(map(self._extra, self._texts(at("extras")))),
        )

    def _layers(self, place: Place) -> int | None:
        found = self._value(place)
        if found is not None and (type(found) is not int or not 0 < found <= _MOST_LAYERS):
            raise self._invalid(place, f"it is no number from 1 to {_MOST_LAYERS}")
        return found

    def _extra(self, text: str) -> str:
        if text not in EXTRAS:
            raise self._invalid((*_OURS, "extras"), f"{text!r} is none of {', '.join(sorted(EXTRAS))}")
        return text

    def _platform(self, text: str) -> Platform:
        try:
            return Platform.parse(text)
        except UnknownPlatform as error:
            raise self._invalid((*_OURS, "platforms"), f"{text!r} is none of {', '.join(error.known)}") from error

    # --- values

    def _value(self, place: Place) -> Any:
        found: Any = self._root
        for name in place:
            if isinstance(found, Mapping):
                found = found.get(str(name))
            else:
                found = found[name] if isinstance(found, list) and isinstance(name, int) else None
        return found

    def _table(self, place: Place) -> Mapping[str, Any]:
        for end in range(1, len(place) + 1):
            found = self._value(place[:end])
            if found is not None and not isinstance(found, Mapping):
                raise self._invalid(place[:end], "it is no table")
        return self._value(place) or {}

    def _tables(self, place: Place) -> list[Mapping[str, Any]]:
        self._table(place[:-1])
        found = self._value(place)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
            raise self._invalid(place, f"it is a list of tables: [[{_dotted(place)}]]")
        return found

    def _texts(self, place: Place) -> list[str]:
        found = self._value(place)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self._invalid(place, "it is a list of texts")
        return found

    def _text(self, place: Place, default: str = "") -> str:
        found = self._value(place)
        if found is not None and not isinstance(found, str):
            raise self._invalid(place, "it is a text")
        return default if found is None else found

    def _flag(self, place: Place) -> bool | None:
        found = self._value(place)
        if found is not None and not isinstance(found, bool):
            raise self._invalid(place, "it is true or false")
        return found

    def _one_of(self, place: Place, kind: type[Compression | Bytecode]) -> Any:
        text = self._text(place)
        if text and text not in set(kind):
            raise self._invalid(place, f"{text!r} is none of {', '.join(kind)}")
        return kind(text) if text else None

    def _size(self, place: Place) -> int | None:
        found = self._value(place)
        if found is None:
            return None
        size = read_size(str(found)) if type(found) in {int, str} else None
        if not size:
            raise self._invalid(place, f"{found!r} is no size like 500MB")
        return size

    # --- what is wrong

    def _line(self, place: Place) -> int | None:
        return next((self._lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in self._lines), None)

    def _invalid(self, place: Place, reason: str) -> ProjectInvalid:
        return ProjectInvalid(self._path, _dotted(place), reason, self._line(place))

    def _not_heeded(self, place: Place) -> None:
        if place[-1] != "schema-version":
            self._find(NOT_HEEDED, place, f"{_dotted(place)} is not heeded", "A build here knows no such setting.")

    def _find(self, code: str, place: Place, message: str, hint: str) -> None:
        location = Location(path=str(self._path), line=self._line(place))
        self._findings.append(
            Finding(code=code, message=message, severity=Severity.WARNING, location=location, hint=hint)
        )


_NOT_HERE = "Set it in the environment that builds run in; whoever has the file has the value."


def _dotted(place: Place) -> str:
    """Return the way as TOML writes it, without positions."""
    return ".".join(str(name) for name in place if not isinstance(name, int))
