"""Puts seeds and evidence together, writes the shipped table, and says what changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from import_table.evidence import Evidence
from import_table.names import refused
from import_table.releases import History
from import_table.seeds import Seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the table says of one distribution.

    ``evidence``: wheel | installed | source | sdist | listed; ``file`` is what was read.
    """

    name: str
    alternatives: tuple[str, ...]
    imports: tuple[str, ...]
    roots: tuple[str, ...]
    evidence: str
    file: str

    @classmethod
    def of_json(cls, row: list[Any]) -> Row:
        """Read a row as it is written."""
        name, alternatives, imports, roots, evidence, file = (*row, "listed", "")[:6] if len(row) == 4 else row  # noqa: PLR2004
        return cls(
            name=name,
            alternatives=tuple(alternatives),
            imports=tuple(imports),
            roots=tuple(roots),
            evidence=evidence,
            file=file,
        )

    def as_json(self) -> list[Any]:
        """Return the row as it is written; what is only listed ends early."""
        row: list[Any] = [self.name, list(self.alternatives), list(self.imports), list(self.roots)]
        return row if self.evidence == "listed" else [*row, self.evidence, self.file]


def row_of(seed: Seed, evidence: Evidence | None, *, left: Container[str]) -> tuple[Row, tuple[str, ...]]:
    """Return the row of a seed, and each listed name that the evidence does not hold.

    With evidence the names are those that it holds: the listed ones, and its own ones. Without, the listed ones.
    ``left`` are modules that the newest release lacks, and older ones have: they keep their place. A distribution
    without any module only installs others (rpy2): it proves nothing, and what is listed stands.
    """
    if evidence and not evidence.modules:
        evidence = None
    imports, missing = set(seed.imports), []
    if evidence:
        missing = sorted(name for name in imports if name not in evidence.modules and name not in left)
        listed = imports - set(missing)
        above = {name for name in evidence.own_names if any(other.startswith(f"{name}.") for other in listed)}
        imports = listed | {name for name in evidence.own_names - above if not refused(name) and _useful(name, listed)}
    return (
        Row(
            name=seed.name,
            alternatives=seed.alternatives,
            imports=tuple(sorted(imports)),
            roots=seed.roots,
            evidence=evidence.kind if evidence else "listed",
            file=evidence.file if evidence else "",
        ),
        tuple(missing),
    )


def _useful(name: str, listed: set[str]) -> bool:
    return not any(part.startswith("_") for part in name.split(".")) and not any(
        name.startswith(f"{other}.") for other in listed
    )


def claimed_twice(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """Return the names that more than one distribution holds without being each other's alternative."""
    holders: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for name in row.imports:
            holders[name].append(row)
    found = {}
    for name, rows_of_name in holders.items():
        known = set(rows_of_name[0].alternatives) | {rows_of_name[0].name}
        if any(row.name not in known and not set(row.alternatives) & known for row in rows_of_name[1:]):
            found[name] = tuple(row.name for row in rows_of_name)
    return found


def as_text(rows: Iterable[Row], histories: Mapping[str, Mapping[str, Any]], date: str) -> str:
    """Return the table as it is shipped: one distribution a line, sorted, so that a review reads like a list."""
    lines = [_json(row.as_json()) for row in sorted(rows, key=lambda row: row.name)]
    releases = [f"{_json(name)}:{_json(histories[name])}" for name in sorted(histories)]
    return (
        f'{{"date":{_json(date)},\n"distributions":[\n'
        + ",\n".join(lines)
        + '\n],\n"releases":{\n'
        + ",\n".join(releases)
        + "\n}}\n"
    )


def history_as_json(history: History, kind: str) -> dict[str, Any]:
    """Return one distribution's history as it is written: modules by their versions."""
    gone: defaultdict[str, list[str]] = defaultdict(list)
    since: defaultdict[str, list[str]] = defaultdict(list)
    for module, versions in history.gone.items():
        gone[" ".join(versions).strip()].append(module)
    for module, version in history.since.items():
        since[version].append(module)
    return {"evidence": kind, "read": history.read, "gone": _by_version(gone), "since": _by_version(since)}


def changes(old: str, new: str) -> list[str]:
    """Return what differs between two tables, one line each; ``-`` and ``+`` as in a diff."""
    before, after = (_flat(text) for text in (old, new))
    lines = [f"- {key}: {before[key]}" for key in sorted(before) if before[key] != after.get(key)]
    return lines + [f"+ {key}: {after[key]}" for key in sorted(after) if after[key] != before.get(key)]


def _flat(text: str) -> dict[str, str]:
    table = json.loads(text) if text else {"distributions": [], "releases": {}}
    found = {row[0]: _json(row[1:]) for row in table["distributions"]}
    for name, said in table["releases"].items():
        found[f"{name} (releases)"] = _json(said)
    return found


def _by_version(groups: Mapping[str, list[str]]) -> dict[str, list[str]]:
    def order(versions: str) -> Version:
        first = versions.split(maxsplit=1)[0].lstrip("<>=")
        return Version("0" if first == "-" else first)

    return {versions: sorted(groups[versions]) for versions in sorted(groups, key=order)}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
