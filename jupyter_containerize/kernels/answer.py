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
from jupyter_containerize.kernels.batching import PROVED
from jupyter_containerize.kernels.packages import package_folder
from jupyter_containerize.kernels.spec import find_interpreter
from jupyter_containerize.kernels.standby import (
    IMPORTS,
    Program,
    Standby,
    ask,
    connect,
    first_imports,
    idle_seconds,
    is_there,
    leave,
    place_of,
    start,
)

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "inside" / "answer.py"
_RUNTIME = _HERE.parent / "runtime"
_POLL_SECONDS = 0.05
_FAREWELL_SECONDS = 0.5
_REPORT = "report.json"
_OUTPUT = "output"
_BASELINE = "baseline_again.json"


def answer_again(
    earlier: CapturedState,
    *,
    serving: Slice,
    environment: KernelEnvironment,
    folder: Path,
    scratch: Path,
    cancel: CancelToken,
    variables: Mapping[str, str] | None = None,
    standby: Standby | None = None,
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
        standby: where processes are that answer at once; the one that is started now may become one of them.

    Raises:
        Cancelled: the build was asked to stop.
    """
    example = earlier.spec.example
    # With fewer of them, too, a run may write others: one knows of classes that another brought.
    if example is None or serving.example is None or {item.name for item in earlier.objects} != set(serving.live_in):
        return None
    if not _is_one_function(earlier, serving):
        return None
    state = earlier
    card = _card(state, serving)
    _write_application(card, serving, scratch)
    if earlier.baseline_again:
        (scratch / _BASELINE).write_text(earlier.baseline_again, encoding="utf-8")
    program = _program(environment, folder, variables or {})
    place = None if standby is None else _place(program, standby, card, serving)
    start_seconds = time.perf_counter()
    if _ask(program, place, standby, scratch, cancel):
        logger.info("answered again in %.2f s", time.perf_counter() - start_seconds)
        found: dict[str, Any] = json.loads((scratch / _REPORT).read_text(encoding="utf-8"))
    else:
        with (scratch / _OUTPUT).open("rb") as output:
            said = output.read().decode(errors="replace").strip().rpartition("\n")[2]
        logger.info("the notebook is run again, its changed code did not answer: %s", said)
        return None
    described, widths = found["spec"], found["widths"]
    spec = replace(
        earlier.spec,
        symbol=serving.symbol,
        doc=described["doc"],
        inputs=widths["inputs"] or described["inputs"],
        output=described["output"],
        example=Example(location=serving.example.location, request=example.request, response=found["response"]),
        # What was known of the code before its change may be wrong of it now.
        batch=found["batch"],
        batch_proof=PROVED if found["batch"] else "",
        widths=widths["widths"],
    )
    if serving.entries:
        entry = serving.entries[0]
        spec = replace(spec, route=entry.route or "/predict", method=entry.method)
    # What the function answered before its change says nothing now.
    return replace(state, spec=spec, reused=True, seconds=0.0, answers=(), shown=None, baseline=found["baseline"])


def _is_one_function(earlier: CapturedState, serving: Slice) -> bool:
    """Return whether what serves is one plain function; for all else only a run tells what the calls gave."""
    kinds = {entry.kind for entry in serving.entries}
    return len(serving.entries) <= 1 and kinds <= {CandidateKind.FUNCTION} and not earlier.more


def _card(state: CapturedState, serving: Slice) -> dict[str, Any]:
    """Return what ``model.json`` says."""
    assert state.spec.example is not None  # noqa: S101  # the callers have looked
    example = {"request": state.spec.example.request, "response": None}
    return {
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


def _write_application(card: Mapping[str, Any], serving: Slice, folder: Path) -> None:
    """Lay a folder out as the runtime reads it in an image, with the imports that a process which stays does first."""
    (folder / "model.json").write_text(json.dumps(card), encoding="utf-8")
    (folder / "serving.py").write_text(serving.source, encoding="utf-8")
    (folder / IMPORTS).write_text(first_imports(serving.source), encoding="utf-8")


def _file(item: CapturedObject | StatePart) -> dict[str, str]:
    return {"file": str(item.payload), "format": item.format, "sha256": item.sha256}


def _program(environment: KernelEnvironment, folder: Path, variables: Mapping[str, str]) -> Program:
    interpreter = find_interpreter(environment.kernel)
    path = os.pathsep.join(filter(None, (str(folder), interpreter.environ.get("PYTHONPATH"))))
    return Program(
        command=(*interpreter.command, str(_SCRIPT), str(_RUNTIME), str(package_folder("cloudpickle"))),
        # What starts an interpreter through something else may keep descriptors back, or wait for all of it to end.
        plain=len(interpreter.command) == 1 and not interpreter.contained and not interpreter.shim,
        folder=folder,
        environ={**interpreter.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", **variables, "PYTHONPATH": path},
    )


def _ask(program: Program, place: Path | None, standby: Standby | None, scratch: Path, cancel: CancelToken) -> bool:
    """Let the application in ``scratch`` answer, and return whether it did."""
    request = {name: str(scratch / file) for name, file in (("report", _REPORT), ("output", _OUTPUT))}
    request["application"] = str(scratch)
    connection = None if place is None else connect(place)
    if connection is not None:
        with connection:
            said = ask(connection, request, cancel)
        if said is not None:
            return bool(said["status"] == 0)
        logger.info("the process that stayed has ended")
    if place is None or standby is None:
        return _ask_new(program, request, scratch, cancel)
    return _ask_staying(program, place, standby, request, cancel)


def _ask_new(program: Program, request: Mapping[str, str], scratch: Path, cancel: CancelToken) -> bool:
    with (scratch / _OUTPUT).open("wb") as output:
        process = subprocess.Popen(
            (*program.command, request["application"], request["report"]),
            env=program.environ,
            cwd=program.folder,
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
    return process.returncode == 0


def _ask_staying(
    program: Program, place: Path, standby: Standby, request: Mapping[str, str], cancel: CancelToken
) -> bool:
    """Let a new process answer, which stays if it can."""
    with Path(request["output"]).open("wb") as output:
        process, connection = start(
            program, standby, place=place, application=Path(request["application"]), output=output.fileno(), first=True
        )
    said = None
    try:
        with connection:
            said = ask(connection, request, cancel)
    finally:
        if said is None or not said["stays"]:
            _end(process)
        else:
            leave(process)
    return said is not None and said["status"] == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that may have a fork, which it takes with it when it is asked to end."""
    process.terminate()
    try:
        process.wait(_FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def begin_standby(
    state: CapturedState,
    *,
    serving: Slice,
    environment: KernelEnvironment,
    folder: Path,
    standby: Standby,
    variables: Mapping[str, str] | None = None,
) -> bool:
    """Start a process that answers at once when the serving code changes, and return whether it was started.

    It is not waited for. Where a change needs a run in any case, or none is wanted, there is none.
    """
    if state.spec.example is None or not _is_one_function(state, serving):
        return False
    program = _program(environment, folder, variables or {})
    card = _card(state, serving)
    place = _place(program, standby, card, serving)
    if place is None or is_there(place):
        return False
    # What it loads first lies where it will listen: it takes that away in the end.
    standby.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.mkdir(mode=0o700, exist_ok=True)
    _write_application(card, serving, place)
    process, connection = start(
        program, standby, place=place, application=place, output=subprocess.DEVNULL, first=False
    )
    connection.close()
    leave(process)
    return True


def _place(program: Program, standby: Standby, card: Mapping[str, Any], serving: Slice) -> Path | None:
    """Return the folder of the process that may answer; ``None``: none may stay."""
    if not program.plain or not idle_seconds():
        return None
    return place_of(standby, program, card, first_imports(serving.source))
