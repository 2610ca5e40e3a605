"""What is the notebook's own: its captured objects, its serving code, and the files that code reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cachekey import cache_key
from jupyter_containerize.buildpacks.protocol import APP, BuildInputs, Contribution, Workbench
from jupyter_containerize.domain.image import EntryKind, LayerEntry, LayerPlan, LayerRole


class NotebookAppBuildpack:
    """The state apart from the code, so that a change of the code moves a few kilobytes."""

    id = "notebook_app"

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the state layer (if anything was captured) and the code layer."""
        objects = inputs.state.objects
        layers = []
        if objects:
            layers.append(
                LayerPlan(
                    role=LayerRole.STATE,
                    title=_title([item.name for item in objects]),
                    buildpack=self.id,
                    cache_key=cache_key(self.id, "state", *(f"{item.name} {item.sha256}" for item in objects)),
                    size_bytes=sum(item.size_bytes for item in objects),
                    sources=tuple(item.name for item in objects),
                )
            )
        code = _code_files(inputs)
        layers.append(
            LayerPlan(
                role=LayerRole.CODE,
                title="Serving code",
                buildpack=self.id,
                cache_key=cache_key(
                    self.id,
                    "code",
                    *(f"{path} {hashlib.sha256(content).hexdigest()}" for path, content in code),
                    *(f"{item.path} {item.sha256}" for item in inputs.files),
                ),
                size_bytes=sum(len(content) for _, content in code) + sum(item.size_bytes for item in inputs.files),
                sources=(*(path for path, _ in code), *(item.path for item in inputs.files)),
            )
        )
        return Contribution(layers=tuple(layers))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """List the captured objects or the code as they lie on disk."""
        workbench.cancel.check()
        if plan.role is LayerRole.STATE:
            return tree.complete(
                _copy(f"{APP}/state/{item.name}.pkl", item.payload, item.size_bytes) for item in inputs.state.objects
            )
        code = [tree.file(f"{APP}/{path}", content) for path, content in _code_files(inputs)]
        local = [_copy(f"{APP}/{item.path}", item.source, item.size_bytes) for item in inputs.files]
        return tree.complete([*code, *local])


def _code_files(inputs: BuildInputs) -> list[tuple[str, bytes]]:
    return [
        ("model.json", json.dumps(_model(inputs), indent=1, sort_keys=True, ensure_ascii=False).encode()),
        ("serving.py", inputs.serving.source.encode()),
    ]


def _model(inputs: BuildInputs) -> dict[str, object]:
    """Return what the runtime reads first: what is served, from which objects, made by what."""
    spec = inputs.state.spec
    example = spec.example
    return {
        "symbol": spec.symbol,
        "doc": spec.doc,
        "inputs": spec.inputs,
        "output": spec.output,
        "example": None if example is None else {"request": example.request, "response": example.response},
        "objects": [
            {
                "name": item.name,
                "file": f"state/{item.name}.pkl",
                "format": item.format,
                "type_name": item.type_name,
                "size_bytes": item.size_bytes,
                "sha256": item.sha256,
            }
            for item in inputs.state.objects
        ],
        "variables": [{"name": item.name, "required": item.required} for item in inputs.serving.variables],
        "notebook": inputs.labels.get("io.jupyter-containerize.notebook", ""),
        "python": inputs.environment.python_minor,
        "versions": {package.name: package.version for package in inputs.environment.packages},
    }


def _title(names: list[str], shown: int = 3) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"State: {', '.join(names[:shown])}{more}"


def _copy(path: str, source: Path, size_bytes: int) -> LayerEntry:
    return LayerEntry(path=path, kind=EntryKind.FILE, mode=0o644, size_bytes=size_bytes, open=tree.opener(source))
