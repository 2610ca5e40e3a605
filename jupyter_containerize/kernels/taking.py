"""Takes objects out of a kernel: a fresh one that ran the notebook, or the one that runs now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from jupyter_containerize.domain.notebook import CandidateKind, Location, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedObject, ServingSpec, StatePart
from jupyter_containerize.kernels.bindings import binding_locations
from jupyter_containerize.kernels.errors import (
    NameMissing,
    NeedsPickle,
    ObjectsNeedPickle,
    ObjectsUnpicklable,
    Skewed,
    Unpicklable,
    VersionSkew,
)
from jupyter_containerize.kernels.packages import package_folder
from jupyter_containerize.transport.errors import DiskFull

_HERE = Path(__file__).parent
_INSIDE = _HERE / "inside"
_RUNTIME = _HERE.parent / "runtime"
_REPORT = "report.json"
# The runtime makes a predict for these, which may need more than the object does.
_PREDICT_IS_MADE = frozenset({CandidateKind.ESTIMATOR, CandidateKind.PYFUNC})
# What can be asked about rows that the build makes up. Calling those of libraries runs no code of the notebook's own.
ASKABLE = frozenset({CandidateKind.FUNCTION, CandidateKind.METHOD, CandidateKind.ESTIMATOR, CandidateKind.PYFUNC})
OF_LIBRARIES = frozenset({CandidateKind.ESTIMATOR})


class Calling(Protocol):
    """A kernel in which a program of ours (``inside/PROGRAM.py``) can be called, unseen by the notebook."""

    def call(self, program: str, function: str, request: Mapping[str, object], *, after: Location) -> None:
        """Call ``function`` with the request as JSON text; ``after`` is where the notebook stands."""


def ask(
    kernel: Calling, module: str, function: str, request: Mapping[str, object], *, into: Path, after: Location
) -> Any:
    """Call a function of ``inside/MODULE.py`` in a kernel and return its answer, as JSON values.

    Args:
        kernel: where.
        module: the file's stem.
        function: gets the request as a dict.
        request: what JSON can say.
        into: a folder that both can reach; nothing is left there.
        after: where the notebook stands, for errors.
    """
    report = into.resolve() / _REPORT
    own = {"module": module, "function": function, "inside": str(_INSIDE), "runtime": str(_RUNTIME)}
    try:
        kernel.call("program", "call", {**request, **own, "report": str(report)}, after=after)
        return json.loads(report.read_text(encoding="utf-8"))
    finally:
        report.unlink(missing_ok=True)


def with_examples(specs: Iterable[ServingSpec]) -> tuple[list[ServingSpec], list[dict[str, Any]]]:
    """Return the specs that have an example, and as what the program in the kernel is told of each."""
    found = [(spec, spec.example.request) for spec in specs if spec.example is not None]
    entries = [{"kind": spec.kind, "symbol": spec.symbol, "example": request} for spec, request in found]
    return [spec for spec, _ in found], entries


def end_of(notebook: Notebook) -> Location:
    """Return where a notebook stands when all of it has run."""
    return Location(path=notebook.path, cell=notebook.code_cells[-1].index if notebook.code_cells else None)


def place_of(symbol: str, notebook: Notebook, serving: Slice) -> Location:
    """Return where the notebook binds a name last, else the last cell that serves."""
    found = binding_locations(notebook).get(symbol.partition(".")[0])
    return found or Location(path=notebook.path, cell=max(serving.cells, default=None))


def take_objects(
    kernel: Calling, *, notebook: Notebook, serving: Slice, into: Path, strict: bool = False
) -> tuple[tuple[CapturedObject, ...], str]:
    """Take every object that serving needs, and return them with the version of cloudpickle that wrote them.

    Args:
        kernel: has them in its namespace.
        notebook: says where each is bound.
        serving: names them.
        into: a folder that gets ``NAME.pkl`` for each, and the parts that it refers to.
        strict: take nothing that only a pickle can hold.

    Raises:
        NameMissing: the kernel has no such name.
        ObjectsUnpicklable: carries every object that cannot be taken.
        ObjectsNeedPickle: carries every object that would have to be pickled, though ``strict``.
        VersionSkew: packages were installed anew while the kernel ran.
        DiskFull: while they were written.
    """
    into = into.resolve()
    places = binding_locations(notebook)
    request = {
        "names": sorted(serving.live_in),
        "served": [
            {"kind": entry.kind, "symbol": entry.symbol} for entry in serving.entries if entry.kind in _PREDICT_IS_MADE
        ],
        "into": str(into),
        "strict": strict,
        "cloudpickle": str(package_folder("cloudpickle")),
        "notebook": Path(notebook.path).name,
        # Code that only answers may change while the objects stay.
        "seed": f"{serving.run_digest or notebook.digest} {serving.symbol}",
    }
    report = ask(kernel, "objects", "take_all", request, into=into, after=end_of(notebook))
    if report["disk_full"]:
        raise DiskFull(into)
    if report["missing"]:
        missing = tuple(report["missing"])
        raise NameMissing(missing, place_of(missing[0], notebook, serving))
    if report["failed"]:
        raise ObjectsUnpicklable(
            tuple(Unpicklable(location=places.get(item["name"]), **item) for item in report["failed"])
        )
    if report["pickled"]:
        raise ObjectsNeedPickle(
            tuple(NeedsPickle(location=places.get(item["name"]), **item) for item in report["pickled"])
        )
    if report["skewed"]:
        raise VersionSkew(tuple(Skewed(**item) for item in report["skewed"]))
    objects = tuple(_object(item, into, places.get(item["name"])) for item in report["objects"])
    return objects, report["cloudpickle_version"]


def _object(item: Mapping[str, Any], into: Path, location: Location | None) -> CapturedObject:
    payload = into / f"{item['name']}.pkl"
    return CapturedObject(
        name=item["name"],
        type_name=item["type_name"],
        format=item["format"],
        sha256=sha256_of(payload),
        size_bytes=payload.stat().st_size,
        payload=payload,
        modules=tuple(item["modules"]),
        location=location,
        parts=tuple(_part(part, into / part["name"]) for part in item["parts"]),
    )


def _part(part: Mapping[str, str], payload: Path) -> StatePart:
    size_bytes = payload.stat().st_size
    return StatePart(
        name=part["name"], format=part["format"], sha256=sha256_of(payload), size_bytes=size_bytes, payload=payload
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 hex of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
