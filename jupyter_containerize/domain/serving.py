"""Values that describe what is served and with which objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from jupyter_containerize.domain.environment import Edited, Evidence
from jupyter_containerize.domain.notebook import Finding, ImportSite, Location

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
    """The choice of what to serve. ``inputs`` and ``output`` are JSON Schemas of the signature.

    ``kind`` is the value of a ``CandidateKind``; ``route`` and ``method`` are where it answers. ``batch`` is the
    parameter whose rows of several requests may be joined into one call, empty if calls may not be joined;
    ``batch_proof`` says how that is known: ``rows`` (all rows at once were answered as each alone) or ``declared``.
    ``widths`` are the lengths of arrays that a parameter takes alone, where it was asked: ``{"rows": {"depth": 1,
    "items": 4}}`` of arrays of 4 (``depth`` 0: of one array); ``least`` is 1 where there has to be one, ``cells`` are
    the kinds of JSON that they may hold, where those are known, too. ``inputs`` say it, as well.
    """

    symbol: str
    doc: str
    inputs: Mapping[str, Json]
    output: Mapping[str, Json]
    example: Example | None
    kind: str = "function"
    route: str = "/predict"
    method: str = "POST"
    batch: str = ""
    batch_proof: str = ""
    widths: Mapping[str, Json] = field(default_factory=dict)


class StateSource(StrEnum):
    """Where the objects come from that serving needs."""

    RUN = "run"
    """The notebook's training part runs in a fresh kernel."""
    LIVE = "live"
    """They are taken from the kernel that runs now, as they are."""
    STARTUP = "startup"
    """Nothing is baked in: the training part runs whenever a container starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatePart:
    """One file beside an object's pickle, in a format of its own.

    ``name`` is the file's name; ``format`` is ``buffers`` (pickle protocol 5, out of band, mapped into memory),
    ``npy``, ``safetensors``, ``xgboost-ubj``, ``lightgbm-text``, ``catboost-cbm`` or ``keras``.
    """

    name: str
    format: str
    sha256: str
    size_bytes: int
    payload: Path


class ParityProof(StrEnum):
    """What showed that the part that ran gives what the whole notebook gives."""

    WHOLE = "whole"
    """Nothing was left out, so there is nothing to show."""
    OUTPUT = "output"
    """The example's answer is the one that the notebook's file shows."""
    BYTES = "bytes"
    """The whole notebook was run too, and left the same objects, byte for byte."""
    ANSWERS = "answers"
    """The whole notebook was run too, and gave the same answers to the example and to sampled inputs."""
    FELL_BACK = "fell back"
    """It did not: the objects are those of the whole notebook."""
    UNCHECKED = "unchecked"
    """Nobody looked, on request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How it is known that leaving statements out changes no answer. ``reason`` says what differed.

    ``asked`` counts the inputs on which both were compared.
    """

    proof: ParityProof
    asked: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedObject:
    """One object that the serving code needs, serialised.

    ``format`` is that of the file in ``payload``, ``parts`` are further files that it refers to, in their order;
    ``size_bytes`` counts ``payload`` alone. ``modules`` are the dotted modules that loading it imports; ``location``
    is the statement that bound it, if that is known.
    """

    name: str
    type_name: str
    format: str
    sha256: str
    size_bytes: int
    payload: Path
    modules: tuple[str, ...]
    location: Location | None = None
    parts: tuple[StatePart, ...] = ()

    @property
    def total_bytes(self) -> int:
        """The size of all its files."""
        return self.size_bytes + sum(part.size_bytes for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedState:
    """All captured objects, sorted by name, and what wrote them.

    ``cloudpickle_version`` must be what the image loads them with; ``seconds`` is how long the
    notebook ran, 0 when ``reused`` says that an earlier run's state was taken. ``findings``
    say why the notebook's own call could not become the spec's example. ``spec`` is the first that serves, ``more``
    are the others. ``answers`` are what it answered to the example and to inputs sampled around it, each as JSON
    text with sorted keys, or ``!`` and the error's type; ``shown`` is the text that the example's cell displayed.
    ``baseline`` says how the training inputs are distributed, ``None`` where none were found (docs/monitoring.md);
    ``baseline_again`` is what asks changed code about the same rows, in the words of ``kernels``; no image has it.
    """

    objects: tuple[CapturedObject, ...]
    cloudpickle_version: str
    spec: ServingSpec
    seconds: float = 0.0
    reused: bool = False
    findings: tuple[Finding, ...] = ()
    more: tuple[ServingSpec, ...] = ()
    source: StateSource = StateSource.RUN
    parity: Parity | None = None
    answers: tuple[str, ...] = ()
    shown: str | None = None
    baseline: Mapping[str, Json] | None = None
    baseline_again: str = field(default="", repr=False)


class DependencyKind(StrEnum):
    """How a dependency became known; the first that applies."""

    DIRECT = "direct"
    HIDDEN = "hidden"
    LOCAL = "local"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerability:
    """A known weakness of one version. ``id`` is the advisory's, ``aliases`` other databases' (CVE)."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    fixed_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One row of the preview: a distribution, its version, and who asked for it.

    ``kind``: ``direct`` (the notebook imports it), ``hidden`` (a rule), ``local`` (only modules beside the notebook
    import it) or ``declared`` (only an installation command asks for it). ``version`` is exact, ``None`` when
    nothing pins it; ``specifier`` is what is asked for otherwise (PEP 440). ``source`` says where they came from:
    ``kernel``, a declaration's rule (``%pip``, ``requirements.txt``), ``import path``, or ``newest``.
    ``proof`` says what shows that it provides the import names: ``kernel``, a wheel's name, ``list`` (ours, no
    wheel was read), ``declared`` (the user's own command), empty if nothing imports it.
    ``alternatives`` are other distributions that would do. ``serving`` says whether the serving function
    needs it, ``None`` when that is not known. ``size_bytes`` is on the kernel's disk, ``image_bytes`` in
    the image; ``wheels`` says for each target platform whether a wheel exists. What was not asked for is
    ``None`` or empty. ``edited`` is what the notebook's metadata says of it; an excluded one is not in the image.
    """

    distribution: str
    version: str | None
    source: str
    import_names: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    kind: DependencyKind = DependencyKind.DIRECT
    proof: str = ""
    specifier: str = ""
    extras: tuple[str, ...] = ()
    url: str = ""
    alternatives: tuple[str, ...] = ()
    serving: bool | None = None
    license: str = ""
    size_bytes: int | None = None
    image_bytes: int | None = None
    wheels: tuple[tuple[str, bool], ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] | None = None
    edited: Edited = Edited.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDependency:
    """A Debian package that the notebook needs, and who asked for it."""

    name: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """All that a notebook depends on. Rows are sorted by name; ``findings`` are questions and warnings.

    ``unknown`` are the imports that nothing is known to provide, each top-level name once.
    """

    dependencies: tuple[Dependency, ...] = ()
    system_packages: tuple[SystemDependency, ...] = ()
    findings: tuple[Finding, ...] = ()
    unknown: tuple[ImportSite, ...] = ()
