"""A locked environment as pylock.toml, and back.

Source: PyPA specifications, "pylock.toml" (PEP 751). What that format has no place for, the
platform and the Debian packages, is under ``[tool.jupyter-containerize]``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage, SystemPackage
from jupyter_containerize.resolution.errors import LockUnreadable

_TOOL = "jupyter-containerize"


def to_pylock(environment: LockedEnvironment) -> str:
    """Return the text of a pylock.toml; the same environment gives the same text."""
    return "\n".join(_lines(environment)) + "\n"


def from_pylock(text: str) -> LockedEnvironment:
    """Read what ``to_pylock`` wrote.

    Raises:
        LockUnreadable: not TOML, or something is missing; names the place.
    """
    try:
        value = tomllib.loads(text)
        tool = value["tool"][_TOOL]
        return LockedEnvironment(
            python_minor=tool["python-minor"],
            platform=tool["platform"],
            packages=tuple(_package(item) for item in value.get("packages", ())),
            system_packages=tuple(_system_package(item) for item in tool.get("system-packages", ())),
        )
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise LockUnreadable(f"{type(error).__name__}: {error}") from error


def _lines(environment: LockedEnvironment) -> Iterator[str]:
    machine = environment.platform.partition("-")[0]
    yield 'lock-version = "1.0"'
    marker = f"sys_platform == 'linux' and platform_machine == '{machine}'"
    yield f"environments = [{_text(marker)}]"
    yield f"requires-python = {_text(f'=={environment.python_minor}.*')}"
    yield f"created-by = {_text(_TOOL)}"
    for package in environment.packages:
        size = "" if package.size_bytes is None else f", size = {package.size_bytes}"
        yield "\n[[packages]]"
        yield f"name = {_text(package.name)}"
        yield f"version = {_text(package.version)}"
        yield (
            f"wheels = [{{ name = {_text(package.filename)}, url = {_text(package.url)}{size}, "
            f"hashes = {{ sha256 = {_text(package.sha256)} }} }}]"
        )
    yield f"\n[tool.{_TOOL}]"
    yield f"platform = {_text(environment.platform)}"
    yield f"python-minor = {_text(environment.python_minor)}"
    for item in environment.system_packages:
        yield f"\n[[tool.{_TOOL}.system-packages]]"
        for key in ("name", "version", "architecture", "url", "sha256"):
            yield f"{key} = {_text(getattr(item, key))}"
        yield f"size = {item.size_bytes}"
        if item.source:
            yield f"source = {_text(item.source)}"
        if item.needed_by:
            yield f"needed-by = [{', '.join(map(_text, item.needed_by))}]"


def _text(value: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _package(item: Mapping[str, Any]) -> LockedPackage:
    wheel = item["wheels"][0]
    return LockedPackage(
        name=item["name"],
        version=item["version"],
        filename=wheel["name"],
        url=wheel["url"],
        sha256=wheel["hashes"]["sha256"],
        size_bytes=wheel.get("size"),
    )


def _system_package(item: Mapping[str, Any]) -> SystemPackage:
    return SystemPackage(
        name=item["name"],
        version=item["version"],
        architecture=item["architecture"],
        url=item["url"],
        sha256=item["sha256"],
        size_bytes=item["size"],
        needed_by=tuple(item.get("needed-by", ())),
        source=item.get("source", ""),
    )
