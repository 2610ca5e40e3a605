"""Reads conda's environment.yml.

Source: conda, "Creating an environment file manually".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from jupyter_containerize.resolution.declared.conda_specs import conda_spec, declared_by_conda
from jupyter_containerize.resolution.declared.requirement_files import requirements_of
from jupyter_containerize.resolution.declared.source import Source, Stream
from jupyter_containerize.resolution.declared.yaml_tree import Node, NotYaml, yaml_tree

RULE = "environment.yml"
_LANGUAGE = "python"
# A full export sorts by name.
_MOST_BEFORE_THE_LANGUAGE = 2000


def environment_of(source: Source, *, folder: Path | None = None) -> Stream:
    """Give what an environment file declares: conda's requirements and those under ``pip``, in its order.

    The language itself is left out; see ``python_of_environment``. ``folder`` as for ``requirements_of``.
    """
    try:
        nodes = tuple(_dependencies(source.text))
    except NotYaml as error:
        yield source.broken(error.reason, error.line)
        return
    for node in nodes:
        if isinstance(node.value, str):
            found = declared_by_conda(node.value, location=source.at(node.line), rule=source.rule)
            if found is None:
                yield source.ignored(node.line)
            elif found.name.lower() != _LANGUAGE:
                yield found
        elif isinstance(node.value, Mapping) and "pip" in node.value:
            yield from _pip(node.value["pip"], source, folder)
        else:
            yield source.ignored(node.line)


def python_of_environment(text: str) -> str:
    """Return the PEP 440 specifier of the Python that an environment file asks for; empty if it does not."""
    try:
        nodes = tuple(islice(_dependencies(text), _MOST_BEFORE_THE_LANGUAGE))
    except NotYaml:
        return ""
    specs = (conda_spec(node.value) for node in nodes if isinstance(node.value, str))
    return next((spec.specifier for spec in specs if spec is not None and spec.name.lower() == _LANGUAGE), "")


def _pip(section: Node, source: Source, folder: Path | None) -> Stream:
    for node in section.value if isinstance(section.value, list) else ():
        if isinstance(node.value, str):
            # Each entry is a line of a requirements file, also `-r other.txt`.
            one = replace(source, text=node.value, first_line=node.line)
            yield from requirements_of(one, folder=folder)
        else:
            yield source.ignored(node.line)


def _dependencies(text: str) -> Iterator[Node]:
    root = yaml_tree(text)
    if root is not None and isinstance(root.value, Mapping):
        dependencies = root.value.get("dependencies")
        if dependencies is not None and isinstance(dependencies.value, list):
            yield from dependencies.value
