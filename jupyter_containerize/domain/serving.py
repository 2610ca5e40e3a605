"""Values that describe what is served and with which objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.notebook import Finding, Location

# What JSON can say. Mapping and Sequence, so that frozen values can hold it.
Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The notebook's own call of the serving function, and the answer it gave there.

    ``request`` is the body for ``POST /predict``; ``response`` is the answer's JSON.
    """

    location: Location
    request: Mapping[str, Json]
    response: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingSpec:
    """The choice of what to serve. ``inputs`` and ``output`` are JSON Schemas of the signature."""

    symbol: str
    doc: str
    inputs: Mapping[str, Json]
    output: Mapping[str, Json]
    example: Example | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedObject:
    """One object that the serving code needs, serialised.

    ``modules`` are the dotted modules that its pickle refers to; ``location`` is the statement
    that bound it, if that is known. The bytes lie in ``payload``.
    """

    name: str
    type_name: str
    format: str
    sha256: str
    size_bytes: int
    payload: Path
    modules: tuple[str, ...]
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedState:
    """All captured objects, sorted by name, and what wrote them.

    ``cloudpickle_version`` must be what the image loads them with; ``seconds`` is how long the
    notebook ran, 0 when ``reused`` says that an earlier run's state was taken. ``findings``
    say why the notebook's own call could not become the spec's example.
    """

    objects: tuple[CapturedObject, ...]
    cloudpickle_version: str
    spec: ServingSpec
    seconds: float = 0.0
    reused: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One row of the preview: a distribution, its version in the kernel, and who asked for it.

    ``source`` says where ``version`` came from (``kernel``); ``version`` is ``None`` when
    nothing pins it.
    """

    distribution: str
    version: str | None
    source: str
    import_names: tuple[str, ...]
    evidence: tuple[Evidence, ...]
