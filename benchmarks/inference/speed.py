"""Time our reading of synthetic notebooks in a warm process: how long for 200 cells, and how it grows.

    python benchmarks/inference/speed.py [--rounds 5] [--cells 100,200,1000,10000]

Each round reads every size once, one after the other: the file, the facts in its code, the distributions. The best
processor time of the rounds is printed, with the time per cell: it is the same for every size if the time is linear.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from made import write_notebook

from jupyter_containerize.analysis import analyze
from jupyter_containerize.notebooks import read_notebook
from jupyter_containerize.resolution.dependencies import dependencies

_Value = TypeVar("_Value")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", default="100,200,1000,10000")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.cells.split(",")]
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        notebooks = {size: Path(folder) / f"{size}.ipynb" for size in sizes}
        for size, path in notebooks.items():
            write_notebook(path, size)
        read_through(notebooks[min(sizes)])
        times: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        for _ in range(arguments.rounds):
            for size, path in notebooks.items():
                times[size].append(read_through(path))
    print("| cells | read ms | facts ms | distributions ms | together ms | per cell ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size, rounds in times.items():
        best = min(rounds, key=lambda steps: sum(steps.values()))
        together = sum(best.values())
        steps = " | ".join(f"{seconds * 1000:.1f}" for seconds in best.values())
        print(f"| {size} | {steps} | {together * 1000:.1f} | {together * 1000 / size:.3f} |")


def read_through(path: Path) -> dict[str, float]:
    """Return the processor seconds of each step."""
    gc.collect()
    steps: dict[str, float] = {}
    notebook = timed(steps, "read", lambda: read_notebook(path))
    analysis = timed(steps, "facts", lambda: analyze(notebook, root=path.parent, boundary=path.parent))
    timed(steps, "distributions", lambda: dependencies(analysis))
    return steps


def timed(steps: dict[str, float], name: str, step: Callable[[], _Value]) -> _Value:
    """Do one step and write down its processor seconds."""
    start = time.process_time()
    value = step()
    steps[name] = time.process_time() - start
    return value


if __name__ == "__main__":
    main()
