"""Reads the files in which a project says what it needs: pyproject.toml, Pipfile, pixi.toml, setup.cfg.

What only an extra, a test or the documentation needs is left out. setup.py is code and is not run.
Source: PyPA specifications, "pyproject.toml"; Poetry, Pipenv, pixi and setuptools on their files.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from typing import Any

from jupyter_containerize.resolution.declared.conda_specs import conda_versions, declared_by_conda
from jupyter_containerize.resolution.declared.named_entries import entry, versions
from jupyter_containerize.resolution.declared.requirement_files import follow, requirement_of
from jupyter_containerize.resolution.declared.source import Cursor, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import NotToml, table, texts, toml_table

PYPROJECT = "pyproject.toml"
PIPFILE = "Pipfile"
PIXI = "pixi.toml"
SETUP_CFG = "setup.cfg"
_LANGUAGE = "python"


def pyproject_of(source: Source) -> Stream:
    """Give what a pyproject.toml declares: the project's own dependencies, Poetry's or pixi's."""
    try:
        root = toml_table(source.text)
    except NotToml as error:
        yield source.broken(error.reason, error.line)
        return
    project = table(root, "project")
    cursor = Cursor(source.text)
    for requirement in texts(project.get("dependencies")):
        yield from requirement_of(requirement, source, cursor.line_of(requirement))
    for name in texts(table(root, "tool", "setuptools", "dynamic", "dependencies").get("file")):
        yield from follow(name, source, Cursor(source.text).line_of(name))
    if "dependencies" not in project:
        # Beside a project's own list, Poetry's only says where to get them.
        yield from _named(table(root, "tool", "poetry", "dependencies"), source, "[tool.poetry.dependencies]")
    yield from _pixi(table(root, "tool", "pixi"), source, "tool.pixi.")


def pipfile_of(source: Source) -> Stream:
    """Give what a Pipfile declares."""
    try:
        root = toml_table(source.text)
    except NotToml as error:
        yield source.broken(error.reason, error.line)
        return
    yield from _named(table(root, "packages"), source, "[packages]")


def pixi_of(source: Source) -> Stream:
    """Give what a pixi.toml declares for all platforms."""
    try:
        root = toml_table(source.text)
    except NotToml as error:
        yield source.broken(error.reason, error.line)
        return
    yield from _pixi(root, source, "")


def setup_cfg_of(source: Source) -> Stream:
    """Give what a setup.cfg declares."""
    try:
        lines = _setup_cfg(source.text).get("options", "install_requires", fallback="").splitlines()
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        yield source.broken("it is not an INI file", line if isinstance(line, int) else None)
        return
    cursor = Cursor(source.text)
    for text in (line.partition(" #")[0].strip() for line in lines):
        if text.startswith("file:"):
            for name in text.removeprefix("file:").split(","):
                yield from follow(name.strip(), source, cursor.line_of(text))
        elif text and not text.startswith("#"):
            yield from requirement_of(text, source, cursor.line_of(text))


def python_of_pyproject(text: str) -> str:
    """Return the PEP 440 specifier of the Pythons that a pyproject.toml or pixi.toml allows; empty if it says none."""
    try:
        root = toml_table(text)
    except NotToml:
        return ""
    required = table(root, "project").get("requires-python")
    if isinstance(required, str):
        return versions(required) or ""
    poetry = table(root, "tool", "poetry", "dependencies").get(_LANGUAGE)
    if isinstance(poetry, str):
        return versions(poetry) or ""
    for pixi in (table(root, "tool", "pixi"), root):
        found = _word(table(pixi, "dependencies").get(_LANGUAGE))
        if found:
            return conda_versions(found)
    return ""


def python_of_pipfile(text: str) -> str:
    """Return the version of Python that a Pipfile asks for; empty if it does not."""
    try:
        required = table(toml_table(text), "requires")
    except NotToml:
        return ""
    found = required.get("python_full_version") or required.get("python_version")
    return found if isinstance(found, str) else ""


def python_of_setup_cfg(text: str) -> str:
    """Return the PEP 440 specifier of the Pythons that a setup.cfg allows; empty if it says none."""
    try:
        return versions(_setup_cfg(text).get("options", "python_requires", fallback="")) or ""
    except configparser.Error:
        return ""


def _named(entries: Mapping[str, Any], source: Source, header: str) -> Stream:
    cursor = Cursor(source.text, after=header)
    for name, value in entries.items():
        line = cursor.line_of_key(name)
        if name.lower() != _LANGUAGE:
            yield from entry(name, value, source, line)


def _pixi(root: Mapping[str, Any], source: Source, prefix: str) -> Stream:
    cursor = Cursor(source.text, after=f"[{prefix}dependencies]")
    for name, value in table(root, "dependencies").items():
        line = cursor.line_of_key(name)
        spec = _word(value)
        found = declared_by_conda(f"{name} {'' if spec == '*' else spec}", location=source.at(line), rule=source.rule)
        if found is None:
            yield source.ignored(line)
        elif name.lower() != _LANGUAGE:
            yield found
    yield from _named(table(root, "pypi-dependencies"), source, f"[{prefix}pypi-dependencies]")


def _word(value: object) -> str:
    found = value.get("version", "*") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def _setup_cfg(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return parser
