"""What was read of one release: a wheel, an installed copy of one, or a source archive."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from import_table.names import NAMESPACE_MARKS, modules_of, own_names
from jupyter_containerize.resolution.mapping.table import canonical

_SMALL_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One release of a distribution.

    ``kind``: wheel | installed | source (a release's tag) | sdist. ``file`` is what was read, without a path.
    """

    name: str
    version: str
    kind: str
    file: str
    own_names: frozenset[str]
    modules: frozenset[str]


def evidence_of(  # noqa: D417  # the others say what they are
    *, name: str, version: str, kind: str, file: str, paths: Iterable[str], read: Callable[[str], str]
) -> Evidence:
    """Return the evidence that a list of files is.

    Args:
        read: gives the text of one of the files, empty if it is no small text.
    """
    listed = tuple(paths)
    inits = {
        path.removesuffix("/__init__.py").replace("/", "."): path for path in listed if path.endswith("/__init__.py")
    }

    def is_namespace(dotted: str) -> bool:
        text = read(inits[dotted]) if dotted in inits else ""
        return any(mark in text for mark in NAMESPACE_MARKS)

    return Evidence(
        name=canonical(name),
        version=version,
        kind=kind,
        file=file,
        own_names=own_names(listed, is_namespace),
        modules=modules_of(listed),
    )


def installed(folder: Path) -> Iterator[Evidence]:
    """Read every distribution that was installed from a wheel into the folder (a ``site-packages``)."""
    for info in sorted(folder.glob("*.dist-info")):
        record = info / "RECORD"
        # An editable install lists no modules, only a way to them.
        if not record.is_file() or (info / "direct_url.json").exists():
            continue
        name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        yield evidence_of(
            name=name,
            version=version,
            kind="installed",
            file=f"{name}-{version}",
            paths=record_paths(record.read_text(encoding="utf-8")),
            read=lambda path: small_text(folder / path),
        )


def record_paths(record: str) -> tuple[str, ...]:
    """Return the files that a RECORD names, with '/'."""
    return tuple(row[0].replace("\\", "/") for row in csv.reader(io.StringIO(record)) if row)


def small_text(path: Path) -> str:
    """Return a small file's text; empty for a large one, and for one that is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size <= _SMALL_BYTES else ""
    except OSError:
        return ""
