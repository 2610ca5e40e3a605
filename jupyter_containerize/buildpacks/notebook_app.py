"""What is the notebook's own: its captured objects, its serving code, and the files that code reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import keyed, layer_inputs
from jupyter_containerize.buildpacks.cell_lines import cell_lines
from jupyter_containerize.buildpacks.protocol import APP, BuildInputs, Contribution, LocalFile, Workbench
from jupyter_containerize.domain.image import EntryKind, LayerEntry, LayerOptions, LayerPlan, LayerRole
from jupyter_containerize.domain.notebook import CandidateKind
from jupyter_containerize.domain.serving import CapturedObject, ServingSpec, StatePart

# An object above this has a layer to itself: a new one of its neighbours does not move it again.
_LARGE_BYTES = 8 * 1024 * 1024
# A file beside the notebook above this is data: a change of the code does not move it again.
_DATA_BYTES = 64 * 1024
_DATA_SLOT = "app/data"
# How the inputs of a code layer name what is in it: a file beside the notebook may be called `python`.
_FILE = "file"


class NotebookAppBuildpack:
    """The state apart from the code, so that a change of the code moves a few kilobytes."""

    id = "notebook_app"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the state layers (large objects one by one, others together), the data layer, and the code layer."""
        state = [
            self._state_layer(slot, objects, inputs.options)
            for slot, objects in _by_layer(inputs.state.objects).items()
        ]
        data = _data(inputs)
        return Contribution(
            layers=(*state, *((self._data_layer(data, inputs.options),) if data else ()), self._code_layer(inputs))
        )

    def _data_layer(self, data: Sequence[LocalFile], options: LayerOptions) -> LayerPlan:
        depends = layer_inputs(options, {f"{_FILE} {item.path}": f"sha256:{item.sha256}" for item in data})
        names = [item.path for item in data]
        return LayerPlan(
            role=LayerRole.STATE,
            title=_title(names, "Data"),
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(item.size_bytes for item in data),
            sources=tuple(names),
            slot=_DATA_SLOT,
            inputs=depends,
        )

    def _code_layer(self, inputs: BuildInputs) -> LayerPlan:
        code = _code_files(inputs)
        made = {path: f"sha256:{hashlib.sha256(content).hexdigest()}" for path, content in code}
        small = _beside_code(inputs)
        local = {item.path: f"sha256:{item.sha256}" for item in small}
        depends = layer_inputs(inputs.options, {f"{_FILE} {path}": digest for path, digest in (local | made).items()})
        return LayerPlan(
            role=LayerRole.CODE,
            title="Serving code",
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(len(content) for _, content in code) + sum(item.size_bytes for item in small),
            sources=(*(path for path, _ in code), *(item.path for item in small)),
            slot="app/code",
            inputs=depends,
        )

    def _state_layer(self, slot: str, objects: Sequence[CapturedObject], options: LayerOptions) -> LayerPlan:
        depends = layer_inputs(options, {name: digest for item in objects for name, digest in _hashes(item)})
        return LayerPlan(
            role=LayerRole.STATE,
            title=_title([item.name for item in objects]),
            buildpack=self.id,
            cache_key=keyed(self.id, depends),
            size_bytes=sum(item.total_bytes for item in objects),
            sources=tuple(item.name for item in objects),
            slot=slot,
            inputs=depends,
        )

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """List the captured objects of one layer, or the code, as they lie on disk."""
        workbench.cancel.check()
        if plan.slot == _DATA_SLOT:
            return tree.complete(map(_local, _data(inputs)))
        if plan.role is LayerRole.STATE:
            objects = [item for item in inputs.state.objects if item.name in plan.sources]
            return tree.complete(entry for item in objects for entry in _object_files(item))
        code = [tree.file(f"{APP}/{path}", content) for path, content in _code_files(inputs)]
        return tree.complete([*code, *map(_local, _beside_code(inputs))])


def _data(inputs: BuildInputs) -> list[LocalFile]:
    """Return the files beside the notebook that are data, and not code."""
    return [item for item in inputs.files if item.size_bytes > _DATA_BYTES]


def _beside_code(inputs: BuildInputs) -> list[LocalFile]:
    return [item for item in inputs.files if item.size_bytes <= _DATA_BYTES]


