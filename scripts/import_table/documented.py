"""What release notes say, where files do not tell; and which repositories are read for their tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from import_table.evidence import Evidence
from import_table.releases import Checkout, History, history


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """By distribution. ``gone`` and ``since`` as in ``History``; ``next``: version -> first of the next line.

    ``stays``: modules whose files do not count.
    """

    gone: Mapping[str, Mapping[str, tuple[str, str]]]
    since: Mapping[str, Mapping[str, str]]
    next: Mapping[str, Mapping[str, str]]
    stays: Mapping[str, frozenset[str]]


def read_notes(path: Path) -> Notes:
    """Return what ``documented.txt`` says."""
    gone: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    since: defaultdict[str, dict[str, str]] = defaultdict(dict)
    stays: defaultdict[str, set[str]] = defaultdict(set)
    later: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        match line.split():
            case ["gone", name, module, last, first]:
                gone[name][module] = last, first
            case ["since", name, module, first]:
                since[name][module] = f">={first}"
            case ["stays", name, module]:
                stays[name].add(module)
            case ["next", name, version, first]:
                later[name][version] = first
    return Notes(
        gone=gone, since=since, next=later, stays={name: frozenset(modules) for name, modules in stays.items()}
    )


def with_notes(name: str, found: History, notes: Notes) -> History:
    """Return the history, with what the notes know and the files do not."""
    later = notes.next.get(name, {})
    gone = {module: (last, first or later.get(last, "")) for module, (last, first) in found.gone.items()}
    noted = notes.gone.get(name, {})
    gone = {
        module: value for module, value in gone.items() if not any(module.startswith(f"{above}.") for above in noted)
    }
    return replace(found, gone=gone | dict(noted), since=dict(found.since) | dict(notes.since.get(name, {})))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a repository says of the newest release of a distribution, and of all of them."""

    evidence: Evidence
    history: History


def read_sources(path: Path, folder: Path) -> tuple[Source, ...]:
    """Return what the repositories say that ``sources.txt`` names and the folder holds, as ``OWNER/NAME``."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#")
    return tuple(_source(line.split(), folder) for line in lines if (folder / line.split()[1]).is_dir())


def _source(words: list[str], folder: Path) -> Source:
    name, repository, tags, at_least, *rest = words
    checkout = Checkout(folder / repository, tags=tags, roots=[word for word in rest if not word.startswith("-")])
    releases = checkout.releases(at_least=at_least)
    newest = releases[-1]
    evidence = Evidence(
        name=name,
        version=str(newest.version),
        kind="source",
        file=f"{repository} {newest.version}",
        own_names=frozenset(),
        modules=newest.modules,
    )
    told = history(
        releases,
        init_text=lambda package: checkout.init_text(newest.version, package),
        adjacent=True,
        keep=[word[1:] for word in rest if word.startswith("-")],
    )
    return Source(evidence=evidence, history=told)
