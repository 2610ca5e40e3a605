"""Reads the requirements that tools keep in a notebook's own metadata.

Ours: ``jupyter_containerize.requirements``, a list of PEP 508 texts. jupyterlab-requirements keeps a Pipfile as
``requirements`` and its lock as ``requirements_lock``, both JSON in a text; juv keeps a ``uv.lock``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from jupyter_containerize.domain.notebook import Declared, Location
from jupyter_containerize.resolution.declared.locks import pipfile_lock_of, uv_lock_of
from jupyter_containerize.resolution.declared.named_entries import entry
from jupyter_containerize.resolution.declared.project_files import pipfile_of
from jupyter_containerize.resolution.declared.requirement_files import requirement_of, requirements_of, split_stream
from jupyter_containerize.resolution.declared.source import LONGEST_BYTES, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import table, texts

RULE = "metadata"
OURS = "jupyter_containerize"
_KEYS = ("requirements", "dependencies")


def in_metadata(metadata: Mapping[str, object], path: str) -> tuple[Declared, ...]:
    """Return what a notebook's metadata declare: what is asked for first, then locks' pins.

    What is not as we know it is left out: metadata are any tool's to write.

    Args:
        metadata: The notebook's ``metadata``.
        path: The notebook, as shown.
    """
    return split_stream(_source("", path).limited(_all(metadata, path)))[0]


def _all(metadata: Mapping[str, object], path: str) -> Stream:
    yield from _lines(texts(table(metadata, OURS).get("requirements")), path)
    for key in _KEYS:
        yield from _of(metadata.get(key), path)
    lock = metadata.get("requirements_lock")
    lock = json.dumps(lock) if isinstance(lock, Mapping) else lock
    if text := _short(lock):
        yield from _placed(pipfile_lock_of(_source(text, path)))
    if text := _short(metadata.get("uv.lock")):
        yield from _placed(uv_lock_of(_source(text, path)))


def _of(value: object, path: str) -> Stream:
    """Give what ``requirements`` declares: a list, a Pipfile as mapping, JSON or TOML, or a requirements file."""
    if isinstance(value, list):
        yield from _lines(texts(value), path)
    elif isinstance(value, Mapping):
        for name, item in table(value, "packages").items():
            yield from entry(str(name), item, _source("", path), None)
    elif text := _short(value):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, (list, Mapping)):
            yield from _of(parsed, path)
        elif "[packages]" in text:
            yield from _placed(pipfile_of(_source(text, path)))
        else:
            yield from _placed(requirements_of(_source(text, path)))


def _lines(lines: Iterable[str], path: str) -> Stream:
    for line in lines:
        yield from requirement_of(line, _source("", path), None)


def _placed(stream: Stream) -> Stream:
    """Give the declarations without lines: those of a text inside of a notebook mean nothing to its reader."""
    for item in stream:
        if isinstance(item, Declared):
            yield replace(item, location=Location(path=item.location.path))


def _source(text: str, path: str) -> Source:
    return Source(text=text, shown=path, rule=RULE)


def _short(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_BYTES else ""
