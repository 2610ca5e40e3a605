"""Runs the cells of one notebook in a fresh kernel, and asks its predict."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Cell, CellKind
from jupyter_containerize.kernels.fresh import FreshKernel

_KERNEL = "jupyter-containerize-benchmark"
_ASKING = Path(__file__).with_name("asking.py")
# One thread: the sums of floating point numbers must not depend on how work was shared out.
_ENVIRON = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "MPLCONFIGDIR": str(Path(tempfile.gettempdir()) / "slice-benchmark-matplotlib"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run gave. ``seconds`` is that of the cells alone; ``error`` is empty if all of them ran.

    ``served`` are the answers of a process that had only the stored objects and the serving code, ``modules`` what the
    pickles named; ``refused`` says why an object could not be stored.
    """

    seconds: float
    answers: list[object] = field(default_factory=list)
    error: str = ""
    served: list[object] | None = None
    serve_error: str = ""
    modules: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    state_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked after the cells ran. With ``source`` the objects ``live_in`` are stored and served too.

    ``search`` are the folders, relative to the notebook's, that modules beside it are imported from: an image has those
    modules where Python finds them.
    """

    inputs: Sequence[Mapping[str, object]]
    live_in: Sequence[str] = ()
    source: str | None = None
    search: Sequence[str] = ()


@contextmanager
def kernel_of(python: Path) -> Iterator[None]:
    """Make the interpreter of an environment the kernel that everything runs in."""
    with tempfile.TemporaryDirectory(prefix="slice-kernel-") as folder:
        place = Path(folder) / "kernels" / _KERNEL
        place.mkdir(parents=True)
        command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        specification = {"argv": command, "display_name": "Benchmark", "language": "python"}
        (place / "kernel.json").write_text(json.dumps(specification))
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = folder
        try:
            yield
        finally:
            del os.environ["JUPYTER_PATH"]
            if before is not None:
                os.environ["JUPYTER_PATH"] = before


def run(cells: Sequence[Cell], *, folder: Path, question: Question, python: Path, timeout_seconds: float) -> Outcome:
    """Run the cells in a folder, then ask.

    Args:
        cells: code cells; a failing one ends the run.
        folder: the notebook's, laid out anew: what an earlier run wrote must not be there.
        question: the inputs, and what to store.
        python: the environment's interpreter.
        timeout_seconds: for one cell.
    """
    with tempfile.TemporaryDirectory(prefix="slice-answers-") as work:
        return _run(cells, folder, question, python, timeout_seconds, Path(work))


def _run(  # noqa: PLR0917
    cells: Sequence[Cell], folder: Path, question: Question, python: Path, timeout_seconds: float, work: Path
) -> Outcome:
    request = {
        "inputs": list(question.inputs),
        "answers": str(work / "answers.json"),
        "state": "" if question.source is None else str(work / "state.pkl"),
        "live_in": list(question.live_in),
        "source": question.source,
    }
    program = (*cells, _asking_cell(request))
    started = time.perf_counter()
    ended = started
    try:
        with FreshKernel(
            name=_KERNEL,
            notebook="notebook",
            cells=program,
            folder=folder,
            environ=_ENVIRON,
            cancel=CancelToken(),
            cell_timeout_seconds=timeout_seconds,
        ) as kernel:
            started = time.perf_counter()
            for position in range(len(program)):
                ended = time.perf_counter()
                kernel.run_cell(position)
    except ContainerizeError as error:
        return Outcome(seconds=time.perf_counter() - started, error=f"{type(error).__name__}: {error}"[-1500:])
    answered = json.loads((work / "answers.json").read_bytes())
    served = (
        {} if question.source is None else _serve(work / "state.pkl", folder, question.search, python, timeout_seconds)
    )
    return Outcome(seconds=ended - started, **answered, **served)


def _serve(state: Path, folder: Path, search: Sequence[str], python: Path, timeout_seconds: float) -> dict[str, object]:
    try:
        done = subprocess.run(
            (str(python), str(_ASKING), str(state)),
            cwd=folder,
            env={
                **os.environ,
                **_ENVIRON,
                "PYTHONPATH": os.pathsep.join(str(folder / item) for item in (".", *search)),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"serve_error": "it took too long"}
    if done.returncode != 0:
        return {"serve_error": done.stderr.strip()[-800:]}
    found = json.loads(done.stdout.rstrip().rpartition("\n")[2])
    return {"served": found["answers"], "modules": found["modules"]}


def _asking_cell(request: Mapping[str, object]) -> Cell:
    # It binds no name, and works where the notebook bound exec or open anew.
    program = f"__import__('runpy').run_path({str(_ASKING)!r}, run_name='asking')"
    code = f"{program}['ask'](globals(), __import__('json').loads({json.dumps(request)!r}))"
    return Cell(id="ask", index=0, kind=CellKind.CODE, source=code)