def _local(item: LocalFile) -> LayerEntry:
    return _copy(f"{APP}/{item.path}", item.source, item.size_bytes)


def _by_layer(objects: Sequence[CapturedObject]) -> dict[str, list[CapturedObject]]:
    """Return the objects of each state layer by its slot: large ones alone, largest first, then all others."""
    large = [item for item in objects if item.total_bytes > _LARGE_BYTES]
    small = [item for item in objects if item.total_bytes <= _LARGE_BYTES]
    alone = {
        f"app/state/{item.name}": [item] for item in sorted(large, key=lambda item: (-item.total_bytes, item.name))
    }
    return alone | ({"app/state": small} if small else {})


def _hashes(item: CapturedObject) -> list[tuple[str, str]]:
    """Return the names and hashes of all that an object's files are."""
    return [
        (f"object {item.name}", f"sha256:{item.sha256}"),
        *((f"part {part.name}", f"sha256:{part.sha256}") for part in item.parts),
    ]


def _object_files(item: CapturedObject) -> list[LayerEntry]:
    return [
        _copy(f"{APP}/{_pickle_of(item)}", item.payload, item.size_bytes),
        *(_copy(f"{APP}/{_file_of(part)}", part.payload, part.size_bytes) for part in item.parts),
    ]


def _pickle_of(item: CapturedObject) -> str:
    return f"state/{item.name}.pkl"


def _file_of(part: StatePart) -> str:
    return f"state/{part.name}"


def _code_files(inputs: BuildInputs) -> list[tuple[str, bytes]]:
    baseline = inputs.state.baseline
    return [
        *([] if baseline is None else [("baseline.json", json.dumps(baseline, sort_keys=True).encode())]),
        ("model.json", json.dumps(_model(inputs), indent=1, sort_keys=True, ensure_ascii=False).encode()),
        ("serving.py", inputs.serving.source.encode()),
    ]


def _model(inputs: BuildInputs) -> dict[str, object]:
    """Return what the runtime reads first: what is served, from which objects, made by what.

    How a build made sure of the objects is not in it: one that finds them in its store made sure in another way.
    """
    state, serving = inputs.state, inputs.serving
    is_job = state.spec.kind == CandidateKind.JOB
    return {
        "endpoints": [] if is_job else [_endpoint(spec) for spec in (state.spec, *state.more)],
        "lines": cell_lines(serving),
        "job": {"parameters": serving.parameters, "parameters_end": serving.parameters_end} if is_job else None,
        "objects": [_object(item) for item in state.objects],
        "state": state.source,
        "variables": [{"name": item.name, "required": item.required} for item in serving.variables],
        "notebook": inputs.labels.get("io.jupyter-containerize.notebook", ""),
        "python": inputs.environment.python_minor,
        "extras": list(inputs.extras),
        "versions": {package.name: package.version for package in inputs.environment.packages},
    }


def _endpoint(spec: ServingSpec) -> dict[str, object]:
    example = spec.example
    return {
        "symbol": spec.symbol,
        "kind": spec.kind,
        "route": spec.route,
        "method": spec.method,
        "doc": spec.doc,
        "inputs": spec.inputs,
        "output": spec.output,
        "batch": {"parameter": spec.batch, "proof": spec.batch_proof} if spec.batch else None,
        **({"widths": spec.widths} if spec.widths else {}),
        "example": None if example is None else {"request": example.request, "response": example.response},
    }


def _object(item: CapturedObject) -> dict[str, object]:
    return {
        "name": item.name,
        "file": _pickle_of(item),
        "format": item.format,
        "type_name": item.type_name,
        "size_bytes": item.size_bytes,
        "sha256": item.sha256,
        "parts": [
            {"file": _file_of(part), "format": part.format, "size_bytes": part.size_bytes, "sha256": part.sha256}
            for part in item.parts
        ],
    }


def _title(names: list[str], kind: str = "State", shown: int = 3) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"{kind}: {', '.join(names[:shown])}{more}"


def _copy(path: str, source: Path, size_bytes: int) -> LayerEntry:
    return LayerEntry(path=path, kind=EntryKind.FILE, mode=0o644, size_bytes=size_bytes, open=tree.opener(source))
