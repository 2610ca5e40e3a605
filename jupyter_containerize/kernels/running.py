"""What a running kernel says of itself: its Python, and what ran in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Cell, Notebook
from jupyter_containerize.kernels.live_errors import EnvironmentDiffers
from jupyter_containerize.kernels.taking import Calling, ask, end_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFacts:
    """A running kernel at one moment.

    ``inputs`` are the sha256 hex of what ran, by execution count: each text without the whitespace at its ends.
    That of 0 is no cell's. ``execution_count`` is the last one.
    """

    executable: str
    python_version: str
    execution_count: int
    inputs: tuple[str, ...]

    def last_run_of(self, cell: Cell) -> int | None:
        """Return the count as which the cell last ran with the text that it has now; ``None`` if it never did."""
        wanted = text_digest(cell.source)
        counts = (count for count in range(len(self.inputs) - 1, 0, -1) if self.inputs[count] == wanted)
        return next(counts, None)


def running_facts(kernel: Calling, notebook: Notebook, into: Path) -> RunningFacts:
    """Ask a running kernel.

    Args:
        kernel: what to ask.
        notebook: that it runs for.
        into: a folder for the exchange; nothing is left there.
    """
    said = ask(kernel, "running", "facts", {}, into=into, after=end_of(notebook))
    return RunningFacts(
        executable=said["executable"],
        python_version=said["python_version"],
        execution_count=said["execution_count"],
        inputs=tuple(said["inputs"]),
    )


def require_environment(name: str, facts: RunningFacts, environment: KernelEnvironment) -> None:
    """Refuse a running kernel whose Python is not the inspected one: its objects would meet other versions.

    Raises:
        EnvironmentDiffers: another environment's interpreter, or another version.
    """
    running = (_environment_folder(facts.executable), facts.python_version)
    inspected = (_environment_folder(environment.executable), environment.python_version)
    if running != inspected:
        raise EnvironmentDiffers(
            name,
            f"{facts.executable} ({facts.python_version})",
            f"{environment.executable} ({environment.python_version})",
        )


def text_digest(text: str) -> str:
    """Return what ``RunningFacts.inputs`` has for a text."""
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()


def _environment_folder(executable: str) -> Path:
    # python, python3 and python3.11 of one folder are one environment; their links must not be followed, because those
    # of all virtual environments lead to the same file.
    return Path(executable).parent.resolve()
