"""Reads a truth file and a corpus file, and scores predictions against the first.

The definition, for one notebook; names are compared as PEP 503 has them, without version and extras:

- *required*: groups of distributions, any one of which will do, for what the executed code imports.
- *extra*: the same for what is needed without being imported (``hidden``), and for the imports of the modules beside
  the notebook (``transitive_local``).
- A predicted name is *right* if it is in a group that counts, *neutral* if it is ``optional``, ``declared`` or
  ``transitive_local_maybe``, else *wrong*.
- mode ``required``: the required groups count and extra is neutral. Mode ``needed``: extra counts too, but for groups
  that share a name with a required one.
- One group counts as one hit however many of its names are predicted. A notebook without a prediction (a crash) missed
  everything.

Hits, wrong names and missed groups are added up over all notebooks before precision, recall and F1 are taken.
A notebook is *exact* with no wrong name and no missed group.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

Mode: TypeAlias = Literal["required", "needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Distributions of which any one will do; ``usual`` is the one to name."""

    usual: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookTruth:
    """What one notebook needs. ``local_files`` are the modules of the repository that it imports, from its root."""

    required: tuple[Group, ...]
    extra: tuple[Group, ...]
    neutral: frozenset[str]
    local_files: tuple[str, ...]


Truth: TypeAlias = Mapping[str, NotebookTruth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a notebook of the corpus is: ``repository`` is OWNER/NAME, ``path`` is relative to its root."""

    repository: str
    path: str

    @property
    def folder(self) -> str:
        """The name of the repository's folder."""
        return self.repository.replace("/", "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The figures of one tool in one mode. ``wrong`` and ``missed`` say for which notebooks, by name."""

    mode: Mode
    notebooks: int
    hits: int
    exact: int
    wrong: Mapping[str, tuple[str, ...]]
    missed: Mapping[str, tuple[str, ...]]

    @property
    def precision(self) -> float:
        """The share of right names among those that are right or wrong."""
        return _share(self.hits, sum(map(len, self.wrong.values())))

    @property
    def recall(self) -> float:
        """The share of groups that were hit."""
        return _share(self.hits, sum(map(len, self.missed.values())))

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def exact_rate(self) -> float:
        """The share of notebooks with nothing wrong and nothing missed."""
        return self.exact / self.notebooks if self.notebooks else 1.0


def read_truth(path: Path) -> Truth:
    """Read a truth file: an object for each notebook's id."""
    return {identifier: _notebook(entry) for identifier, entry in json.loads(path.read_text()).items()}


def read_corpus(path: Path) -> dict[str, Place]:
    """Read a corpus file: a list of objects with ``id``, ``repo`` and ``path``."""
    return {entry["id"]: Place(repository=entry["repo"], path=entry["path"]) for entry in json.loads(path.read_text())}


def score(predicted: Mapping[str, Collection[str]], truth: Truth, mode: Mode) -> Score:
    """Score what a tool says of each notebook, by the definition above."""
    hits = exact = 0
    wrong: dict[str, list[str]] = {}
    missed: dict[str, list[str]] = {}
    for identifier, notebook in truth.items():
        names = {normalised(name) for name in predicted.get(identifier, ()) if name.strip()}
        counting, neutral = _sides(notebook, mode)
        lost = [group for group in counting if not group.names & names]
        extra = names - neutral - frozenset[str]().union(*(group.names for group in counting))
        hits += len(counting) - len(lost)
        exact += not lost and not extra
        for name in sorted(extra):
            wrong.setdefault(name, []).append(identifier)
        for group in lost:
            missed.setdefault(group.usual, []).append(identifier)
    return Score(
        mode=mode,
        notebooks=len(truth),
        hits=hits,
        exact=exact,
        wrong={name: tuple(found) for name, found in wrong.items()},
        missed={name: tuple(found) for name, found in missed.items()},
    )


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 has it, without a version, extras or a URL."""
    bare = re.split(r"[\s\[;@<>=!~(#]", name.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", bare).lower()


def _sides(notebook: NotebookTruth, mode: Mode) -> tuple[Sequence[Group], frozenset[str]]:
    if mode == "required":
        return notebook.required, notebook.neutral.union(*(group.names for group in notebook.extra))
    apart = [group for group in notebook.extra if not any(group.names & other.names for other in notebook.required)]
    return (*notebook.required, *apart), notebook.neutral


def _notebook(entry: Mapping[str, Any]) -> NotebookTruth:
    alone = [[name] for name in entry.get("transitive_local", ())]
    return NotebookTruth(
        required=_groups(entry["required"]),
        extra=_groups([*entry.get("hidden", ()), *alone]),
        neutral=frozenset(
            name for field in ("optional", "declared", "transitive_local_maybe") for name in entry.get(field, ())
        ),
        local_files=tuple(entry.get("local_files", ())),
    )


def _groups(entries: Sequence[Sequence[str]]) -> tuple[Group, ...]:
    return tuple(Group(usual=names[0], names=frozenset(names)) for names in entries)


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else 1.0
