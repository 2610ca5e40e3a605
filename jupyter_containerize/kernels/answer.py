"""The notebook's example, answered by changed serving code and the state of an earlier run."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import CandidateKind, Slice
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Example, StatePart
from jupyter_containerize.kernels.packages import package_folder
from jupyter_containerize.kernels.spec import find_interpreter

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "inside" / "answer.py"
_RUNTIME = _HERE.parent / "runtime"
_POLL_SECONDS = 0.05


def answer_again(
    earlier: CapturedState,
    *,
    serving: Slice,
    environment: KernelEnvironment,
    folder: Path,
    scratch: Path,
    cancel: CancelToken,
    variables: Mapping[str, str] | None = None,
) -> CapturedState | None:
    """Return the earlier state with what ``serving`` makes of it, ``None`` if only a run can tell.

    For a notebook of which nothing has changed but functions that only answer requests: its objects are what they
    were. The kernel's own interpreter loads them and answers the request that the notebook made.

    Args:
        earlier: the state of a run; its example is asked again.
        serving: the changed code; it must need no object that the run did not leave.
        environment: of the kernel that ran.
        folder: the notebook's, where its local modules are.
        scratch: an empty folder.
        cancel: asked all the time.
        variables: of the environment, as the run had them.

    Raises:
        Cancelled: the build was asked to stop.
    """
    objects = tuple(item for item in earlier.objects if item.name in serving.live_in)
    example = earlier.spec.example
    if example is None or serving.example is None or len(objects) != len(serving.live_in):
        return None
    if not _is_one_function(earlier, serving):
        return None
    state = replace(earlier, objects=objects)
    _write_application(state, serving, scratch)
    found = _ask(environment, folder, scratch, cancel, variables or {})
    if found is None:
        return None
    described = found["spec"]
    spec = replace(
        earlier.spec,
        symbol=serving.symbol,
        doc=described["doc"],
        inputs=described["inputs"],
        output=described["output"],
        example=Example(location=serving.example.location, request=example.request, response=found["response"]),
    )
    if serving.entries:
        entry = serving.entries[0]
        spec = replace(spec, route=entry.route or "/predict", method=entry.method)
    # What the function answered before its change says nothing now.
    return replace(state, spec=spec, reused=True, seconds=0.0, answers=(), shown=None)


def _is_one_function(earlier: CapturedState, serving: Slice) -> bool:
    """Return whether what serves is one plain function; for all else only a run tells what the calls gave."""
    kinds = {entry.kind for entry in serving.entries}
    return len(serving.entries) <= 1 and kinds <= {CandidateKind.FUNCTION} and not earlier.more


def _write_application(state: CapturedState, serving: Slice, scratch: Path) -> None:
    """Lay the folder out as the runtime reads it in an image."""
    assert state.spec.example is not None  # noqa: S101  # the caller has looked
    example = {"request": state.spec.example.request, "response": None}
    card = {
        "endpoints": [
            {"symbol": serving.symbol, "kind": "function", "route": "/predict", "method": "POST", "example": example}
        ],
        "notebook": "",
        "python": "",
        "versions": {},
        "objects": [
            {"name": item.name, **_file(item), "parts": [_file(part) for part in item.parts]} for item in state.objects
        ],
    }
    (scratch / "model.json").write_text(json.dumps(card), encoding="utf-8")
    (scratch / "serving.py").write_text(serving.source, encoding="utf-8")


def _file(item: CapturedObject | StatePart) -> dict[str, str]:
    return {"file": str(item.payload), "format": item.format, "sha256": item.sha256}


def _ask(
    environment: KernelEnvironment, folder: Path, scratch: Path, cancel: CancelToken, variables: Mapping[str, str]
) -> dict[str, Any] | None:
    interpreter = find_interpreter(environment.kernel)
    report = scratch / "report.json"
    arguments = (str(_RUNTIME), str(scratch), str(package_folder("cloudpickle")), str(report))
    path = os.pathsep.join(filter(None, (str(folder), interpreter.environ.get("PYTHONPATH"))))
    start = time.perf_counter()
    with (scratch / "output").open("w+b") as output:
        process = subprocess.Popen(
            (*interpreter.command, str(_SCRIPT), *arguments),
            env={**interpreter.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", **variables, "PYTHONPATH": path},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            while process.poll() is None:
                cancel.check()
                time.sleep(_POLL_SECONDS)
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().rpartition("\n")[2]
            logger.info("the notebook is run again, its changed code did not answer: %s", said)
            return None
    logger.info("answered again in %.1f s", time.perf_counter() - start)
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found
