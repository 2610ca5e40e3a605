"""Lets the product cut one notebook, and takes the time."""

from __future__ import annotations

import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from layout import Sources, lay_out
from manifest import Entry

from jupyter_containerize.analysis import analyze, choose, slice_for
from jupyter_containerize.domain.notebook import Analysis, Notebook, Slice
from jupyter_containerize.notebooks import read_notebook

# How often each step is done if it is quick; the middle of the times counts.
_TIMES = 3
_QUICK_MS = 500.0
# A slice that takes longer than this is none.
LIMIT_SECONDS = 20
_SYMBOL = "predict"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A notebook's slice, and how long reading its code and slicing it took."""

    notebook: Notebook
    analysis: Analysis
    slice: Slice
    analyze_ms: float
    slice_ms: float

    @property
    def search(self) -> tuple[str, ...]:
        """The folders, relative to the notebook's, that its own modules are imported from."""
        return tuple(sorted({_root(module, path) for module, path in self.analysis.local_modules}))


def cut_out(entry: Entry, sources: Sources) -> Cut:
    """Return the slice for predict, with the notebook in a folder as its user would have it."""
    with tempfile.TemporaryDirectory(prefix="slice-notebook-") as folder:
        path = lay_out(entry, sources, Path(folder))
        notebook = read_notebook(path)
        analysis, analyze_ms = _timed(lambda: analyze(notebook, root=path.parent))
        entries = choose(analysis, notebook, symbols=(_SYMBOL,))
        with _limited():
            found, slice_ms = _timed(lambda: slice_for(notebook, analysis, entries))
    return Cut(notebook=notebook, analysis=analysis, slice=found, analyze_ms=analyze_ms, slice_ms=slice_ms)


def _root(module: str, path: str) -> str:
    file = PurePosixPath(path)
    folder = file.parent.parent if file.name == "__init__.py" else file.parent
    for _ in module.split(".")[1:]:
        folder = folder.parent
    return str(folder)


@contextmanager
def _limited() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"the slice took more than {LIMIT_SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - start) * 1000)
        if times[-1] > _QUICK_MS:
            break
    return result, statistics.median(times)
